import { createUsageReport, type UsageGroup } from "../../usage/usage-report.ts";
import { type Command, optionalInteger, requiredTenant, UsageError } from "../command.ts";
import { table } from "../output.ts";

const GROUPS: readonly UsageGroup[] = ["day", "tenant", "key", "operation"];

const COLUMNS = ["day", "tenant_id", "key_id", "operation"] as const;

export const usageCommands: Record<string, Command> = {
  usage: {
    usage:
      "usage [--tenant <tenant>] [--from <day>] [--to <day>] [--group day,tenant,key,operation] [--limit <n>]",
    summary: "show what API keys use: requests, errors, requests to Instagram, bytes",
    positionals: [],
    options: { tenant: "string", from: "string", to: "string", group: "string", limit: "string" },
    async run(context, input) {
      const tenant =
        input.option("tenant") === undefined ? null : await requiredTenant(context, input);
      const names = (input.option("group") ?? "tenant").split(",");
      const groups = GROUPS.filter((group) => names.includes(group));
      if (groups.length !== names.length)
        throw new UsageError(`--group must be of ${GROUPS.join(", ")}`);
      const { lines } = await createUsageReport(
        context.db,
        Date.now,
      )({
        tenantId: tenant?.id ?? null,
        from: input.option("from"),
        to: input.option("to"),
        groups,
        limit: optionalInteger(input, "limit", [1, 10_000]) ?? 1_000,
      });
      const shown = COLUMNS.filter((name) => lines.some((line) => line[name] !== null));
      const rows = lines.map((line) => [
        ...shown.map((name) => line[name] ?? "-"),
        ...[line.calls, line.errors, line.upstream_calls, line.bytes_in, line.bytes_out].map(
          String,
        ),
      ]);
      const heading = [
        ...shown.map((name) => name.toUpperCase()),
        "CALLS",
        "ERRORS",
        "UPSTREAM",
        "IN",
        "OUT",
      ];
      context.print(table(heading, rows), lines);
      return 0;
    },
  },
};
