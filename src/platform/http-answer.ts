import { AnswerUnusable } from "../instagram/client.ts";

/** An upstream's answer as it came over the wire: the body is still packed. */
export interface WireAnswer {
  status: number;
  statusText: string;
  /** Names in lower case, in order; one that comes twice is there twice. */
  headers: Array<[name: string, value: string]>;
  body: Buffer;
  /** Whether the connection may carry another request. */
  reusable: boolean;
}

/** Takes a body as it comes. */
export type BodySink = (piece: Buffer) => void;

const MAX_HEAD_BYTES = 64 * 1024;
/** Of a body, packed and unpacked. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_LINE_BYTES = 4 * 1024;
/** Each costs memory and time beyond its bytes; servers send some kilobytes in one. */
const MAX_CHUNKS = 64 * 1024;

const HEAD_END = "\r\n\r\n";
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([^\r\n]*))?$/;
const HEADER_NAME = /^[!#$%&'*+\-.^`|~\w]+$/;

type Part = "head" | "sized" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "open" | "done";

/**
 * Reads one HTTP/1.1 answer as its bytes arrive, in whatever pieces, and no further than the limits.
 * It exists because the runtime's own clients either repeat requests by themselves, unpack without a
 * limit, or cost twice as much.
 */
export class AnswerReader {
  #part: Part = "head";
  /** Came, but not taken apart yet: the beginning of a head or a line. */
  #pending: Buffer = Buffer.alloc(0);
  #body: Buffer[] = [];
  #bodyBytes = 0;
  /** Bytes of the body or the chunk that are still to come. */
  #missing = 0;
  /** Of the head, and of those of early hints before it. */
  #headBytes = 0;
  #chunks = 0;
  #trailerBytes = 0;
  #answer: WireAnswer | null = null;
  /** Takes the body as it comes, where it is not to be collected. */
  #sink: BodySink | null = null;

  /**
   * `sinkFor` gives what takes the body of an answer with that head; null for one that is collected,
   * and bounded by that.
   */
  constructor(private readonly sinkFor: (head: WireAnswer) => BodySink | null = () => null) {}

  /** Takes what came; true when the answer is complete. Throws AnswerUnusable. */
  push(chunk: Buffer): boolean {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = NOTHING;
    while (rest.length > 0 && this.#part !== "done") {
      const taken = this.#take(rest);
      if (taken < 0) {
        this.#pending = rest;
        return false;
      }
      rest = rest.subarray(taken);
    }
    if (this.#part !== "done") return false;
    // Nothing was asked that more could be the answer to.
    if (rest.length > 0 && this.#answer) this.#answer.reusable = false;
    return true;
  }

  /** The connection has ended; true when that is the end of the answer. */
  end(): boolean {
    if (this.#part === "open") this.#part = "done";
    return this.#part === "done";
  }

  /** The complete answer; without its body where that went into a sink. */
  get answer(): WireAnswer {
    if (!this.#answer || this.#part !== "done") throw new AnswerUnusable("it is incomplete");
    const body = this.#body.length === 1 ? this.#body[0] : Buffer.concat(this.#body);
    return { ...this.#answer, body: body ?? NOTHING };
  }

  /** Takes the next part from the front; how many bytes that were, -1 when it is not all there. */
  #take(bytes: Buffer): number {
    switch (this.#part) {
      case "head":
        return this.#takeHead(bytes);
      case "sized":
      case "chunk":
        return this.#takeBody(bytes, Math.min(this.#missing, bytes.length));
      case "open":
        return this.#takeBody(bytes, bytes.length);
      default:
        return this.#takeLine(bytes);
    }
  }

  #takeHead(bytes: Buffer): number {
    const end = bytes.indexOf(HEAD_END);
    const taken = end < 0 ? bytes.length : end + HEAD_END.length;
    if (this.#headBytes + taken > MAX_HEAD_BYTES) throw new AnswerUnusable("its head is too long");
    if (end < 0) return -1;
    this.#headBytes += taken;
    this.#readHead(bytes.toString("latin1", 0, end));
    return taken;
  }

  #readHead(head: string): void {
    const lines = head.split("\r\n");
    const [, minor, code, statusText = ""] = STATUS_LINE.exec(lines[0] ?? "") ?? [];
    if (code === undefined) throw new AnswerUnusable("it is no HTTP");
    const status = Number(code);
    // Early hints and their like: the answer itself is still to come.
    if (status < 200 && status !== 101) return;
    const headers: WireAnswer["headers"] = [];
    let length: string | null = null;
    let coding = "";
    let keepsAlive = minor === "1";
    for (let index = 1; index < lines.length; index++) {
      const line = lines[index] ?? "";
      const colon = line.indexOf(":");
      const lower = line.slice(0, Math.max(colon, 0)).toLowerCase();
      if (!HEADER_NAME.test(lower)) throw new AnswerUnusable("a header of it is none");
      const value = line.slice(colon + 1).trim();
      headers.push([lower, value]);
      if (lower === "content-length") length = sameLength(length, value);
      else if (lower === "transfer-encoding") coding = value.toLowerCase();
      else if (lower === "connection") keepsAlive = /keep-alive/i.test(value);
    }
    this.#answer = { status, statusText, headers, body: NOTHING, reusable: keepsAlive };
    this.#sink = this.sinkFor(this.#answer);
    this.#beginBody(status, length, coding);
  }

  #beginBody(status: number, length: string | null, coding: string): void {
    if (status === 101 || status === 204 || status === 304) this.#part = "done";
    else if (coding === "chunked") this.#part = "chunk-size";
    else if (coding !== "" || length === null) this.#endsWithConnection();
    else {
      this.#missing = Number(length);
      if (this.#missing > this.#maxBytes) throw tooLarge();
      this.#part = this.#missing === 0 ? "done" : "sized";
    }
  }

  /** Whoever takes a body as it comes knows how much is wanted. */
  get #maxBytes(): number {
    return this.#sink ? Number.POSITIVE_INFINITY : MAX_BODY_BYTES;
  }

  #endsWithConnection(): void {
    this.#part = "open";
    if (this.#answer) this.#answer.reusable = false;
  }

  #takeBody(bytes: Buffer, count: number): number {
    this.#bodyBytes += count;
    if (this.#bodyBytes > this.#maxBytes) throw tooLarge();
    const piece = bytes.subarray(0, count);
    if (this.#sink) this.#sink(piece);
    else this.#body.push(piece);
    this.#missing -= count;
    if (this.#part === "open" || this.#missing > 0) return count;
    this.#part = this.#part === "sized" ? "done" : "chunk-end";
    return count;
  }

  #takeLine(bytes: Buffer): number {
    const end = bytes.indexOf("\r\n");
    if (end > MAX_LINE_BYTES || (end < 0 && bytes.length > MAX_LINE_BYTES))
      throw new AnswerUnusable("a line of it is too long");
    if (end < 0) return -1;
    const line = bytes.toString("latin1", 0, end);
    if (this.#part === "chunk-size") this.#readChunkSize(line);
    else if (this.#part === "chunk-end") {
      if (line !== "") throw new AnswerUnusable("a chunk is longer than it says");
      this.#part = "chunk-size";
    } else {
      this.#trailerBytes += end;
      if (this.#trailerBytes > MAX_HEAD_BYTES) throw new AnswerUnusable("its trailer is too long");
      if (line === "") this.#part = "done";
    }
    return end + 2;
  }

  #readChunkSize(line: string): void {
    const digits = /^([0-9a-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
    if (digits === undefined) throw new AnswerUnusable("a chunk does not say its size");
    if (!this.#sink && ++this.#chunks > MAX_CHUNKS)
      throw new AnswerUnusable("it comes in too many chunks");
    this.#missing = Number.parseInt(digits, 16);
    if (this.#bodyBytes + this.#missing > this.#maxBytes) throw tooLarge();
    this.#part = this.#missing === 0 ? "trailer" : "chunk";
  }
}

const NOTHING = Buffer.alloc(0);

const tooLarge = (): AnswerUnusable => new AnswerUnusable("it is too large");

/** Two lengths that differ let two readers see different answers. */
function sameLength(before: string | null, value: string): string {
  if (!/^\d{1,15}$/.test(value) || (before !== null && before !== value))
    throw new AnswerUnusable("it does not tell its length");
  return value;
}
