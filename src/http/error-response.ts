import { type JsonInput, stringifyJson } from "../instagram/json.ts";
import { GatewayProblem, gatewayKinds } from "../problems/gateway.ts";
import { Problem } from "../problems/problem.ts";
import type { RequestContext } from "./context.ts";
import { failedWrite, SEND_AGAIN_HINT, UNKNOWN_HINT } from "./write-outcome.ts";

/** Every 401 must list how a caller can authenticate. */
const CHALLENGE = 'ApiKey realm="gramway", Bearer realm="gramway"';

/** The answer to an unexpected error: the caller must learn no internals. */
const internalError = new GatewayProblem(
  "InternalError",
  "The gateway failed; the request id finds the cause in its log",
);

const OUTCOME_UNKNOWN = {
  kind: "OutcomeUnknown",
  title: gatewayKinds.OutcomeUnknown.title,
} as const;

/**
 * Turns an error into an answer of type `application/problem+json`. This happens only here. The kind
 * of the error is noted in `context`, for logs and metrics.
 */
export function problemResponse(error: unknown, context: RequestContext): Response {
  const problem = problemOf(error);
  const { body, isUnknown } = described(problem, context);
  const { status } = problem;
  // Nobody is asked to repeat what may have taken place. With 503 it says when it can be looked at.
  const retryAfter = isUnknown && status !== 503 ? undefined : problem.retryAfter;
  context.errorType = body.exc_type;
  if (status >= 500) context.cause = causeOf(error);
  const headers = new Headers(problem.headers);
  headers.set("Content-Type", "application/problem+json");
  if (retryAfter !== undefined) headers.set("Retry-After", String(retryAfter));
  if (status === 401) headers.set("WWW-Authenticate", CHALLENGE);
  const text = stringifyJson(body);
  context.bytesOut = Buffer.byteLength(text);
  return new Response(text, { status, headers });
}

/** The same body as JSON text, for an error that is told of later. */
export function failureText(error: unknown, context: RequestContext): string {
  const problem = problemOf(error);
  const { body } = described(problem, context);
  context.errorType = body.exc_type;
  if (problem.status >= 500) context.cause = causeOf(error);
  return stringifyJson(body);
}

/** Notes an error that came when the answer was on its way, and returns the status it counts as. */
export function noteFailure(error: unknown, context: RequestContext): number {
  const { kind, status } = problemOf(error);
  context.errorType = kind;
  context.cause = causeOf(error);
  return status;
}

/** The body of a problem that is part of an answer, as JSON text. */
export const problemText = (problem: Problem, { id }: RequestContext): string =>
  stringifyJson(bodyOf(problem, id));

const problemOf = (error: unknown): Problem => (error instanceof Problem ? error : internalError);

function described(problem: Problem, context: RequestContext) {
  const failed = failedWrite(problem, context);
  const isUnknown = failed?.outcome === "unknown";
  const { kind, title } = failed?.isLost ? OUTCOME_UNKNOWN : problem;
  const hint = isUnknown ? unknownHint(context) : problem.hint;
  const body = {
    ...bodyOf(problem, context.id, { kind, title, hint }),
    ...(failed ? { outcome: failed.outcome } : {}),
  };
  return { body, isUnknown };
}

function bodyOf(
  problem: Problem,
  requestId: string,
  { kind, title, hint }: Pick<Problem, "kind" | "title" | "hint"> = problem,
) {
  const { status, detail, members } = problem;
  return {
    type: `urn:gramway:error:${kind}`,
    title,
    status,
    detail,
    exc_type: kind,
    ...(hint ? { hint } : {}),
    request_id: requestId,
    ...members,
  } satisfies JsonInput;
}

const unknownHint = ({ mayBeSentAgain }: RequestContext): string =>
  mayBeSentAgain ? SEND_AGAIN_HINT : UNKNOWN_HINT;

const MAX_CAUSE_LENGTH = 500;
const MAX_CAUSES = 4;

/** An error and its causes in one line, without the credentials of URLs. */
function causeOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error && parts.length < MAX_CAUSES; at = at.cause)
    parts.push(`${at.name}: ${at.message.slice(0, MAX_CAUSE_LENGTH)}`);
  return parts
    .join(" <- ")
    .slice(0, MAX_CAUSE_LENGTH)
    .replaceAll(/:\/\/[^\s/@]{1,500}@/g, "://***@");
}
