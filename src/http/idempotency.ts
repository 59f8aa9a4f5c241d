import { type Decision, type Idempotency, inProgress } from "../idempotency/idempotency.ts";
import type { Ending, Run } from "../idempotency/run.ts";
import { refusalKinds } from "../instagram/error-kinds.ts";
import { UpstreamRefused } from "../instagram/errors.ts";
import {
  type ExactJsonObject,
  type JsonInput,
  parseExact,
  stringifyJson,
} from "../instagram/json.ts";
import { derivedTokens } from "../instagram/write-tokens.ts";
import { InvalidInput, Problem } from "../problems/problem.ts";
import type { SessionInUse } from "../sessions/session-in-use.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import type { RequestContext } from "./context.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { jsonOf } from "./json-answer.ts";
import type { HandlerInput, Route } from "./route.ts";

export interface IdempotencyDependency {
  idempotency: Pick<Idempotency, "decide">;
}

/** What came of an Idempotency-Key, for logs and metrics. */
export type IdempotencyResult = "run" | "resumed" | "replayed" | "refused";

/** Whether requests of a route may carry an Idempotency-Key: they act, on a session. */
export const takesIdempotencyKey = ({
  method,
  access,
}: Pick<Route, "method" | "access">): boolean =>
  method !== "GET" && (access.kind === "session" || access.kind === "optional-session");

const VALID_KEY = /^[\x20-\x7e]{1,255}$/;

/** A request that names a session, as its handler gets it. */
export type SessionInput = HandlerInput & { key: AuthenticatedKey; session: SessionInUse };

/**
 * Runs a request under its Idempotency-Key, or resolves with the answer that it had before: the JSON
 * text of the answer. Throws Problem: that of the handler, now or then, or one of the key's.
 */
export async function answerOnce(
  deps: IdempotencyDependency,
  route: Route,
  input: SessionInput,
  sent: string,
): Promise<string> {
  const { context } = input;
  const decision = await decideOver(deps, route, input, sent);
  if ("running" in decision) throw inProgress();
  if ("answer" in decision) return replayed(decision.answer, context);
  const { run } = decision;
  beginRun(run, route, context);
  let text: string;
  try {
    text = jsonOf(await route.handle(input as never));
  } catch (error) {
    await endRun(run, endingOf(error, context));
    throw error;
  }
  await endRun(run, answered(text));
  return text;
}

/** Decides over a request with an Idempotency-Key. Throws as Idempotency.decide(). */
export async function decideOver(
  { idempotency }: IdempotencyDependency,
  route: Route,
  input: SessionInput,
  sent: string,
): Promise<Decision> {
  if (!VALID_KEY.test(sent))
    throw new InvalidInput("Idempotency-Key", "must be 1 to 255 printable ASCII characters");
  const { context, key, session } = input;
  context.idempotency = "refused";
  return idempotency.decide({
    tenantId: key.tenantId,
    mode: key.mode,
    sessionId: session.id,
    key: sent,
    fingerprint: await fingerprintOf(route, input),
    guarded: route.guarded === true,
  });
}

/** Prepares the context of a request that is run under its key. */
export function beginRun(run: Run, { guarded }: Route, context: RequestContext): void {
  context.idempotency = run.isResumed ? "resumed" : "run";
  context.tokens = derivedTokens(run.tokenSecret, run.startedAt);
  context.isResumed = run.isResumed;
  // The earlier try may have acted, whatever becomes of this one: only a success settles it.
  if (run.isResumed) context.writes.begin();
  context.mayBeSentAgain = guarded === true;
}

/** How a request ends that was answered with this JSON text. */
export const answered = (text: string): Ending => ({ answer: stringifyJson({ text }) });

/**
 * A failure to store must not hide the answer: the action took place, or it did not. It is stored
 * in the background as soon as the database takes it.
 */
export async function endRun(run: Run, ending: Ending): Promise<void> {
  try {
    await run.end(ending);
  } catch {}
}

/**
 * How a request that failed has ended. Only what Instagram has decided on is an answer for its
 * retries as well: whatever else failed may succeed when it is sent again, if nothing has happened.
 */
export function endingOf(error: unknown, { writes }: RequestContext): Ending {
  const { outcome } = writes;
  if (outcome === "unknown") return "unknown";
  if (error instanceof UpstreamRefused && !isRetryable(error))
    return { answer: stringifyJson({ problem: recorded(error) }) };
  return outcome === "acted" ? "unknown" : "not_acted";
}

const isRetryable = ({ kind }: UpstreamRefused): boolean => "retryable" in refusalKinds[kind];

const recorded = ({ kind, status, title, detail, hint, members }: Problem): JsonInput => ({
  kind,
  status,
  title,
  detail,
  hint,
  members,
});

/** An error that an earlier request under the same key was answered with. */
class RecordedProblem extends Problem {}

/** Notes that the request gets what was answered before. */
export function noteReplay(context: RequestContext): void {
  context.idempotency = "replayed";
  context.responseHeaders.push(["Idempotency-Replayed", "true"]);
}

/** The text of an earlier answer; throws the problem that it was. */
export function replayed(answer: string, context: RequestContext): string {
  noteReplay(context);
  const { text, problem } = parseExact(answer) as ExactJsonObject;
  if (typeof text === "string") return text;
  const { kind, status, title, detail, hint, members } = problem as ExactJsonObject;
  throw new RecordedProblem(
    String(kind),
    { status: Number(status), title: String(title) },
    String(detail),
    {
      ...(typeof hint === "string" ? { hint } : {}),
      members: members as ExactJsonObject,
    },
  );
}
