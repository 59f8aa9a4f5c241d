import { isNetscapeHeader } from "./cookies.ts";
import { type Line, LineSplitter } from "./lines.ts";

/** One login as a file has it: a line, or a cookie jar of several. Its text is not read yet. */
export type Entry = {
  /** Number of its first line. */
  line: number;
} & ({ text: string; isJar: boolean } | { text: null; fault: string });

/**
 * The longest line, in bytes. Saved settings have at most 64 KB, which escaping inside of a JSON
 * string can double; states of instagram-private-api have 40 KB.
 */
export const MAX_ENTRY_BYTES = 256 * 1024;

/**
 * Reads a file of logins while it arrives: a login a line. Blank lines and comments are left out. From
 * a Netscape header on, the lines up to the next header, or up to the next line of JSON, are one jar.
 */
export class EntryReader {
  readonly #splitter = new LineSplitter(MAX_ENTRY_BYTES);
  #jar: { line: number; rows: string[]; length: number } | null = null;

  /** The entries that end in a piece. */
  *read(piece: Uint8Array): Generator<Entry> {
    for (const line of this.#splitter.read(piece)) yield* this.#take(line);
  }

  /** The last entries. */
  *end(): Generator<Entry> {
    for (const line of this.#splitter.end()) yield* this.#take(line);
    yield* this.#endJar();
  }

  *#take(line: Line): Generator<Entry> {
    if (line.text === null) {
      yield { line: line.number, text: null, fault: line.fault };
      return;
    }
    const text = line.text.trim();
    if (isNetscapeHeader(text)) {
      yield* this.#endJar();
      this.#jar = { line: line.number, rows: [], length: 0 };
      return;
    }
    if (this.#jar && !/^[{["]/.test(text)) {
      this.#jar.length += line.text.length + 1;
      // Not trimmed: a cookie without a value ends with the tab before it.
      if (this.#jar.length <= MAX_ENTRY_BYTES) this.#jar.rows.push(line.text);
      else this.#jar.rows = [];
      return;
    }
    yield* this.#endJar();
    if (text !== "" && !text.startsWith("#")) yield { line: line.number, text, isJar: false };
  }

  *#endJar(): Generator<Entry> {
    const jar = this.#jar;
    this.#jar = null;
    if (jar === null) return;
    if (jar.length > MAX_ENTRY_BYTES)
      yield {
        line: jar.line,
        text: null,
        fault: `the cookie jar is longer than ${MAX_ENTRY_BYTES} bytes`,
      };
    else yield { line: jar.line, text: jar.rows.join("\n"), isJar: true };
  }
}
