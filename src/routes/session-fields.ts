import { type TSchema, Type } from "@sinclair/typebox";
import { InvalidInput } from "../problems/problem.ts";
import type { SessionFilter } from "../sessions/session-store.ts";
import { SESSION_STATES } from "../sessions/session-view.ts";
import {
  cleanSettings,
  cleanTarget,
  type SessionChanges,
  type SessionSettings,
} from "../sessions/verbs/manage.ts";
import { type AskedSessions, cleanFilter, NO_PROXY } from "../sessions/verbs/manage-list.ts";
import { sessionLimits } from "../tenants/action-limits.ts";
import { Instant } from "./administration.ts";

/* Fields of the routes of sessions with their readers, and the schemas of the answers. */

const orNull = <Schema extends TSchema>(schema: Schema) =>
  Type.Union([schema, Type.Null()], { nullable: true });
const State = Type.Union(SESSION_STATES.map((state) => Type.Literal(state)));

const LastError = Type.Object(
  { kind: Type.String(), message: Type.String(), at: Instant() },
  { title: "SessionError" },
);
const Failure = Type.Object(
  { kind: Type.String(), message: Type.String() },
  { title: "SessionFailure" },
);
const Block = Type.Object({ action: Type.String(), until: Instant() }, { title: "SessionBlock" });

const Holder = Type.Object(
  { machine: Type.String(), region: orNull(Type.String()) },
  { title: "SessionHolder" },
);

const sessionProperties = {
  id: Type.String(),
  username: orNull(Type.String()),
  user_pk: orNull(Type.String()),
  mode: Type.Union([Type.Literal("test"), Type.Literal("live")]),
  label: orNull(Type.String()),
  state: State,
  state_since: orNull(Instant()),
  reason: orNull(Type.String()),
  proxy_id: orNull(Type.String()),
  proxy: orNull(Type.String()),
  region: orNull(Type.String()),
  holder: orNull(Holder),
  app_version: orNull(Type.String()),
  created_at: Instant(),
  last_used_at: orNull(Instant()),
  last_ok_at: orNull(Instant()),
  last_error: orNull(LastError),
  blocked: Type.Array(Block),
  budget: orNull(Type.Object({}, { additionalProperties: true })),
};

export const SessionSchema = Type.Object(sessionProperties, { title: "Session" });

export const SessionPageSchema = Type.Object(
  { items: Type.Array(SessionSchema), next_cursor: Type.String() },
  { title: "SessionPage" },
);

export const SessionHealthSchema = Type.Object(
  {
    ...sessionProperties,
    ok: Type.Boolean(),
    latency_ms: orNull(Type.Integer()),
    checked_at: Instant(),
    error: orNull(Failure),
  },
  { title: "SessionHealth" },
);

export const SessionDeletionSchema = Type.Object(
  {
    id: Type.String(),
    deleted: Type.Literal(true),
    logged_out: orNull(Type.Boolean()),
    logout_error: orNull(Failure),
  },
  { title: "SessionDeletion" },
);

/** What PATCH /session sets. */
export const settingsFields = {
  label: Type.Optional(
    orNull(
      Type.String({
        maxLength: 400,
        description: "A name for the session or its group, up to 100 characters; empty for none.",
        examples: ["client-acme"],
      }),
    ),
  ),
  region: Type.Optional(
    orNull(
      Type.String({
        maxLength: 20,
        description: "Home region, as Fly.io's code of three letters; empty for any.",
        examples: ["fra"],
      }),
    ),
  ),
  enabled: Type.Optional(
    Type.Boolean({
      description: "false: nothing goes to Instagram any more; true: it may again.",
      examples: [true],
    }),
  ),
  proxy_id: Type.Optional(
    Type.String({
      default: "",
      maxLength: 200,
      description:
        "Id of the proxy to go through from now on; another: any other that fits, of the same country. Empty: it stays as it is. PATCH /auth/settings with clear_proxy=true takes the proxy away.",
    }),
  ),
  daily_budgets: Type.Optional(sessionLimits.dailyBudgets),
  pace_ms: Type.Optional(sessionLimits.paceMs),
  unblock: Type.Optional(
    Type.Boolean({
      description:
        "true: ends what `blocked` lists, and forgets it. For who knows that Instagram's block is over; otherwise the next request makes it longer.",
      examples: [false],
    }),
  ),
};

interface SettingsBody {
  label?: string | null;
  region?: string | null;
  enabled?: boolean;
  proxy_id?: string;
  daily_budgets?: SessionSettings["dailyBudgets"];
  pace_ms?: number | null;
  unblock?: boolean;
}

/** What a request changes of a session. Throws InvalidInput, also where it changes nothing. */
export function changesOf({
  proxy_id: proxyId = "",
  daily_budgets: dailyBudgets,
  pace_ms: paceMs,
  ...rest
}: SettingsBody): SessionChanges {
  const given = Object.entries({ ...rest, dailyBudgets, paceMs }).filter(
    ([, value]) => value !== undefined,
  );
  const moveTo = proxyId.trim() === "" ? null : cleanTarget(proxyId, "proxy_id");
  if (given.length === 0 && moveTo === null) {
    const [first = "", ...others] = Object.keys(settingsFields);
    throw new InvalidInput(first, `or ${others.join(" or ")} is required`);
  }
  return { settings: cleanSettings(Object.fromEntries(given)), moveTo };
}

/** What GET /sessions can be narrowed down by. An empty field counts as left out. */
export const filterFields = {
  state: Type.Optional(
    Type.Union([Type.Literal(""), ...SESSION_STATES.map((state) => Type.Literal(state))], {
      default: "",
      description: "State in which the sessions are now.",
    }),
  ),
  username: Type.Optional(
    Type.String({
      default: "",
      maxLength: 200,
      description: "Username of the account.",
      examples: ["sandbox"],
    }),
  ),
  label: Type.Optional(
    Type.String({ default: "", maxLength: 400, description: "The whole label." }),
  ),
  proxy_id: Type.Optional(
    Type.String({
      default: "",
      maxLength: 200,
      description: `Id of a proxy; ${NO_PROXY} for sessions without any proxy.`,
    }),
  ),
  proxy: Type.Optional(
    Type.String({ default: "", maxLength: 200, description: "The same as proxy_id." }),
  ),
};

interface FilterQuery extends Omit<AskedSessions, "proxy"> {
  proxy_id?: string;
  proxy?: string;
}

/** The filter that a query asks for. Throws InvalidInput. */
export function filterOf({ proxy_id: id = "", proxy = "", ...query }: FilterQuery): SessionFilter {
  const isId = id.trim() !== "";
  if (isId && proxy.trim() !== "")
    throw new InvalidInput("proxy", "and proxy_id exclude each other");
  return cleanFilter({ ...query, proxy: isId ? id : proxy }, isId ? "proxy_id" : "proxy");
}
