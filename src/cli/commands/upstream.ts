import { OPERATOR } from "../../announcements.ts";
import { Switches } from "../../sessions/switches.ts";
import type { Command, CommandContext } from "../command.ts";
import { fields, shownTime } from "../output.ts";

/** The switch of everything that goes to Instagram. A server that runs meanwhile sees it at once. */
export const upstreamCommands: Record<string, Command> = {
  "upstream status": {
    usage: "upstream status",
    summary: "show whether requests go to Instagram",
    positionals: [],
    options: {},
    run: (context) => show(context, switchesOf(context)),
  },

  "upstream stop": {
    usage: "upstream stop",
    summary: "stop all requests to Instagram, at once and until they are started again",
    positionals: [],
    options: {},
    run: (context) => set(context, false),
  },

  "upstream start": {
    usage: "upstream start",
    summary: "let requests go to Instagram again",
    positionals: [],
    options: {},
    run: (context) => set(context, true),
  },
};

const switchesOf = (context: CommandContext): Switches =>
  new Switches({ ...context, now: Date.now });

async function set(context: CommandContext, enabled: boolean): Promise<0> {
  const switches = switchesOf(context);
  await switches.setUpstream(enabled, OPERATOR);
  return show(context, switches);
}

async function show({ print }: CommandContext, switches: Switches): Promise<0> {
  const { enabled, since } = await switches.upstream();
  const text = fields([
    ["requests", enabled ? "go to Instagram" : "are stopped"],
    ["since", since === null ? "-" : shownTime(since)],
  ]);
  print(text, { enabled, since: since === null ? null : new Date(since).toISOString() });
  return 0;
}
