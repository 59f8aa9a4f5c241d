import { takesIdempotencyKey } from "./idempotency.ts";
import { headers, headersOf } from "./openapi-headers.ts";
import type { Spec } from "./openapi-schema.ts";
import { type ProblemType, problemKinds } from "./problems.ts";
import type { AccessKind, Operation } from "./route.ts";
import { TOLD_OUTCOMES, UNKNOWN_HINT } from "./write-outcome.ts";

/*
 * The error responses of the OpenAPI document. Problems with the same status share one response,
 * which is named after them and referenced by the operations.
 */

const KEY_PROBLEMS: readonly ProblemType[] = [
  "ApiKeyRequired",
  "ApiKeyInvalid",
  "ScopeRequired",
  "TenantSuspended",
  "GatewayRateLimited",
  "TooManyFailures",
  "ValidationError",
  "StorageUnavailable",
  "ShuttingDown",
  "InternalError",
];
/** Problems that any operation on Instagram can have. */
export const UPSTREAM_PROBLEMS: readonly ProblemType[] = [
  "ClientErrorWithTitle",
  "ClientStatusFail",
  "UnknownError",
  "LoginRequired",
  "ClientUnauthorizedError",
  "ChallengeRequired",
  "CheckpointRequired",
  "AccountSuspended",
  "AccountDisabled",
  "ConsentRequired",
  "GeoBlockRequired",
  "UpgradeRequired",
  "SentryBlock",
  "ProxyAddressIsBlocked",
  "ClientForbiddenError",
  "ClientNotFoundError",
  "PleaseWaitFewMinutes",
  "FeedbackRequired",
  "RateLimitError",
  "ProxyError",
  "UpstreamError",
  "SessionBusy",
  "UpstreamTimeout",
];
const SESSION_PROBLEMS: readonly ProblemType[] = [
  ...KEY_PROBLEMS,
  "SessionRequired",
  "SessionNotFound",
  "EncryptionKeyUnavailable",
  "SessionDamaged",
  "SessionDisabled",
  "SessionElsewhere",
  "SessionCoolingDown",
  "ProxyRequired",
  "UpstreamStopped",
  "UpstreamUnavailable",
  ...UPSTREAM_PROBLEMS,
];
/** Operations with the same access have the same problems; those that act have some more. */
type Group = AccessKind | "action";

const groupOf = (operation: Operation): Group =>
  takesIdempotencyKey(operation) ? "action" : operation.access.kind;

const GROUP_PROBLEMS: Record<Group, readonly ProblemType[]> = {
  public: [],
  key: KEY_PROBLEMS,
  session: SESSION_PROBLEMS,
  "optional-session": SESSION_PROBLEMS,
  action: [
    ...SESSION_PROBLEMS,
    "BudgetSpent",
    "IdempotencyKeyReused",
    "IdempotencyInProgress",
    "OutcomeUnknown",
  ],
  admin: ["AdminTokenRequired", ...KEY_PROBLEMS],
};

/** Names for the problems of a status that all operations of a group share. */
const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: "Refused",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  422: "InvalidInput",
  429: "Throttled",
  500: "InternalError",
  502: "BadGateway",
  503: "Unavailable",
  504: "GatewayTimeout",
};

const GROUP_NAMES: Record<Group, string> = {
  public: "",
  key: "Key",
  session: "Session",
  "optional-session": "Session",
  action: "Action",
  admin: "Admin",
};

/** Collects the error responses of all operations of the document. */
export class ProblemResponses {
  readonly #responses = new Map<string, Spec>();
  readonly #examples = new Map<string, Spec>();

  /** References to the error responses of an operation, by status. */
  of(operation: Operation): Record<string, Spec> {
    const { errors = [], body, lines } = operation;
    const problems = new Set<ProblemType>([
      ...GROUP_PROBLEMS[groupOf(operation)],
      ...errors,
      ...(body || lines
        ? (["UnsupportedMedia", "PayloadTooLarge", "RequestTimeout"] as const)
        : []),
    ]);
    const byStatus = Map.groupBy(problems, (problem) => problemKinds[problem].status);
    const sorted = [...byStatus].sort(([a], [b]) => a - b);
    return Object.fromEntries(
      sorted.map(([status, types]) => [String(status), this.#reference(operation, status, types)]),
    );
  }

  /** The collected responses by name, and an example of each problem in them. */
  components(): { responses: Record<string, Spec>; examples: Record<string, Spec> } {
    return {
      responses: Object.fromEntries(this.#responses),
      examples: Object.fromEntries(this.#examples),
    };
  }

  #reference(operation: Operation, status: number, common: readonly ProblemType[]): Spec {
    const group = groupOf(operation);
    const tellsOutcome = group === "action" && (status === 502 || status === 504);
    const types = tellsOutcome ? ([...common, "OutcomeUnknown"] as const) : common;
    const name = nameOf(group, status, common);
    const examples = types.map((type) => [
      type,
      { $ref: this.#example(type, tellsOutcome ? status : null) },
    ]);
    this.#responses.set(name, {
      description: types.map((problem) => problemKinds[problem].title).join("; "),
      headers: headersOfProblem(operation, status, types),
      content: {
        "application/problem+json": {
          schema: { $ref: "#/components/schemas/Problem" },
          examples: Object.fromEntries(examples),
        },
      },
    });
    return { $ref: `#/components/responses/${name}` };
  }

  /** A reference to the example of a problem; for a status of actions, of one that tells the outcome. */
  #example(type: ProblemType, actionStatus: number | null): string {
    const name = actionStatus === null ? type : `${type}OfAction${actionStatus}`;
    const value = exampleOf(type);
    this.#examples.set(name, {
      value: actionStatus === null ? value : { ...value, ...exampleOfAction(type, actionStatus) },
    });
    return `#/components/examples/${name}`;
  }
}

