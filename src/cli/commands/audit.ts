import { auditJson } from "../../audit/json.ts";
import { readInstant } from "../../tenants/instants.ts";
import { type Command, type CommandInput, optionalInteger, requiredTenant } from "../command.ts";
import { shownTime, table } from "../output.ts";

const MOST_RECORDS = 10_000;
const PAGE = 500;

export const auditCommands: Record<string, Command> = {
  audit: {
    usage:
      "audit [--tenant <tenant>] [--kind <kind>] [--session <id>] [--key <id>] [--proxy <id>] [--since <time>] [--until <time>] [--limit <n>]",
    summary: "list what was done, newest first: who changed which tenant, key, session or proxy",
    positionals: [],
    options: {
      tenant: "string",
      kind: "string",
      session: "string",
      key: "string",
      proxy: "string",
      since: "string",
      until: "string",
      limit: "string",
    },
    async run(context, input) {
      const limit = optionalInteger(input, "limit", [1, MOST_RECORDS]) ?? 50;
      // A deleted tenant has only its id.
      const given = input.option("tenant");
      const tenantId =
        given === undefined || /^[0-9A-HJKMNP-TV-Z]{26}$/i.test(given)
          ? (given?.toUpperCase() ?? null)
          : (await requiredTenant(context, input)).id;
      const query = {
        tenantId,
        kind: input.option("kind"),
        sessionId: input.option("session"),
        keyId: input.option("key"),
        proxyId: input.option("proxy"),
        since: timeIn(input, "since"),
        until: timeIn(input, "until"),
      };
      const records = [];
      for (let cursor: string | undefined; records.length < limit; ) {
        const size = Math.min(PAGE, limit - records.length);
        const page = await context.audit.list({ ...query, cursor, limit: size });
        records.push(...page.records);
        if (page.nextCursor === null) break;
        cursor = page.nextCursor;
      }
      const rows = records.map((record) => [
        shownTime(record.at),
        record.kind,
        record.actorKeyId ?? record.actor,
        record.address ?? "-",
        record.tenantId ?? "-",
        record.sessionId ?? record.keyId ?? record.proxyId ?? "-",
      ]);
      const heading = ["WHEN", "WHAT", "BY", "FROM", "TENANT", "KEY, SESSION OR PROXY"];
      context.print(table(heading, rows), records.map(auditJson));
      return 0;
    },
  },
};

function timeIn(input: CommandInput, name: string): number | undefined {
  const text = input.option(name);
  return text === undefined ? undefined : readInstant(text, `--${name}`);
}
