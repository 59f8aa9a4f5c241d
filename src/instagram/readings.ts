import { answerUnusable, UpstreamUnreachable } from "./errors.ts";
import {
  type ExactJsonObject,
  isJsonObject,
  isNestedDeeper,
  type JsonObject,
  type JsonObjectOf,
  type JsonOf,
  JsonText,
  type NumberText,
  objectOr,
  parseBoundedJson,
  parseExact,
  parsePlain,
  parseVerbatim,
  tryParse,
  type VerbatimJsonObject,
} from "./json.ts";
import { refusalKindIn, refused } from "./refusals.ts";
import type { Reading, UpstreamAnswer } from "./transport/request.ts";

/*
 * The ways to read an answer. Those that read JSON throw UpstreamRefused if an answer with 2xx
 * holds a refusal, and UpstreamUnreachable (UpstreamError) if it is not JSON of the expected form.
 */

/** The answer as it came, for callers that need its headers. jsonIn() reads its JSON. */
export const whole: Reading<UpstreamAnswer> = { read: (answer) => answer };

/** The answer as it came, when it is JSON and no refusal. */
export const wholeGood: Reading<UpstreamAnswer> = {
  read: (answer) => {
    jsonIn(answer);
    return answer;
  },
};

/** The answer as it came. It may be a redirect, which is not followed. */
export const wholeOrRedirect: Reading<UpstreamAnswer> = { ...whole, redirects: true };

/** A JSON object for models. Integers beyond 2^53 become text of their digits. */
export const json: Reading<JsonObject> = { read: (answer) => jsonIn(answer) };

/**
 * A JSON object whose integers beyond 2^53 are bigint, for answers of which parts go back to
 * Instagram as numbers.
 */
export const exactJson: Reading<ExactJsonObject> = {
  read: (answer) => jsonIn(answer, parseExact),
};

/** A JSON object of which parts are handed on exactly as Instagram wrote them. */
export const verbatimJson: Reading<VerbatimJsonObject> = {
  read: (answer) => jsonIn(answer, parseVerbatim),
};

/** An answer that may come in rows: one JSON object on each line. */
export const rows: Reading<JsonObject[]> = {
  read: (answer) => rowsOf(answer.text).map((text) => jsonIn({ ...answer, text })),
};

/**
 * An answer that is handed on as a whole. If it comes in rows it becomes `{"stream_rows":[…]}`, the
 * form that aiograpi-rest writes.
 */
export const passthrough: Reading<JsonText> = {
  read: (answer) => {
    const texts = rowsOf(answer.text);
    for (const text of texts) jsonIn({ ...answer, text });
    return new JsonText(texts.length > 1 ? `{"stream_rows":[${texts.join(",")}]}` : answer.text);
  },
};

/**
 * The bytes of an answer as a stream. It fails with UpstreamUnreachable after `maxBytes`. A
 * compressed answer is refused, as nothing is decompressed here.
 */
export const bytes = (maxBytes: number): Reading<ReadableStream<Uint8Array>> => ({
  streams: true,
  read: ({ headers, stream }) => {
    const coding = headers.get("content-encoding") ?? "identity";
    const announced = Number(headers.get("content-length") ?? 0);
    const problem =
      coding !== "identity" ? "it is compressed" : announced > maxBytes ? "it is too large" : null;
    if (problem === null) return bounded(stream ?? new Blob().stream(), maxBytes);
    void stream?.cancel();
    throw answerUnusable(problem);
  },
});

function bounded(stream: ReadableStream<Uint8Array>, maxBytes: number): ReadableStream<Uint8Array> {
  let taken = 0;
  return stream.pipeThrough(
    new TransformStream({
      transform: (piece, controller) => {
        taken += piece.byteLength;
        if (taken > maxBytes) controller.error(answerUnusable("it is too large"));
        else controller.enqueue(piece);
      },
    }),
  );
}

/**
 * The JSON object in an answer. Throws UpstreamUnreachable if there is none, and UpstreamRefused.
 */
export function jsonIn<Other extends bigint | NumberText = never>(
  { text, status }: UpstreamAnswer,
  parse: (text: string) => JsonOf<Other> = parsePlain,
): JsonObjectOf<Other> {
  const value = isTooDeep(text) ? undefined : tryParse(text, parse);
  if (!isJsonObject(value))
    throw new UpstreamUnreachable("UpstreamError", "Instagram's answer was not a JSON object", {
      status,
    });
  const kind = refusalKindIn(status, value);
  // Callers get the refusal's numbers unchanged, so it is parsed again, exactly.
  if (kind) throw refused(kind, status, objectOr(tryParse(text, parseBoundedJson)));
  return value;
}

// Real answers have some 30 levels. Too deep ones could not be serialised again; short texts cannot
// nest deep enough for that, so they are not checked.
const MAX_DEPTH = 256;
const MAY_BE_TOO_DEEP = 20_000;
const isTooDeep = (text: string): boolean =>
  text.length > MAY_BE_TOO_DEEP && isNestedDeeper(text, MAX_DEPTH);

/**
 * JSON never continues after a complete object, so a text of several lines of objects holds rows.
 */
function rowsOf(text: string): string[] {
  if (!text.trimEnd().includes("\n")) return [text];
  const lines = text.split("\n").flatMap((line) => line.trim() || []);
  return lines.every((line) => line.startsWith("{") && line.endsWith("}")) ? lines : [text];
}
