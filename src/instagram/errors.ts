import { Problem, type ProblemDetails } from "../problems/problem.ts";
import {
  callerGone,
  challengeHints,
  type RefusalKind,
  refusalKinds,
  type UnreachableKind,
  unreachableKinds,
} from "./error-kinds.ts";
import { type ExactJsonObject, objectOr, type VerbatimJsonObject } from "./json.ts";

/*
 * The two families of the client's errors: Instagram refused, or there was no usable answer.
 * Besides, unusable input is an InvalidInput.
 */

/** Instagram answered and refused. `body` is its answer, empty if that was not a JSON object. */
export class UpstreamRefused extends Problem<RefusalKind> {
  constructor(
    kind: RefusalKind,
    message: string,
    readonly context: {
      status: number;
      body: ExactJsonObject;
      /** How long the answer asks to wait. */
      retryAfterSeconds?: number;
      /**
       * Instagram refuses the address that the request came from. It says nothing about the account or
       * its login.
       */
      isAddressBlocked?: boolean;
    },
    /** Replaces the kind's hint. */
    hint?: string,
  ) {
    super(
      kind,
      refusalKinds[kind],
      message,
      kind === "ChallengeRequired" ? challengeDetails(context.body, hint) : { hint },
    );
  }

  /** Instagram's own waiting time takes precedence over the kind's. */
  override get retryAfter(): number | undefined {
    return this.context.retryAfterSeconds ?? super.retryAfter;
  }

  /** The same refusal as another, more specific kind: a 404 on a profile is a UserNotFound. */
  as(kind: RefusalKind, message = this.message, hint?: string): UpstreamRefused {
    return new UpstreamRefused(kind, message, this.context, hint);
  }
}

/** Resolving a challenge takes Instagram's answer, so the problem carries it. */
function challengeDetails(body: ExactJsonObject, hint: string | undefined): ProblemDetails {
  const ofPath = challengePathIn(body) === null ? undefined : challengeHints.haveCodeSent;
  return { hint: hint ?? ofPath, members: { last_json: body } };
}

/** True for an UpstreamRefused of one of the kinds. */
export const isRefusal = (error: unknown, ...kinds: RefusalKind[]): error is UpstreamRefused =>
  error instanceof UpstreamRefused && kinds.includes(error.kind);

/** No usable answer: the proxy or the network failed, time ran out, or the answer was not JSON. */
export class UpstreamUnreachable extends Problem<UnreachableKind> {
  constructor(
    kind: UnreachableKind,
    message: string,
    readonly context: {
      /** Status of the answer that cannot be used. */
      status?: number;
      /** The connection was made, and ended without an answer. */
      dropped?: boolean;
      /** No answer came: the time was over, or the connection ended. */
      unanswered?: boolean;
      /** How long the answer asks to wait. */
      retryAfterSeconds?: number;
    } = {},
    details?: ProblemDetails,
  ) {
    super(kind, unreachableKinds[kind], message, details);
  }

  /** Instagram's own waiting time takes precedence over the kind's. */
  override get retryAfter(): number | undefined {
    return this.context.retryAfterSeconds ?? super.retryAfter;
  }
}

/** Whether an error is of one of the two families, and so no bug of the program. */
export const isUpstreamError = (error: unknown): error is UpstreamRefused | UpstreamUnreachable =>
  error instanceof UpstreamRefused || error instanceof UpstreamUnreachable;

/** Refusals by which Instagram has closed the account, for a while or for good. */
export const ACCOUNT_CLOSED = ["AccountSuspended", "AccountDisabled"] as const;

/** The time that a caller's whole request may take is over. */
export function outOfTime({ limitMs }: { limitMs: number }): UpstreamUnreachable {
  return new UpstreamUnreachable(
    "UpstreamTimeout",
    `The request took longer than ${limitMs / 1000} s, its limit for waiting and for all of Instagram's answers`,
    { unanswered: true },
  );
}

/** An answer came but is unusable. It is not retried: a second one would be the same. */
export const answerUnusable = (problem: string): UpstreamUnreachable =>
  new UpstreamUnreachable("UpstreamError", `Instagram's answer cannot be used: ${problem}`, {
    status: 200,
  });

/** The caller has hung up, so the work has stopped. */
export class CallerGone extends Problem<"CallerGone"> {
  constructor() {
    super("CallerGone", callerGone, "The caller has hung up");
  }
}

/**
 * Makes a request for one thing. A 404 means that this thing does not exist, and is thrown as
 * `kind`.
 */
export async function notFoundAs<T>(
  kind: RefusalKind,
  message: string,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (isRefusal(error, "ClientNotFoundError")) throw error.as(kind, message);
    throw error;
  }
}

/** Refusals that concern a login. For a request without one they mean that a login is required. */
const LOGIN_REFUSALS: readonly RefusalKind[] = [
  "LoginRequired",
  "ClientUnauthorizedError",
  "ChallengeRequired",
  "CheckpointRequired",
];

/**
 * Makes a request as an anonymous visitor of Instagram's website. If the website requires a login,
 * this says nothing about the session's login, so it is thrown as ClientForbiddenError with
 * `message`.
 */
export async function withoutLogin<T>(message: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (isRefusal(error, ...LOGIN_REFUSALS)) throw error.as("ClientForbiddenError", message);
    throw error;
  }
}

/** The error for a request that needs a login while the session has none. */
export function notLoggedIn(): UpstreamRefused {
  const context = { status: 0, body: {} };
  return new UpstreamRefused("LoginRequired", "The session is not logged in", context);
}

/** The error for a good answer that does not hold what was asked for. */
export function notInAnswer(kind: RefusalKind, message: string): UpstreamRefused {
  return new UpstreamRefused(kind, message, { status: 200, body: {} });
}

/** Paths of challenges that a code can end. Others, such as `/auth_platform/?…`, need the app. */
const RESOLVABLE = /^\/challenge\/[\w/-]*$/;

/** The path of a challenge that a code can end, without `/api/v1`; null for any other challenge. */
export function challengePathIn(body: VerbatimJsonObject): string | null {
  const { api_path: apiPath } = objectOr(body.challenge);
  if (typeof apiPath !== "string") return null;
  const path = apiPath.replace(/^\/api(?:\/v1)?(?=\/challenge\/)/, "");
  return RESOLVABLE.test(path) ? path : null;
}
