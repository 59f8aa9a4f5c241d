import { GatewayProblem } from "../problems/gateway.ts";
import { bodyTooLarge, declaredLength, IncomingBody } from "./incoming-body.ts";

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

/** A line of a body, counted from 1, without its end; or what is wrong with it. */
export type BodyLine = { readonly number: number } & (
  | { readonly text: string; readonly fault?: never }
  | { readonly text?: never; readonly fault: string }
);

/** The lines of a request's body as they arrive. Empty ones are left out. */
export type BodyLines = AsyncIterable<BodyLine>;

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
): AsyncGenerator<BodyLine, void, undefined> {
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

const LINE_FEED = 0x0a;

/** Splits bytes into lines. */
class LineSplitter {
  /** The beginning of the line that has not ended yet; emptied when it is too long. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  #number = 0;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  constructor(private readonly maxLineBytes: number) {}

  /** The lines that end in this piece. */
  *add(piece: Uint8Array): Generator<BodyLine, void, undefined> {
    let from = 0;
    for (;;) {
      const end = piece.indexOf(LINE_FEED, from);
      this.#hold(piece.subarray(from, end < 0 ? piece.length : end));
      if (end < 0) return;
      from = end + 1;
      yield* this.#line();
    }
  }

  /** The last line, which needs no end. */
  *end(): Generator<BodyLine, void, undefined> {
    if (this.#begunBytes > 0) yield* this.#line();
  }

  #hold(part: Uint8Array): void {
    this.#begunBytes += part.length;
    if (this.#begunBytes > this.maxLineBytes) this.#begun = [];
    else if (part.length > 0) this.#begun.push(part);
  }

  *#line(): Generator<BodyLine, void, undefined> {
    const number = ++this.#number;
    const parts = this.#begun;
    const isTooLong = this.#begunBytes > this.maxLineBytes;
    this.#begun = [];
    this.#begunBytes = 0;
    if (isTooLong) {
      yield { number, fault: `the line has more than ${this.maxLineBytes} bytes` };
      return;
    }
    const [only] = parts;
    if (only === undefined) return;
    let text: string;
    try {
      // A byte order mark at the beginning of a line is left out.
      text = this.#decoder.decode(parts.length === 1 ? only : Buffer.concat(parts));
    } catch {
      yield { number, fault: "the line is not valid UTF-8" };
      return;
    }
    // Also without the \r of Windows.
    if (text.trim() !== "") yield { number, text: text.trim() };
  }
}
