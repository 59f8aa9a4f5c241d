import { answerUnusable, UpstreamUnreachable } from "./errors.ts";
import {
  isJsonObject,
  isNestedDeeper,
  type Json,
  type JsonObject,
  JsonText,
  objectOr,
  parseBoundedJson,
  parseJson,
  parseJsonIds,
  parseVerbatim,
  tryParse,
} from "./json.ts";
import { kindOfRefusedAnswer, refused } from "./refusals.ts";
import type { Reading, UpstreamAnswer } from "./transport/request.ts";

/*
 * What the answer to a request may be read with. Each throws UpstreamRefused where the answer says no
 * in spite of its 2xx, and UpstreamUnreachable (UpstreamError) where it is not what it must be.
 */

/** The whole answer as it came, for what reads its headers; jsonIn() goes on from it. */
export const whole: Reading<UpstreamAnswer> = { read: (answer) => answer };

/** The same of an answer that may be a redirect, which is not followed. */
export const wholeOrRedirect: Reading<UpstreamAnswer> = { ...whole, redirects: true };

/** A JSON object, integers beyond 2^53 as their digits in text. */
export const json: Reading<JsonObject> = { read: (answer) => jsonIn(answer) };

/**
 * Of an answer of which parts go back to Instagram as numbers: integers beyond 2^53 are bigint. What
 * becomes a model goes through idsAsText().
 */
export const exactJson: Reading<JsonObject> = { read: (answer) => jsonIn(answer, parseJson) };

/** Of an answer of which parts are the result, exactly as Instagram wrote them. */
export const verbatimJson: Reading<JsonObject> = {
  read: (answer) => jsonIn(answer, parseVerbatim),
};

const BY_PARSING = { plain: json, exact: exactJson, verbatim: verbatimJson } as const;

/** A JSON object, parsed as what is read from it needs: a model says that of itself. */
export const jsonFor = ({ parsing }: { parsing: keyof typeof BY_PARSING }): Reading<JsonObject> =>
  BY_PARSING[parsing];

/** Of an answer that may come in rows, a JSON object on each line. */
export const rows: Reading<JsonObject[]> = {
  read: (answer) => rowsOf(answer.text).map((text) => jsonIn({ ...answer, text })),
};

/**
 * Of an answer that is handed on as a whole: one that comes in rows as `{"stream_rows":[…]}`, as the
 * Python service writes them.
 */
export const passthrough: Reading<JsonText> = {
  read: (answer) => {
    const texts = rowsOf(answer.text);
    for (const text of texts) jsonIn({ ...answer, text });
    return new JsonText(texts.length > 1 ? `{"stream_rows":[${texts.join(",")}]}` : answer.text);
  },
};

/**
 * The bytes of an answer as they come, `maxBytes` of them at most: more end the stream with
 * UpstreamUnreachable. They are not unpacked; an answer that is packed is refused.
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

/** The JSON object in an answer. Throws UpstreamUnreachable when it is none, or UpstreamRefused. */
export function jsonIn(
  { text, status }: UpstreamAnswer,
  parse: (text: string) => Json = parseJsonIds,
): JsonObject {
  const value = isTooDeep(text) ? undefined : tryParse(text, parse);
  if (!isJsonObject(value))
    throw new UpstreamUnreachable("UpstreamError", "Instagram's answer was not a JSON object", {
      status,
    });
  const kind = kindOfRefusedAnswer(status, value);
  // What a caller is told goes through exactly, and is parsed once more for that.
  if (kind) throw refused(kind, status, objectOr(tryParse(text, parseBoundedJson)));
  return value;
}

// Answers have some 30 levels. Shorter texts cannot nest so deep that writing them again would fail.
const MAX_DEPTH = 256;
const MAY_BE_TOO_DEEP = 20_000;
const isTooDeep = (text: string): boolean =>
  text.length > MAY_BE_TOO_DEEP && isNestedDeeper(text, MAX_DEPTH);

/** No JSON text goes on after a line that is an object, so lines of objects can only be rows. */
function rowsOf(text: string): string[] {
  if (!text.trimEnd().includes("\n")) return [text];
  const lines = text.split("\n").flatMap((line) => line.trim() || []);
  return lines.every((line) => line.startsWith("{") && line.endsWith("}")) ? lines : [text];
}
