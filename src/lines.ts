/** A line of a text, counted from 1, without its end; or what is wrong with it. */
export type Line = { readonly number: number } & (
  | { readonly text: string; readonly fault?: never }
  | { readonly text?: never; readonly fault: string }
);

const LINE_FEED = 0x0a;

/** Splits bytes that arrive in pieces into lines, without those that are empty. */
export class LineSplitter {
  /** The beginning of the line that has not ended yet; emptied when it is too long. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  #number = 0;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  constructor(private readonly maxLineBytes: number) {}

  /** The lines that end in this piece. */
  *add(piece: Uint8Array): Generator<Line, void, undefined> {
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
  *end(): Generator<Line, void, undefined> {
    if (this.#begunBytes > 0) yield* this.#line();
  }

  #hold(part: Uint8Array): void {
    this.#begunBytes += part.length;
    if (this.#begunBytes > this.maxLineBytes) this.#begun = [];
    // Copied, since whoever reads may use the piece's memory again.
    else if (part.length > 0) this.#begun.push(part.slice());
  }

  *#line(): Generator<Line, void, undefined> {
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
