import { inProgress } from "../idempotency/idempotency.ts";
import type { Run } from "../idempotency/run.ts";
import { CallerGone } from "../instagram/errors.ts";
import type { UploadProgress } from "../instagram/upload/progress.ts";
import { Problem } from "../problems/problem.ts";
import { SessionInUse } from "../sessions/session-in-use.ts";
import type { Upload, UploadStatus } from "../uploads/upload.ts";
import type { Uploads } from "../uploads/uploads.ts";
import type { RequestContext } from "./context.ts";
import { failureText } from "./error-response.ts";
import { isSavedFile } from "./file-field.ts";
import {
  answered,
  beginRun,
  decideOver,
  endingOf,
  endRun,
  type IdempotencyDependency,
  noteReplay,
  replayed,
  type SessionInput,
} from "./idempotency.ts";
import type { InFlight } from "./in-flight.ts";
import { jsonOf } from "./json-answer.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import type { Route, UploadResult } from "./route.ts";
import { uploadInterrupted, uploadText } from "./upload-status.ts";

export interface UploadAnswerDependencies extends IdempotencyDependency {
  uploadRecords: Pick<Uploads, "begin" | "end" | "find" | "idOf" | "isClosing">;
  inFlight: Pick<InFlight, "enterInBackground" | "leave">;
  metrics: Pick<Metrics, "uploadSent" | "uploadEnded" | "failed">;
  logger: Logger;
  /** Time for an upload that the caller waits for, in milliseconds. */
  uploadDeadlineMs: number;
}

/** Time for an upload in the background, in milliseconds. */
const BACKGROUND_MS = 30 * 60_000;

/** An answer's JSON text and status. */
interface UploadAnswer {
  text: string;
  status: number;
}

/** Whether a request asks to be answered before its work is done (RFC 7240). */
export const prefersAsync = ({ headers }: Request): boolean =>
  (headers.get("prefer") ?? "")
    .split(",")
    .some((preference) => /^\s*respond-async\s*(?:;|$)/i.test(preference));

/**
 * Answers a request that uploads. One that asks for it (`Prefer: respond-async`) is answered when its
 * upload is recorded, and the upload goes on in the background. A retry under an Idempotency-Key gets
 * the answer, or is told of the upload.
 *
 * Throws Problem: that of the handler, and what Idempotency.decide() and Uploads.begin() throw.
 */
export async function answerUpload(
  deps: UploadAnswerDependencies,
  route: Route,
  makes: UploadResult,
  input: SessionInput,
): Promise<UploadAnswer> {
  const { request, context, session } = input;
  context.allowTime(deps.uploadDeadlineMs);
  const isAsync = prefersAsync(request);
  const sent = request.headers.get("idempotency-key");
  const decision = sent === null ? null : await decideOver(deps, route, input, sent);
  if (decision !== null && !("run" in decision)) {
    const use = "answer" in decision ? decision.use : decision.running;
    const found = isAsync ? await statusOf(deps, input, deps.uploadRecords.idOf(use)) : null;
    if (found !== null) {
      noteReplay(context);
      return accepted(found, context);
    }
    if ("running" in decision) throw inProgress();
    return { text: replayed(decision.answer, context), status: 200 };
  }

  const run = decision?.run ?? null;
  if (run === null && !isAsync) {
    context.progress = progressOf(deps, null);
    return { text: await counted(deps, makes, () => handled(route, input)), status: 200 };
  }
  const upload = await begun(deps, makes, input, run, isAsync);
  if (upload === null) return doneBefore(deps, input, run, isAsync);
  context.upload = upload.id;
  if (!isAsync) {
    if (run !== null) beginRun(run, route, context);
    return { text: await toItsEnd(deps, route, makes, input, upload, run), status: 200 };
  }
  const job = context.inBackground(upload.signal, BACKGROUND_MS);
  job.upload = upload.id;
  if (run !== null) {
    beginRun(run, route, job);
    context.idempotency = job.idempotency;
  }
  context.handsOnFiles = true;
  input.files.signal = job.signal;
  const inputOfJob = { ...input, context: job, session: new SessionInUse(session.live, job) };
  void inBackground(deps, route, makes, inputOfJob, upload, run);
  return accepted(upload.status, context);
}

/** Records an upload; null where it is done already. A run that does not begin is ended. */
async function begun(
  { uploadRecords }: UploadAnswerDependencies,
  kind: UploadResult,
  { key, session, body }: SessionInput,
  run: Run | null,
  isAsync: boolean,
): Promise<Upload | null> {
  try {
    return await uploadRecords.begin({
      tenantId: key.tenantId,
      mode: key.mode,
      sessionId: session.id,
      kind,
      totalBytes: bytesOfFiles(body),
      use: run,
      isResumed: run?.isResumed ?? false,
      // The other half is left to what callers wait for.
      mostInBackground: isAsync ? Math.ceil(key.policies.maxInFlight / 2) : null,
    });
  } catch (error) {
    if (run !== null) await endRun(run, run.isResumed ? "unknown" : "not_acted");
    throw error;
  }
}

const bytesOfFiles = (body: SessionInput["body"]): number =>
  Object.values(body)
    .flat()
    .reduce((sum: number, value) => sum + (isSavedFile(value) ? value.length : 0), 0);

