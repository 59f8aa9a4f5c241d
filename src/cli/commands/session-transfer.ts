import { open } from "node:fs/promises";
import { OPERATOR } from "../../announcements.ts";
import { createAppProfiles } from "../../instagram/app-profiles.ts";
import { type Line, LineSplitter } from "../../lines.ts";
import { exportSessions } from "../../sessions/export.ts";
import { importBatches } from "../../sessions/import/batches.ts";
import { MAX_ENTRY_BYTES } from "../../sessions/import/entries.ts";
import { importRequest } from "../../sessions/import/import-request.ts";
import { outcomeJson } from "../../sessions/import/outcome.ts";
import { SessionImports } from "../../sessions/import/session-imports.ts";
import { ImportSummary } from "../../sessions/import/summary.ts";
import {
  type Command,
  type CommandContext,
  CommandFailed,
  optionalMode,
  requiredTenant,
} from "../command.ts";
import { readable } from "../files.ts";

/** Sessions of a tenant out to a file, and in from one, a line each. */
export const sessionTransferCommands: Record<string, Command> = {
  "sessions import": {
    usage:
      "sessions import <file> --tenant <tenant> [--mode live|test] [--dry-run] [--overwrite] [--label <label>] [--region <region>] [--proxy-id <id>] [--proxy-country <country>]",
    summary:
      "import logins, a line each: settings of aiograpi or instagrapi, states of instagram-private-api, cookies, session ids, or what sessions export wrote; exit code 1 when lines failed",
    positionals: ["file"],
    options: {
      tenant: "string",
      mode: "string",
      "dry-run": "boolean",
      overwrite: "boolean",
      label: "string",
      region: "string",
      "proxy-id": "string",
      "proxy-country": "string",
    },
    async run(context, input) {
      const mode = optionalMode(input) ?? "live";
      const request = importRequest({
        dryRun: input.flag("dry-run"),
        overwrite: input.flag("overwrite"),
        fields: {
          label: input.option("label"),
          region: input.option("region"),
          proxy_id: input.option("proxy-id"),
          proxy_country: input.option("proxy-country"),
        },
      });
      const file = await readable(input.positional("file"));
      const tenant = await requiredTenant(context, input);
      const owner = { tenantId: tenant.id, mode, policies: tenant.policies };
      const sessions = importsOf(context).begin(owner, request, OPERATOR);
      const summary = new ImportSummary();
      for await (const outcomes of importBatches(sessions, linesOf(file))) summary.add(outcomes);
      const { counts, told, untold } = summary;
      const names = ["created", "updated", "unchanged", "failed"] as const;
      const failed = told.filter(({ outcome }) => outcome === "failed");
      const lines = [
        names.map((name) => `${name} ${counts[name]}`).join(", "),
        ...failed.map(({ line, fault }) => `line ${line}: ${fault?.message}`),
      ];
      context.print(lines.join("\n"), {
        ...counts,
        lines: told.map(outcomeJson),
        lines_left_out: untold,
      });
      return counts.failed === 0 ? 0 : 1;
    },
  },

  "sessions export": {
    usage: "sessions export <file> --tenant <tenant> [--mode live|test]",
    summary:
      "write a tenant's sessions to a new file, a line each, as sessions import reads them; it holds the logins and the tenant's proxies with their passwords",
    positionals: ["file"],
    options: { tenant: "string", mode: "string" },
    async run(context, input) {
      const mode = optionalMode(input) ?? "live";
      const tenant = await requiredTenant(context, input);
      const path = input.positional("file");
      const count = await written(path, context, { tenantId: tenant.id, mode });
      context.print(`exported ${count} to ${path}`, { exported: count, file: path });
      return 0;
    },
  },
};

function importsOf({ sessions, config, assignment, proxyDirectory }: CommandContext) {
  const { region } = config;
  return new SessionImports({
    store: sessions,
    noteStored: () => {},
    // Hosts are checked when they are used.
    guard: { refusesWithoutLookUp: () => false },
    ways: { assignment, proxies: proxyDirectory, region },
    profiles: createAppProfiles(config.appProfiles),
    region,
    now: Date.now,
  });
}

async function* linesOf(file: Blob): AsyncGenerator<Line, void, undefined> {
  const lines = new LineSplitter(MAX_ENTRY_BYTES);
  for await (const piece of file.stream()) yield* lines.add(piece);
  yield* lines.end();
}

/** Writes the export to a file that only its owner can read; resolves with the number of sessions. */
async function written(
  path: string,
  { sessions, proxyDirectory, audit }: CommandContext,
  owner: { tenantId: string; mode: "live" | "test" },
): Promise<number> {
  const handle = await open(path, "wx", 0o600).catch((error: unknown) => {
    const code = error instanceof Error && "code" in error ? error.code : null;
    const reason = code === "EEXIST" ? "the file exists" : `it cannot be written (${code})`;
    throw new CommandFailed(`${path}: ${reason}`);
  });
  try {
    await audit.record({ kind: "sessions.exported", ...owner, by: OPERATOR });
    let count = 0;
    const parts = { store: sessions, peek: () => undefined, proxies: proxyDirectory };
    for await (const text of exportSessions(parts, owner, "")) {
      await handle.write(text);
      count += text.split("\n").length - 1;
    }
    return count;
  } finally {
    await handle.close();
  }
}
