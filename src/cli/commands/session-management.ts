import { OPERATOR } from "../../announcements.ts";
import { createAppProfiles } from "../../instagram/app-profiles.ts";
import { budgetsOf } from "../../sessions/guard/budget-view.ts";
import { holdersOf } from "../../sessions/leases/holders.ts";
import { SessionCopy } from "../../sessions/session-copy.ts";
import type { SessionSummary } from "../../sessions/session-store.ts";
import { type SessionView, SessionViews } from "../../sessions/session-view.ts";
import {
  cleanSettings,
  cleanTarget,
  type SessionSettings,
  setting,
} from "../../sessions/verbs/manage.ts";
import { cleanFilter } from "../../sessions/verbs/manage-list.ts";
import { type MoveTarget, moveSession } from "../../sessions/verbs/session-proxy.ts";
import {
  type Command,
  type CommandContext,
  CommandFailed,
  type CommandInput,
  optionalMode,
  requiredTenant,
  UsageError,
} from "../command.ts";
import { allPages, fields, isoTime, table } from "../output.ts";

/** What the HTTP routes of sessions do, for the sessions of any tenant. */
export const managementCommands: Record<string, Command> = {
  "sessions list": {
    usage:
      "sessions list --tenant <tenant> [--mode test|live] [--state <state>] [--username <name>] [--label <label>] [--proxy <proxy-id>|none]",
    summary:
      "list a tenant's sessions with account, state, last use, proxy and machine; no secrets",
    positionals: [],
    options: {
      tenant: "string",
      mode: "string",
      state: "string",
      username: "string",
      label: "string",
      proxy: "string",
    },
    async run(context, input) {
      const mode = optionalMode(input);
      const filter = cleanFilter({
        state: input.option("state"),
        username: input.option("username"),
        label: input.option("label"),
        proxy: input.option("proxy"),
      });
      const tenant = await requiredTenant(context, input);
      const all = await allPages(async (cursor) => {
        const asked = { mode, cursor, limit: 100, ...filter };
        const { sessions, nextCursor } = await context.sessions.list(tenant.id, asked);
        return { items: await shownTogether(context, sessions), nextCursor };
      });
      const rows = all.map(({ view, session }) => [
        view.id,
        view.mode,
        view.state,
        view.username ?? "-",
        view.user_pk ?? "-",
        session.unreadable === null ? (view.app_version ?? "-") : UNREADABLE[session.unreadable],
        view.last_used_at ?? "-",
        view.label ?? "-",
        view.holder?.machine ?? "-",
        view.proxy ?? "-",
      ]);
      context.print(table(HEADING, rows), all.map(sessionJson));
      return 0;
    },
  },

  "sessions show": {
    usage: "sessions show <session-id> --tenant <tenant>",
    summary: "show one session: its state with the reason, its last error, what has to wait",
    positionals: ["session-id"],
    options: { tenant: "string" },
    async run(context, input) {
      const tenant = await requiredTenant(context, input);
      return printSession(context, tenant.id, input.positional("session-id"));
    },
  },

  "sessions disable": {
    usage: "sessions disable <session-id> --tenant <tenant>",
    summary: "let nothing go to Instagram for a session; only the operator can enable it again",
    positionals: ["session-id"],
    options: { tenant: "string" },
    run: (context, input) => change(context, input, { enabled: false }),
  },

  "sessions enable": {
    usage: "sessions enable <session-id> --tenant <tenant>",
    summary: "let a session be used again",
    positionals: ["session-id"],
    options: { tenant: "string" },
    run: (context, input) => change(context, input, { enabled: true }),
  },

  "sessions unblock": {
    usage: "sessions unblock <session-id> --tenant <tenant>",
    summary: "end a session's cool-downs, where Instagram's block is known to be over",
    positionals: ["session-id"],
    options: { tenant: "string" },
    run: (context, input) => change(context, input, { unblock: true }),
  },

  "sessions set": {
    usage:
      "sessions set <session-id> --tenant <tenant> [--label <label>|none] [--region <code>|any] [--proxy <proxy-id>|another]",
    summary: "name a session, or move it to another region or proxy",
    positionals: ["session-id"],
    options: { tenant: "string", label: "string", region: "string", proxy: "string" },
    run(context, input) {
      const [label, region, proxy] = ["label", "region", "proxy"].map((name) => input.option(name));
      if (label === undefined && region === undefined && proxy === undefined)
        throw new UsageError("--label, --region or --proxy is missing");
      const settings = {
        ...(label === undefined ? {} : { label: label === "none" ? null : label }),
        ...(region === undefined ? {} : { region: region === "any" ? null : region }),
      };
      return change(context, input, settings, proxy);
    },
  },

  "sessions delete": {
    usage: "sessions delete <session-id> --tenant <tenant>",
    summary: "delete a session (it stays logged in at Instagram)",
    positionals: ["session-id"],
    options: { tenant: "string" },
    async run(context, input) {
      const tenant = await requiredTenant(context, input);
      const id = input.positional("session-id");
      if (!(await context.sessions.delete(tenant.id, null, id))) throw noSession(id);
      context.print(`deleted ${id}`, { deleted: id });
      return 0;
    },
  },
};

