import { Problem, type ProblemDetails } from "../problems/problem.ts";
import {
  callerGone,
  challengeHints,
  type RefusalKind,
  refusalKinds,
  type UnreachableKind,
  unreachableKinds,
} from "./error-kinds.ts";
import { type JsonObject, objectOr } from "./json.ts";

/*
 * The two families of the client's errors: Instagram said no, or there was no usable answer. Input
 * that cannot be used is an InvalidInput.
 */

/** Instagram answered and refused. `body` is its answer as far as it was JSON. */
export class UpstreamRefused extends Problem<RefusalKind> {
  constructor(
    kind: RefusalKind,
    message: string,
    readonly context: {
      status: number;
      body: JsonObject;
      /** How long the answer asks to wait. */
      retryAfterSeconds?: number;
    },
    /** Instead of the kind's. */
    hint?: string,
  ) {
    super(
      kind,
      refusalKinds[kind],
      message,
      kind === "ChallengeRequired" ? challengeDetails(context.body, hint) : { hint },
    );
  }

  /** What Instagram asks to wait outranks what its kind says. */
  override get retryAfter(): number | undefined {
    return this.context.retryAfterSeconds ?? super.retryAfter;
  }

  /** The same refusal under a more telling kind: a 404 on a profile is a UserNotFound. */
  as(kind: RefusalKind, message = this.message, hint?: string): UpstreamRefused {
    return new UpstreamRefused(kind, message, this.context, hint);
  }
}

/** What Instagram answered is needed to resolve a challenge. */
function challengeDetails(body: JsonObject, hint: string | undefined): ProblemDetails {
  const ofPath = challengePathIn(body) === null ? undefined : challengeHints.haveCodeSent;
  return { hint: hint ?? ofPath, members: { last_json: body } };
}

/** True for an UpstreamRefused of one of the kinds. */
export const isRefusal = (error: unknown, ...kinds: RefusalKind[]): error is UpstreamRefused =>
  error instanceof UpstreamRefused && kinds.includes(error.kind);

/** No usable answer: the proxy or the network failed, time ran out, or the answer was no JSON. */
export class UpstreamUnreachable extends Problem<UnreachableKind> {
  constructor(
    kind: UnreachableKind,
    message: string,
    /** `dropped`: the connection was made and then ended without an answer. */
    readonly context: {
      status?: number;
      dropped?: boolean;
      /** How long the answer asks to wait. */
      retryAfterSeconds?: number;
    } = {},
    details?: ProblemDetails,
  ) {
    super(kind, unreachableKinds[kind], message, details);
  }

  /** What Instagram asks to wait outranks what its kind says. */
  override get retryAfter(): number | undefined {
    return this.context.retryAfterSeconds ?? super.retryAfter;
  }
}

/** True for either family: what Instagram or the way to it did, and no fault of the program. */
export const isUpstreamError = (error: unknown): error is UpstreamRefused | UpstreamUnreachable =>
  error instanceof UpstreamRefused || error instanceof UpstreamUnreachable;

/** What says that Instagram has closed the account, for a while or for good. */
export const ACCOUNT_CLOSED = ["AccountSuspended", "AccountDisabled"] as const;

/** The time that a caller's whole request may take is over. */
export function outOfTime({ limitMs }: { limitMs: number }): UpstreamUnreachable {
  return new UpstreamUnreachable(
    "UpstreamTimeout",
    `The request took longer than the ${limitMs / 1000} s that there are for one, waiting and all of Instagram's answers together`,
  );
}

/** There was an answer, but nothing can be made of it. Asking again would bring the same. */
export const answerUnusable = (problem: string): UpstreamUnreachable =>
  new UpstreamUnreachable("UpstreamError", `Instagram's answer cannot be used: ${problem}`, {
    status: 200,
  });

/** Who asked has hung up: nobody waits for the answer any more, so the work has stopped. */
export class CallerGone extends Problem<"CallerGone"> {
  constructor() {
    super("CallerGone", callerGone, "The caller has hung up");
  }
}

/**
 * Makes a request whose path names one thing: a 404 on it says that there is no such thing, and is
 * thrown as that kind.
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

/** What is said of a login. An anonymous visitor has none: to him it means that one is wanted. */
const ABOUT_A_LOGIN: readonly RefusalKind[] = [
  "LoginRequired",
  "ClientUnauthorizedError",
  "ChallengeRequired",
  "CheckpointRequired",
];

/**
 * Makes a request as an anonymous visitor of Instagram's website. Where that wants a login it says
 * nothing about the session's: thrown as ClientForbiddenError with that message.
 */
export async function withoutLogin<T>(message: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (isRefusal(error, ...ABOUT_A_LOGIN)) throw error.as("ClientForbiddenError", message);
    throw error;
  }
}

/** What is thrown in place of a request that needs a login which the session does not have. */
export function notLoggedIn(): UpstreamRefused {
  const context = { status: 0, body: {} };
  return new UpstreamRefused("LoginRequired", "The session is not logged in", context);
}

/** What is thrown where a good answer does not hold what was asked for. */
export function notInAnswer(kind: RefusalKind, message: string): UpstreamRefused {
  return new UpstreamRefused(kind, message, { status: 200, body: {} });
}

/** Paths of challenges that a code can end; `/auth_platform/?…` and the like are others. */
const RESOLVABLE = /^\/challenge\/[\w/-]*$/;

/** The path of a challenge that a code can end, without a version; null for any other. */
export function challengePathIn(body: JsonObject): string | null {
  const { api_path: apiPath } = objectOr(body.challenge);
  if (typeof apiPath !== "string") return null;
  const path = apiPath.replace(/^\/api(?:\/v1)?(?=\/challenge\/)/, "");
  return RESOLVABLE.test(path) ? path : null;
}
