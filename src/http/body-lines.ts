import { type Line, LineSplitter } from "../lines.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { declaredLength } from "./declared-length.ts";
import { bodyTooLarge, IncomingBody } from "./incoming-body.ts";

/** A body that is a list with an item a line: how large it may be, and what the document shows. */
export interface LinesBody {
  /** What a line is. */
  readonly description: string;
  /** Of the whole body. */
  readonly maxBytes: number;
  /** Of one line; a longer one is passed on as a fault. */
  readonly maxLineBytes: number;
  /** A body of each content type, for the documentation. */
  readonly examples: Readonly<Record<LinesType, string>>;
}

/** The content types that the documentation names. */
export type LinesType = "application/x-ndjson" | "text/plain";

/** The lines of a request's body as they arrive. Empty ones are left out. */
export type BodyLines = AsyncIterable<Line>;

export interface BodyLinesOptions extends Pick<LinesBody, "maxBytes" | "maxLineBytes"> {
  /** In each such time, in milliseconds, enough of the body must arrive. */
  stallMs: number;
  /** Told that the caller goes on sending what nobody reads: the connection must be closed. */
  onLeft: () => void;
}

export const NO_LINES: BodyLines = { async *[Symbol.asyncIterator]() {} };

/** A body may take so long, in milliseconds, if it comes in steadily. */
const WHOLE_MS = 60 * 60_000;

/** curl names a file that it sends with --data-binary a form, unless it is told better. */
const LINE_TYPES =
  /^(?:$|text\/(?:plain|csv)|application\/(?:octet-stream|x-www-form-urlencoded|(?:x-)?(?:ndjson|jsonl|jsonlines)))$/;

/**
 * The lines of a body, read while they are asked for: never more than a line and a piece are held,
 * and a slow reader slows the sender down.
 *
 * Throws UnsupportedMedia and PayloadTooLarge at once; the lines throw PayloadTooLarge and
 * RequestTimeout.
 */
export function readLines(request: Request, options: BodyLinesOptions): BodyLines {
  const sent = request.headers.get("content-type") ?? "";
  const type = sent.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (!LINE_TYPES.test(type))
    throw new GatewayProblem("UnsupportedMedia", "Send application/x-ndjson or text/plain");
  const declared = declaredLength(request.headers);
  if (declared !== null && declared > options.maxBytes) throw bodyTooLarge(options.maxBytes);
  return { [Symbol.asyncIterator]: () => linesOf(request, options) };
}

async function* linesOf(
  request: Request,
  { maxBytes, maxLineBytes, stallMs, onLeft }: BodyLinesOptions,
): AsyncGenerator<Line, void, undefined> {
  const body = new IncomingBody(request, maxBytes);
  const lines = new LineSplitter(maxLineBytes);
  let isComplete = false;
  try {
    for await (const piece of body.pieces({ wholeMs: WHOLE_MS, stallMs })) yield* lines.add(piece);
    isComplete = true;
    yield* lines.end();
  } finally {
    if (!isComplete && !(await body.skipRest())) onLeft();
  }
}