const HEADING = [
  "ID",
  "MODE",
  "STATE",
  "USERNAME",
  "USER PK",
  "APP",
  "LAST USE",
  "LABEL",
  "HOLDER",
  "PROXY",
];

/** Shown in place of the app's release when a session cannot be read. */
const UNREADABLE = { key: "(key missing)", damaged: "(damaged)" } as const;

const noSession = (id: string): CommandFailed =>
  new CommandFailed(`the tenant has no session ${id}`);

/** A session as everybody sees it, and what is stored of it. */
interface Shown {
  view: SessionView;
  session: SessionSummary;
}

async function shownTogether(
  { proxyDirectory, db }: CommandContext,
  sessions: readonly SessionSummary[],
): Promise<Shown[]> {
  const views = new SessionViews({
    proxies: proxyDirectory,
    // No other process knows of the sessions what is in memory there.
    sessions: { peek: () => undefined },
    budgetsOf: (all) => budgetsOf({ db, now: Date.now }, all),
    holdersOf: (ids) => holdersOf(db, ids),
    now: Date.now,
  });
  const shown = await views.of(sessions);
  return shown.flatMap((view, index) => {
    const session = sessions[index];
    return session === undefined ? [] : [{ view, session }];
  });
}

/** Changes a session for the operator, and prints it. Throws CommandFailed, InvalidInput. */
async function change(
  context: CommandContext,
  input: CommandInput,
  settings: SessionSettings,
  proxy?: string,
): Promise<0> {
  const managing = setting(cleanSettings(settings), OPERATOR, Date.now());
  const target = proxy === undefined ? null : cleanTarget(proxy, "proxy");
  const { id: tenantId } = await requiredTenant(context, input);
  const id = input.positional("session-id");
  if (target !== null) await move(context, tenantId, id, target);
  if (!(await context.sessions.manage(tenantId, null, id, managing, OPERATOR))) throw noSession(id);
  return printSession(context, tenantId, id);
}

/** Moves a session to another proxy. Throws CommandFailed, GatewayProblem. */
async function move(
  { sessions, changes, config, assignment, lease, proxyDirectory }: CommandContext,
  tenantId: string,
  id: string,
  target: MoveTarget,
): Promise<void> {
  const summary = await sessions.summary(tenantId, null, id);
  const stored = summary && (await sessions.find(tenantId, summary.mode, id));
  if (!stored) throw noSession(id);
  const copy = new SessionCopy(
    stored,
    changes.latest,
    {
      store: sessions,
      changes,
      profiles: createAppProfiles(config.appProfiles),
      monotonicNow: () => performance.now(),
      now: Date.now,
    },
    { onResized: () => {}, isOurs: () => true },
  );
  const session = {
    stored: copy.record,
    state: copy.state,
    change: copy.change.bind(copy),
  };
  const ways = { assignment, proxies: proxyDirectory, region: null };
  try {
    await moveSession(ways, session, target, { by: OPERATOR });
  } finally {
    await assignment.close();
    await lease.end();
  }
}

async function printSession(context: CommandContext, tenantId: string, id: string): Promise<0> {
  const summary = await context.sessions.summary(tenantId, null, id);
  const [shown] = summary ? await shownTogether(context, [summary]) : [];
  if (shown === undefined) throw noSession(id);
  const pairs = Object.entries(shown.view).map(([name, value]): [string, string] => [
    name.replaceAll("_", " "),
    textOf(value),
  ]);
  context.print(fields(pairs), sessionJson(shown));
  return 0;
}

const textOf = (value: unknown): string => {
  if (value === null || (Array.isArray(value) && value.length === 0)) return "-";
  return typeof value === "string" ? value : JSON.stringify(value);
};

const sessionJson = ({ view, session }: Shown): Record<string, unknown> => ({
  ...view,
  tenant_id: session.tenantId,
  unreadable: session.unreadable,
  version: session.version,
  updated_at: isoTime(session.updatedAt),
});
