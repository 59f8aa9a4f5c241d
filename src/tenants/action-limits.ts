import { type SchemaOptions, type TOptional, type TSchema, Type } from "@sinclair/typebox";
import { ACTION_KINDS, type ActionKind } from "../instagram/action-kinds.ts";

/* Limits for the actions of a session: as a tenant's policies, and as a session's own. */

const MOST_A_DAY = 100_000;
const LONGEST_PACE_MS = 3_600_000;

/** One optional field for each kind of action, and no others. */
const byKind = <Schema extends TSchema>(
  schemaOf: (options: SchemaOptions) => Schema,
  description: string,
) => {
  const fields = {} as Record<ActionKind, TOptional<Schema>>;
  for (const kind of ACTION_KINDS) {
    const options = { description: `Actions of the kind ${kind} in a day.`, examples: [50] };
    fields[kind] = Type.Optional(schemaOf(options)) as TOptional<Schema>;
  }
  return Type.Object(fields, { additionalProperties: false, description });
};

const perDay = (options: SchemaOptions = {}) =>
  Type.Integer({ ...options, minimum: 0, maximum: MOST_A_DAY });

const pace = Type.Integer({
  minimum: 0,
  maximum: LONGEST_PACE_MS,
  description:
    "Least time between the starts of two actions of a session, in milliseconds; each wait is a little longer at random. 0: no wait.",
});

/** A tenant's policies. */
export const tenantLimits = {
  dailyBudgets: byKind(
    perDay,
    `Actions of a session in a day of its account, by their kind: ${ACTION_KINDS.join(", ")}. A kind that is left out has no limit.`,
  ),
  paceMs: pace,
};

/** A session's own limits, which take the place of its tenant's. */
export const sessionLimits = {
  dailyBudgets: Type.Union(
    [
      byKind(
        (options) => Type.Union([perDay(), Type.Null()], options),
        "Actions in a day of the account, by their kind; null for one without limit. For a kind that is left out, the tenant's daily_budgets hold.",
      ),
      Type.Null(),
    ],
    { description: "Null: the tenant's." },
  ),
  paceMs: Type.Union([pace, Type.Null()], {
    description: "The session's own pace_ms; null: the tenant's.",
  }),
};
