import { type Static, type TObject, Type } from "@sinclair/typebox";
import { InvalidInput } from "../problems/problem.ts";
import type { Usage } from "../usage/usage.ts";
import type { UsageGroup, UsageQuery, UsageReport } from "../usage/usage-report.ts";
import { paging } from "./administration.ts";

/* Shared by GET /usage and GET /admin/usage. */

export interface UsageDependencies {
  usage: Pick<Usage, "flush">;
  usageReport: UsageReport;
}

const OptionalText = Type.Union([Type.String(), Type.Null()], { nullable: true });

const UsageLineSchema = Type.Object(
  {
    day: OptionalText,
    tenant_id: OptionalText,
    key_id: OptionalText,
    operation: OptionalText,
    calls: Type.Integer(),
    errors: Type.Integer(),
    failures: Type.Integer(),
    upstream_calls: Type.Integer(),
    bytes_in: Type.Integer(),
    bytes_out: Type.Integer(),
  },
  { title: "UsageLine" },
);

export const UsagePageSchema = Type.Object(
  { items: Type.Array(UsageLineSchema), next_cursor: Type.String() },
  { title: "UsagePage" },
);

export const usageFields = {
  from: Type.Optional(
    Type.String({
      maxLength: 10,
      description: "First day (UTC); when left out, 29 days before to.",
    }),
  ),
  to: Type.Optional(
    Type.String({ maxLength: 10, description: "Last day (UTC); today when left out." }),
  ),
  group: Type.Optional(
    Type.Array(Type.String({ maxLength: 64 }), {
      maxItems: 8,
      description:
        "What to tell apart: day, key, operation or several of them, separated by commas; day when left out. `none` adds everything up.",
    }),
  ),
  key_id: Type.Optional(Type.String({ maxLength: 26, description: "Only this API key." })),
  operation: Type.Optional(
    Type.String({ maxLength: 64, description: "Only this operation, by its id in the contract." }),
  ),
  ...paging,
};

export const usageDescription =
  "Requests, errors (answers from 400 on, of them the failures from 500 on), requests to Instagram, and bytes of bodies in and out, by UTC day. What other processes have counted in the last seconds is missing. At most 92 days.";

/** A page of what was used. What this process has counted is written first. */
export async function answerUsage(
  { usage, usageReport }: UsageDependencies,
  scope: Pick<UsageQuery, "tenantId" | "mode">,
  groups: readonly UsageGroup[],
  { from, to, group, key_id, operation, cursor, limit = 50 }: Static<TObject<typeof usageFields>>,
) {
  const given = (text: string | undefined): string | undefined => text?.trim() || undefined;
  const query: UsageQuery = {
    ...scope,
    from: given(from),
    to: given(to),
    keyId: given(key_id),
    operation: given(operation),
    groups: groupsIn(group, groups),
    cursor: given(cursor),
    limit,
  };
  // Old numbers are better than none.
  await usage.flush().catch(() => {});
  const { lines, nextCursor } = await usageReport(query);
  return { items: lines, next_cursor: nextCursor ?? "" };
}

/** Throws InvalidInput. */
function groupsIn(
  given: readonly string[] | undefined,
  known: readonly UsageGroup[],
): UsageGroup[] {
  const names = (given ?? [])
    .flatMap((text) => text.split(","))
    .flatMap((name) => name.trim() || []);
  if (names.length === 0) return ["day"];
  if (names.length === 1 && names[0] === "none") return [];
  const groups = known.filter((group) => names.includes(group));
  if (groups.length !== new Set(names).size)
    throw new InvalidInput("group", `must be of ${known.join(", ")}, or none`);
  return groups;
}
