import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { AnswerUnusable } from "../instagram/client.ts";
import { MAX_BODY_BYTES } from "./http-answer.ts";

/** Larger bodies, packed or unpacked, are unpacked beside the event loop. */
const MAX_SYNC_BYTES = 64 * 1024;
const MAX_SYNC_UNPACKED = 1024 * 1024;

const LIMIT = { maxOutputLength: MAX_BODY_BYTES };
const SYNC_LIMIT = { maxOutputLength: MAX_SYNC_UNPACKED };

interface Coding {
  /** Fails with ERR_BUFFER_TOO_LARGE beyond what may be unpacked at once. */
  now: (body: Buffer) => Buffer;
  beside: (body: Buffer) => Promise<Buffer>;
}

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate);
const unbrotli = promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);
const unzstd = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);

const inflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

/** Servers say "deflate" of both: with the header of zlib, as it is meant, and without. */
const hasZlibHeader = (body: Buffer): boolean =>
  ((body[0] ?? 0) & 0x0f) === 8 && body.length > 1 && body.readUInt16BE(0) % 31 === 0;

const GZIP: Coding = {
  now: (body) => zlib.gunzipSync(body, SYNC_LIMIT),
  beside: (body) => gunzip(body, LIMIT),
};
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: GZIP,
  "x-gzip": GZIP,
  deflate: {
    now: (body) => (hasZlibHeader(body) ? zlib.inflateSync : zlib.inflateRawSync)(body, SYNC_LIMIT),
    beside: (body) => (hasZlibHeader(body) ? inflate : inflateRaw)(body, LIMIT),
  },
  br: {
    now: (body) => zlib.brotliDecompressSync(body, SYNC_LIMIT),
    beside: (body) => unbrotli(body, LIMIT),
  },
  zstd: {
    now: (body) => zlib.zstdDecompressSync(body, SYNC_LIMIT),
    beside: (body) => unzstd(body, LIMIT),
  },
};

/**
 * Unpacks a body by its Content-Encoding, to 32 MB at most: a few KB may stand for gigabytes.
 * Throws AnswerUnusable.
 */
export function unpack(body: Buffer, contentEncoding: string): Buffer | Promise<Buffer> {
  const name = contentEncoding.trim().toLowerCase();
  if (name === "" || name === "identity" || body.length === 0) return body;
  const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  if (!coding) throw new AnswerUnusable("it is packed in a way that nobody asked for");
  if (body.length <= MAX_SYNC_BYTES)
    try {
      return coding.now(body);
    } catch (error) {
      if (!isTooLarge(error)) throw reasonOf(error);
    }
  return coding.beside(body).catch((error: unknown) => {
    throw reasonOf(error);
  });
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";

const reasonOf = (error: unknown): Error =>
  isTooLarge(error)
    ? new AnswerUnusable("it is too large when it is unpacked")
    : new AnswerUnusable("it cannot be unpacked");
