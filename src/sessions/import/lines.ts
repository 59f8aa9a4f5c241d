/** A line of a text, without its end; or why it cannot be read. Numbers begin with 1. */
export type Line = { number: number } & ({ text: string } | { text: null; fault: string });

const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * Cuts a text that arrives in pieces into lines. A line is kept until its end has come, so it has a
 * limit: what is longer is skipped, and told of by its number.
 */
export class LineSplitter {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #parts: Uint8Array[] = [];
  /** Length of the line so far, in bytes, with what is not kept. */
  #length = 0;
  #number = 0;

  constructor(private readonly maxBytes: number) {}

  /** The lines that end in a piece. */
  *read(piece: Uint8Array): Generator<Line> {
    let start = 0;
    for (;;) {
      const end = piece.indexOf(NEWLINE, start);
      if (end < 0) break;
      this.#add(piece.subarray(start, end));
      yield this.#line();
      start = end + 1;
    }
    if (start < piece.length) this.#add(piece.subarray(start));
  }

  /** The last line, when no newline follows it. */
  *end(): Generator<Line> {
    if (this.#length > 0) yield this.#line();
  }

  #add(part: Uint8Array): void {
    this.#length += part.length;
    // Copied, since the stream may use the piece's memory again.
    if (this.#length <= this.maxBytes) this.#parts.push(part.slice());
    else this.#parts = [];
  }

  #line(): Line {
    const number = ++this.#number;
    const bytes = this.#length > this.maxBytes ? null : Buffer.concat(this.#parts);
    this.#parts = [];
    this.#length = 0;
    if (bytes === null)
      return { number, text: null, fault: `the line is longer than ${this.maxBytes} bytes` };
    try {
      const text = this.#decoder.decode(bytes);
      const isMarked = number === 1 && text.startsWith(BYTE_ORDER_MARK);
      return { number, text: isMarked ? text.slice(1) : text };
    } catch {
      return { number, text: null, fault: "the line is not UTF-8" };
    }
  }
}
