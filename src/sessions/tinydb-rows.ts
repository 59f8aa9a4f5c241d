import { OperatorError } from "../problems/operator-error.ts";

/** The file is not a TinyDB database. The message quotes nothing from the file. */
export class TinyDbInvalid extends OperatorError {}

/** One row of a TinyDB file, its value not yet parsed. */
export interface TinyDbRow {
  /** The row's number in the file, with its table unless that is `_default`. */
  row: string;
  /** JSON text; null when it is longer than any row of the Python service can be. */
  text: string | null;
}

const LONGEST_ROW_BYTES = 4 * 1024 * 1024;
const LONGEST_NAME_BYTES = 1000;

/**
 * Reads the rows of a TinyDB file (JSON: an object of tables, each an object of rows) one by one,
 * so that a file of a hundred thousand sessions needs the memory of one. The rows themselves are
 * not checked. Throws TinyDbInvalid, also when the file ends too early.
 */
export async function* readTinyDbRows(file: Blob): AsyncGenerator<TinyDbRow> {
  const scanner = new Scanner();
  // Editors on Windows begin a file with a byte order mark.
  let skip = await byteOrderMarkLength(file);
  for await (const chunk of file.stream()) {
    yield* scanner.read(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.length);
  }
  scanner.end();
}

async function byteOrderMarkLength(file: Blob): Promise<number> {
  const start = Buffer.from(await file.slice(0, 3).arrayBuffer());
  return start.equals(Buffer.of(0xef, 0xbb, 0xbf)) ? start.length : 0;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;

const isSpace = (byte: number): boolean =>
  byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

type Expected = "start" | "key or end" | "key" | "colon" | "value" | "comma or end" | "nothing";

/** Parses the two outer objects; of a row it only finds the end. */
class Scanner {
  #expected: Expected = "start";
  /** Objects that are open around a row: 1 in the file, 2 in a table. */
  #level = 0;
  #table = "";
  #key = "";
  #taking: "key" | "row" | null = null;
  #text = new BoundedText(LONGEST_NAME_BYTES);
  /** Brackets that are open within the row. */
  #depth = 0;
  #inString = false;
  #escaped = false;

  *read(chunk: Uint8Array): Generator<TinyDbRow> {
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#inString = false;
          if (this.#taking === "key") {
            this.#endKey(chunk.subarray(start, at + 1));
          }
        }
        continue;
      }
      if (this.#taking === "row") {
        if (byte === QUOTE) this.#inString = true;
        else if (byte === OPEN_OBJECT || byte === OPEN_LIST) this.#depth++;
        else if (this.#depth > 0) {
          if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) this.#depth--;
        } else if (byte === COMMA || byte === CLOSE_OBJECT) {
          yield this.#endRow(chunk.subarray(start, at));
          this.#follow(byte);
        }
        continue;
      }
      if (isSpace(byte)) continue;
      this.#follow(byte);
      if (this.#taking !== null) start = at;
    }
    if (this.#taking !== null) this.#text.add(chunk.subarray(start));
  }

  /** Throws TinyDbInvalid unless the file is complete. */
  end(): void {
    if (this.#expected !== "nothing") throw noDatabase();
  }

  /** Handles a byte of the outer objects that is not a blank. */
  #follow(byte: number): void {
    const expected = this.#expected;
    if (expected === "start" && byte === OPEN_OBJECT) this.#open();
    else if ((expected === "key or end" || expected === "key") && byte === QUOTE) {
      this.#taking = "key";
      this.#text = new BoundedText(LONGEST_NAME_BYTES);
      this.#inString = true;
    } else if (
      (expected === "key or end" || expected === "comma or end") &&
      byte === CLOSE_OBJECT
    ) {
      this.#level--;
      this.#expected = this.#level === 0 ? "nothing" : "comma or end";
    } else if (expected === "colon" && byte === COLON) this.#expected = "value";
    else if (expected === "comma or end" && byte === COMMA) this.#expected = "key";
    else if (expected === "value" && this.#level === 2) this.#beginRow(byte);
    else if (expected === "value" && byte === OPEN_OBJECT) {
      this.#table = this.#key;
      this.#open();
    } else throw expected === "value" ? noTable() : noDatabase();
  }

  #open(): void {
    this.#level++;
    this.#expected = "key or end";
  }

  #endKey(rest: Uint8Array): void {
    this.#text.add(rest);
    this.#taking = null;
    const text = this.#text.end();
    if (text === null) throw noDatabase();
    try {
      this.#key = String(JSON.parse(text));
    } catch {
      throw noDatabase();
    }
    this.#expected = "colon";
  }

  #beginRow(byte: number): void {
    if (byte === COMMA || byte === CLOSE_OBJECT || byte === COLON) throw noDatabase();
    this.#taking = "row";
    this.#text = new BoundedText(LONGEST_ROW_BYTES);
    this.#inString = byte === QUOTE;
    this.#depth = byte === OPEN_OBJECT || byte === OPEN_LIST ? 1 : 0;
  }

  #endRow(rest: Uint8Array): TinyDbRow {
    this.#text.add(rest);
    this.#taking = null;
    this.#expected = "comma or end";
    const row = this.#table === "_default" ? this.#key : `${this.#table}/${this.#key}`;
    return { row, text: this.#text.end() };
  }
}

/** Collects the bytes of a text that may come in several chunks. */
class BoundedText {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  constructor(private readonly maxBytes: number) {}

  add(part: Uint8Array): void {
    this.#length += part.length;
    // Copied, since the stream may use the chunk's memory again.
    if (this.#length <= this.maxBytes) this.#parts.push(part.slice());
    else this.#parts.length = 0;
  }

  /** The text, or null when it is longer than `maxBytes`. */
  end(): string | null {
    return this.#length > this.maxBytes ? null : Buffer.concat(this.#parts).toString("utf8");
  }
}

function noDatabase(): TinyDbInvalid {
  return new TinyDbInvalid("the file is not a TinyDB database (a JSON object of tables)");
}

function noTable(): TinyDbInvalid {
  return new TinyDbInvalid("the file is not a TinyDB database (a table is not a JSON object)");
}
