import { AnswerUnusable } from "../instagram/client.ts";
import { MAX_HEAD_BYTES } from "./http-head.ts";

/** An upstream's answer as it came over the wire: the body is still compressed. */
export interface WireAnswer {
  status: number;
  statusText: string;
  /** In order of arrival, names in lower case; a repeated header is here repeatedly. */
  headers: Array<[name: string, value: string]>;
  body: Buffer;
  /** Whether the connection may carry another request. */
  reusable: boolean;
}

/** Takes the pieces of a body as they arrive. */
export type BodySink = (piece: Buffer) => void;

/** The longest body that is read whole, compressed and decompressed. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MAX_LINE_BYTES = 4 * 1024;
/** Each chunk costs memory and time beyond its bytes. Servers send some kilobytes in one. */
const MAX_CHUNKS = 64 * 1024;

const HEAD_END = "\r\n\r\n";
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([^\r\n]*))?$/;
const HEADER_NAME = /^[!#$%&'*+\-.^`|~\w]+$/;

type Part = "head" | "sized" | "chunk-size" | "chunk" | "chunk-end" | "trailer" | "open" | "done";

/**
 * Parses one HTTP/1.1 answer as its bytes arrive, in pieces of any size, within the limits above.
 * It exists because the runtime's own clients either repeat requests by themselves, decompress
 * without a limit, or cost twice as much.
 */
export class AnswerReader {
  #part: Part = "head";
  /** Received but not parsed yet: the beginning of a head or a line. */
  #pending: Buffer = Buffer.alloc(0);
  #body: Buffer[] = [];
  #bodyBytes = 0;
  /** Bytes of the body or the chunk that are still to come. */
  #missing = 0;
  /** Length of the head and of all informational (1xx) heads before it. */
  #headBytes = 0;
  #chunks = 0;
  #trailerBytes = 0;
  #answer: WireAnswer | null = null;
  /** Takes the body's pieces. Null if the body is collected here. */
  #sink: BodySink | null = null;

  /**
   * `sinkFor` is called with each answer's head. It returns what takes the body, or null to have
   * the body collected here, up to MAX_BODY_BYTES.
   */
  constructor(private readonly sinkFor: (head: WireAnswer) => BodySink | null = () => null) {}

  /** Takes received bytes. True when the answer is complete. Throws AnswerUnusable. */
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
    // Bytes after the answer belong to no request: the connection is not used again.
    if (rest.length > 0 && this.#answer) this.#answer.reusable = false;
    return true;
  }

  /** Notes that the connection has ended. True if that completes the answer. */
  end(): boolean {
    if (this.#part === "open") this.#part = "done";
    return this.#part === "done";
  }

  /** The complete answer, without its body if that went into a sink. */
  get answer(): WireAnswer {
    if (!this.#answer || this.#part !== "done") throw new AnswerUnusable("it is incomplete");
    const body = this.#body.length === 1 ? this.#body[0] : Buffer.concat(this.#body);
    return { ...this.#answer, body: body ?? NOTHING };
  }

  /** Parses the next part. Returns its length in bytes, or -1 if it has not arrived in full. */
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
    if (code === undefined) throw new AnswerUnusable("it is not HTTP");
    const status = Number(code);
    // An informational answer such as early hints: the real one is still to come.
    if (status < 200 && status !== 101) return;
    const headers: WireAnswer["headers"] = [];
    let length: string | null = null;
    let coding = "";
    let keepsAlive = minor === "1";
    for (let index = 1; index < lines.length; index++) {
      const line = lines[index] ?? "";
      const colon = line.indexOf(":");
      const lower = line.slice(0, Math.max(colon, 0)).toLowerCase();
      if (!HEADER_NAME.test(lower)) throw new AnswerUnusable("one of its headers is malformed");
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

  /** A sink sets its own limit. */
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
      throw new AnswerUnusable("one of its lines is too long");
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

/**
 * Differing lengths are refused: two readers could see two different answers (response splitting).
 */
function sameLength(before: string | null, value: string): string {
  if (!/^\d{1,15}$/.test(value) || (before !== null && before !== value))
    throw new AnswerUnusable("its Content-Length is invalid");
  return value;
}