/** The upload ended, but its process did before that was noted with the key. */
async function doneBefore(
  deps: UploadAnswerDependencies,
  input: SessionInput,
  run: Run | null,
  isAsync: boolean,
): Promise<UploadAnswer> {
  const found = run && (await statusOf(deps, input, deps.uploadRecords.idOf(run)));
  if (!run || found?.state !== "done" || found.result === null) {
    if (run) await endRun(run, "unknown");
    throw inProgress();
  }
  await endRun(run, answered(found.result));
  noteReplay(input.context);
  return isAsync ? accepted(found, input.context) : { text: found.result, status: 200 };
}

/** What the caller's own upload of that id is told of. */
const statusOf = (
  { uploadRecords }: UploadAnswerDependencies,
  { key }: SessionInput,
  id: string,
): Promise<UploadStatus | null> =>
  uploadRecords.find({ tenantId: key.tenantId, mode: key.mode }, id);

function accepted(status: UploadStatus, context: RequestContext): UploadAnswer {
  context.upload = status.id;
  context.responseHeaders.push(
    ["Location", `/upload?upload_id=${status.id}`],
    ["Preference-Applied", "respond-async"],
  );
  return { text: uploadText(status, context), status: 202 };
}

const handled = async (route: Route, input: SessionInput): Promise<string> =>
  jsonOf(await route.handle(input as never));

/** Runs a recorded upload and stores how it ended. Throws what its handler throws. */
async function toItsEnd(
  deps: UploadAnswerDependencies,
  route: Route,
  makes: UploadResult,
  input: SessionInput,
  upload: Upload,
  run: Run | null,
): Promise<string> {
  const { context } = input;
  context.progress = progressOf(deps, upload);
  let text: string;
  try {
    text = await counted(deps, makes, () => handled(route, input));
  } catch (thrown) {
    const error = reasonOf(thrown, deps, context, upload);
    await stored(deps, upload, "failed", failureText(error, context));
    if (run !== null) await endRun(run, endingOf(error, context));
    throw error;
  }
  // In this order: when the process ends in between, the retry under the key finds it done.
  await stored(deps, upload, "done", text);
  if (run !== null) await endRun(run, answered(text));
  return text;
}

/** Who was cancelled by the end of the service says so. */
function reasonOf(
  error: unknown,
  { uploadRecords }: UploadAnswerDependencies,
  { outcome }: RequestContext,
  { signal }: Upload,
): unknown {
  const isCutOff = error instanceof CallerGone && signal.aborted && uploadRecords.isClosing;
  return isCutOff && outcome === "not_sent" ? uploadInterrupted("not_sent") : error;
}

/** A failure to store must not hide what happened. It is tried again in the background. */
async function stored(
  { uploadRecords }: UploadAnswerDependencies,
  upload: Upload,
  state: "done" | "failed",
  result: string,
): Promise<void> {
  try {
    await uploadRecords.end(upload, { state, result });
  } catch {}
}

/** Runs an upload whose caller has been answered. Never rejects. */
async function inBackground(
  deps: UploadAnswerDependencies,
  route: Route,
  makes: UploadResult,
  input: SessionInput,
  upload: Upload,
  run: Run | null,
): Promise<void> {
  const { context, key, files, session } = input;
  deps.inFlight.enterInBackground(key.tenantId);
  let state: "done" | "failed" = "failed";
  try {
    await toItsEnd(deps, route, makes, input, upload, run);
    state = "done";
  } catch (error) {
    if (!(error instanceof Problem))
      deps.logger.error({ err: error, request_id: context.id }, "unexpected failure");
    if (context.errorType) deps.metrics.failed(context.errorType);
  } finally {
    deps.inFlight.leave(key.tenantId);
    await files.close();
  }
  deps.logger.info(
    {
      request_id: context.id,
      operation: context.operation,
      upload: upload.id,
      state,
      ms: Math.round(performance.now() - context.started),
      tenant: key.tenantId,
      api_key: key.keyId,
      mode: key.mode,
      session: session.id,
      account: session.stored.username ?? undefined,
      sent_bytes: upload.note.sentBytes,
      upstream_calls: context.upstreamCalls,
      upstream_ms: Math.round(context.upstreamMilliseconds),
      outcome: context.outcome === "unknown" ? "unknown" : undefined,
      exc_type: context.errorType ?? undefined,
      cause: context.cause ?? undefined,
    },
    "upload in the background",
  );
}

/** Counts how an upload ends. */
async function counted(
  { metrics }: UploadAnswerDependencies,
  makes: UploadResult,
  work: () => Promise<string>,
): Promise<string> {
  let result = "failed";
  try {
    const text = await work();
    result = "done";
    return text;
  } finally {
    metrics.uploadEnded(makes, result);
  }
}

/** Passes on how an upload gets on: to the metrics, and to its record where it has one. */
function progressOf({ metrics }: UploadAnswerDependencies, upload: Upload | null): UploadProgress {
  return {
    sending: (totalBytes) => upload?.sending(totalBytes),
    sent(bytes) {
      metrics.uploadSent(bytes);
      upload?.sent(bytes);
    },
    transcoding: () => upload?.transcoding(),
    publishing: async () => upload?.publishing(),
  };
}
