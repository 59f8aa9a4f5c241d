import { createAppProfiles } from "../../instagram/app-profiles.ts";
import { moveToProfile } from "../../sessions/move-profile.ts";
import { importTinyDb } from "../../sessions/tinydb-import.ts";
import {
  type Command,
  CommandFailed,
  optionalInteger,
  optionalMode,
  requiredOption,
  requiredTenant,
} from "../command.ts";
import { readable } from "../files.ts";

/** Moving sessions as a whole: in, to another release of the app, under another key. */
export const sessionCommands: Record<string, Command> = {
  "sessions move-profile": {
    usage: "sessions move-profile <app-version> --tenant <tenant> [--from <app-version>]",
    summary: "let sessions pin another release of the app (built in, or of APP_PROFILES)",
    positionals: ["app-version"],
    options: { tenant: "string", from: "string" },
    async run(context, input) {
      const tenant = await requiredTenant(context, input);
      const profiles = createAppProfiles(context.config.appProfiles);
      const version = input.positional("app-version");
      const profile = profiles.find(version);
      if (profile === undefined) {
        throw new CommandFailed(`there is no app profile ${version}: add it to APP_PROFILES`);
      }
      const result = await moveToProfile(context.sessions, {
        tenantId: tenant.id,
        profile,
        profiles,
        from: input.option("from") ?? null,
      });
      context.print(
        [`moved ${result.moved}`, ...result.failed.map((id) => `left ${id}`)].join("\n"),
        result,
      );
      return result.failed.length === 0 ? 0 : 1;
    },
  },

  import: {
    usage: "import <db.json> --tenant <tenant> [--mode live|test] [--overwrite]",
    summary:
      "import the saved sessions of the Python service; those that are here already stay as they are unless --overwrite; exit code 1 when rows were skipped",
    positionals: ["db.json"],
    options: { tenant: "string", mode: "string", overwrite: "boolean" },
    async run(context, input) {
      const mode = optionalMode(input) ?? "live";
      requiredOption(input, "tenant");
      const file = await readable(input.positional("db.json"));
      const tenant = await requiredTenant(context, input);
      const result = await importTinyDb(context.sessions, {
        tenantId: tenant.id,
        mode,
        file,
        overwrite: input.flag("overwrite"),
        placing: {
          assignment: context.assignment,
          proxies: context.proxyDirectory,
          region: context.config.region,
          proxyPolicy: tenant.policies.proxyPolicy,
        },
      });
      const skipped = result.skipped.map(({ row, reason }) => `row ${row}: ${reason}`);
      const counts = `imported ${result.imported}, updated ${result.updated}, unchanged ${result.unchanged}, skipped ${skipped.length}`;
      context.print([counts, ...skipped].join("\n"), result);
      return skipped.length === 0 ? 0 : 1;
    },
  },

  reencrypt: {
    usage: "reencrypt [--batch-size <n>]",
    summary:
      "move all sessions and proxies to the first key of ENCRYPTION_KEYS; a server may run meanwhile",
    positionals: [],
    options: { "batch-size": "string" },
    async run({ sessions, proxies, print, note }, input) {
      const batchSize = optionalInteger(input, "batch-size", [1, 1_000]);
      const { moved, unavailable, damaged, duplicates } = await sessions.reencrypt({
        batchSize,
        onProgress: (count) => note(`${count} sessions moved`),
      });
      const ofProxies = await proxies.reencrypt({
        batchSize,
        onProgress: (count) => note(`${count} proxies moved`),
      });
      const left = [
        ...leftBecause(unavailable, damaged, ""),
        ...duplicates.map((id) => `left ${id}: another session has its upstream session id`),
        ...leftBecause(ofProxies.unavailable, ofProxies.damaged, " proxies"),
      ];
      print([`moved ${moved}, and ${ofProxies.moved} proxies`, ...left].join("\n"), {
        moved,
        unavailable,
        damaged,
        duplicates,
        proxies: ofProxies,
      });
      return left.length === 0 ? 0 : 1;
    },
  },
};

const leftBecause = (unavailable: number, damaged: readonly string[], what: string): string[] => [
  ...(unavailable > 0 ? [`left ${unavailable}${what}: their key is not in ENCRYPTION_KEYS`] : []),
  ...damaged.map((id) => `left ${id}: its stored bytes are damaged`),
];