/** Such as `ActionConflict`, `SessionUnauthorized`, `SessionForbiddenOrPrivateAccount` or `UserNotFound`. */
function nameOf(group: Group, status: number, types: readonly ProblemType[]): string {
  const common = GROUP_PROBLEMS[group].filter((type) => problemKinds[type].status === status);
  const own = types.filter((type) => !common.includes(type));
  const shared =
    common.length > 0 ? [`${GROUP_NAMES[group]}${STATUS_NAMES[status] ?? status}`] : [];
  return [...shared, ...own].join("Or");
}

function exampleOf(type: ProblemType): Spec {
  const kind = problemKinds[type];
  return {
    type: `urn:gramway:error:${type}`,
    title: kind.title,
    status: kind.status,
    detail: kind.title,
    exc_type: type,
    ...(kind.hint ? { hint: kind.hint } : {}),
    request_id: "01K9ZJ5M0T6R3F4C2B1A0XYZWV",
    ...kind.exampleMembers,
  };
}

/** What a failed action's answer has instead of, or besides, what the kind has. */
function exampleOfAction(type: ProblemType, status: number): Spec {
  const isUnknown = type === "OutcomeUnknown" || type === "UpstreamError";
  const outcome: (typeof TOLD_OUTCOMES)[number] = isUnknown ? "unknown" : "not_sent";
  return { status, ...(isUnknown ? { hint: UNKNOWN_HINT } : {}), outcome };
}

/** The headers of an error answer. */
function headersOfProblem(
  operation: Operation,
  status: number,
  types: readonly ProblemType[],
): Spec {
  const waits = types.some((type) => problemKinds[type].retryAfter !== undefined);
  return {
    ...headersOf(operation),
    ...(waits ? headers("Retry-After") : {}),
    ...(status === 401 ? headers("WWW-Authenticate") : {}),
  };
}

export const problemSchema: Spec = {
  type: "object",
  description: "An error (RFC 9457).",
  required: ["type", "title", "status", "detail", "exc_type", "request_id"],
  properties: {
    type: { type: "string", description: "URN of the kind of error." },
    title: { type: "string", description: "The kind of error, in words." },
    status: { type: "integer", description: "The status of the answer." },
    detail: { type: "string", description: "What happened this time." },
    exc_type: {
      type: "string",
      description: "Name of the kind of error, as clients of the Python service know it.",
      enum: Object.keys(problemKinds).sort(),
    },
    hint: { type: "string", description: "What can be done about it." },
    request_id: { type: "string", description: "The X-Request-Id, to find it in the logs." },
    errors: {
      type: "array",
      description: "The faults of the input.",
      items: {
        type: "object",
        required: ["field", "message"],
        properties: {
          field: { type: "string", description: "Name of the field." },
          message: { type: "string", description: "What is wrong with it; never its value." },
        },
      },
    },
    outcome: {
      type: "string",
      description:
        "For a failed action. `not_sent`: nothing has changed at Instagram, so it may simply be repeated. `unknown`: it may have taken place, wholly or in part; read first, then decide.",
      enum: [...TOLD_OUTCOMES],
    },
    action: {
      type: "string",
      description: "The kind of action that has to wait, or `all`: of a cool-down or a budget.",
    },
    until: { type: "string", format: "date-time", description: "When that is over (UTC)." },
    proxy_id: { type: "string", description: "The proxy that has the URL already." },
    sessions: { type: "integer", description: "How many sessions use the proxy." },
    session_id: { type: "string", description: "Session that waits for the login's next step." },
    last_json: {
      type: "object",
      additionalProperties: true,
      description: "Instagram's answer to a challenge, for POST /auth/challenge/resolve.",
    },
  },
};
