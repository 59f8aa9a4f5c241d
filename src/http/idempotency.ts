import type { Decision, Idempotency } from "../idempotency/idempotency.ts";
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

/**
 * Runs a request under its Idempotency-Key, or resolves with the answer that it had before: the JSON
 * text of the answer. Throws Problem: that of the handler, now or then, or one of the key's.
 */
export async function answerOnce(
  { idempotency }: IdempotencyDependency,
  route: Route,
  input: HandlerInput & { key: AuthenticatedKey; session: SessionInUse },
  sent: string,
): Promise<string> {
  if (!VALID_KEY.test(sent))
    throw new InvalidInput("Idempotency-Key", "must be 1 to 255 printable ASCII characters");
  const { context, key, session } = input;
  context.idempotency = "refused";
  const decision: Decision = await idempotency.decide({
    tenantId: key.tenantId,
    mode: key.mode,
    sessionId: session.id,
    key: sent,
    fingerprint: await fingerprintOf(route, input),
    guarded: route.guarded === true,
  });
  if ("answer" in decision) {
    context.idempotency = "replayed";
    context.responseHeaders.push(["Idempotency-Replayed", "true"]);
    return replayed(decision.answer);
  }
  const { run } = decision;
  context.idempotency = run.isResumed ? "resumed" : "run";
  context.tokens = derivedTokens(run.tokenSecret, run.startedAt);
  context.isResumed = run.isResumed;
  // The earlier try may have acted, whatever becomes of this one: only a success settles it.
  if (run.isResumed) context.writes.begin();
  context.mayBeSentAgain = route.guarded === true;
  return answerOf(run, context, async () => jsonOf(await route.handle(input as never)));
}

/** Runs the handler and stores how it ended. */
async function answerOf(
  run: Run,
  context: RequestContext,
  handle: () => Promise<string>,
): Promise<string> {
  let text: string;
  try {
    text = await handle();
  } catch (error) {
    await end(run, endingOf(error, context));
    throw error;
  }
  await end(run, { answer: stringifyJson({ text }) });
  return text;
}

/**
 * A failure to store must not hide the answer: the action took place, or it did not. It is stored
 * in the background as soon as the database takes it.
 */
async function end(run: Run, ending: Ending): Promise<void> {
  try {
    await run.end(ending);
  } catch {}
}

/**
 * How a request that failed has ended. Only what Instagram has decided on is an answer for its
 * retries as well: whatever else failed may succeed when it is sent again, if nothing has happened.
 */
function endingOf(error: unknown, { writes }: RequestContext): Ending {
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

/** The text of an earlier answer; throws the problem that it was. */
function replayed(answer: string): string {
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
