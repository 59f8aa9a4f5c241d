import type { Line } from "../../lines.ts";
import { isNetscapeHeader } from "./cookies.ts";

/** One login as a file has it: a line, or a cookie jar of several. Its text is not read yet. */
export type Entry = {
  /** Number of its first line. */
  line: number;
} & ({ text: string; isJar: boolean } | { text: null; fault: string });

/**
 * The longest entry, in bytes. Saved settings have at most 64 KB, which escaping inside of a JSON
 * string can double; states of instagram-private-api have 40 KB.
 */
export const MAX_ENTRY_BYTES = 256 * 1024;

/** A cookie's line, also one that has lost its tabs, or a comment. */
const OF_JAR = /^#|^[^{["\s]+[\t ]+(?:TRUE|FALSE)[\t ]/i;

/**
 * Makes entries of lines: a login a line. Blank lines and comments are left out. From a Netscape
 * header on, the lines of cookies up to the next header, or up to a line that is none, are one jar.
 */
export class EntryReader {
  #jar: { line: number; rows: string[]; length: number } | null = null;

  /** The entries that end before or with a line. */
  *take({ number: line, text, fault }: Line): Generator<Entry, void, undefined> {
    if (fault !== undefined) {
      yield { line, text: null, fault };
      return;
    }
    if (isNetscapeHeader(text)) {
      yield* this.end();
      this.#jar = { line, rows: [], length: 0 };
      return;
    }
    if (this.#jar && OF_JAR.test(text)) {
      this.#jar.length += text.length + 1;
      if (this.#jar.length <= MAX_ENTRY_BYTES) this.#jar.rows.push(text);
      else this.#jar.rows = [];
      return;
    }
    yield* this.end();
    if (!text.startsWith("#")) yield { line, text, isJar: false };
  }

  /** The jar that no further line belongs to. */
  *end(): Generator<Entry, void, undefined> {
    const jar = this.#jar;
    this.#jar = null;
    if (jar === null) return;
    const { line, rows, length } = jar;
    if (length > MAX_ENTRY_BYTES)
      yield { line, text: null, fault: `the cookie jar is longer than ${MAX_ENTRY_BYTES} bytes` };
    else yield { line, text: rows.join("\n"), isJar: true };
  }
}
