import { promisify } from "node:util";
import * as zlib from "node:zlib";
import { AnswerUnusable } from "../instagram/client.ts";
import { MAX_BODY_BYTES } from "./http-answer.ts";

/** Bodies that are larger, before or after decompressing, are decompressed off the event loop. */
const MAX_SYNC_INPUT_BYTES = 64 * 1024;
const MAX_SYNC_OUTPUT_BYTES = 1024 * 1024;

const LIMIT = { maxOutputLength: MAX_BODY_BYTES };
const SYNC_LIMIT = { maxOutputLength: MAX_SYNC_OUTPUT_BYTES };

interface Coding {
  /** Throws ERR_BUFFER_TOO_LARGE if the result is larger than MAX_SYNC_OUTPUT_BYTES. */
  sync: (body: Buffer) => Buffer;
  async: (body: Buffer) => Promise<Buffer>;
}

const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflate = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate);
const unbrotli = promisify<Buffer, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress);
const unzstd = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);
const inflateRaw = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

/** Servers say "deflate" with zlib's header, as the standard has it, or without. */
const hasZlibHeader = (body: Buffer): boolean =>
  ((body[0] ?? 0) & 0x0f) === 8 && body.length > 1 && body.readUInt16BE(0) % 31 === 0;

const GZIP: Coding = {
  sync: (body) => zlib.gunzipSync(body, SYNC_LIMIT),
  async: (body) => gunzip(body, LIMIT),
};
const CODINGS: Readonly<Record<string, Coding>> = {
  gzip: GZIP,
  "x-gzip": GZIP,
  deflate: {
    sync: (body) =>
      (hasZlibHeader(body) ? zlib.inflateSync : zlib.inflateRawSync)(body, SYNC_LIMIT),
    async: (body) => (hasZlibHeader(body) ? inflate : inflateRaw)(body, LIMIT),
  },
  br: {
    sync: (body) => zlib.brotliDecompressSync(body, SYNC_LIMIT),
    async: (body) => unbrotli(body, LIMIT),
  },
  zstd: {
    sync: (body) => zlib.zstdDecompressSync(body, SYNC_LIMIT),
    async: (body) => unzstd(body, LIMIT),
  },
};

/**
 * Decompresses a body by its Content-Encoding, to at most 32 MB: a few KB may expand to gigabytes.
 * Throws AnswerUnusable.
 */
export function decompress(body: Buffer, contentEncoding: string): Buffer | Promise<Buffer> {
  const name = contentEncoding.trim().toLowerCase();
  if (name === "" || name === "identity" || body.length === 0) return body;
  const coding = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  if (!coding) throw new AnswerUnusable("it has a Content-Encoding that was not asked for");
  if (body.length <= MAX_SYNC_INPUT_BYTES)
    try {
      return coding.sync(body);
    } catch (error) {
      if (!isTooLarge(error)) throw failureOf(error);
    }
  return coding.async(body).catch((error: unknown) => {
    throw failureOf(error);
  });
}

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";

const failureOf = (error: unknown): AnswerUnusable =>
  new AnswerUnusable(
    isTooLarge(error) ? "it is too large when decompressed" : "it cannot be decompressed",
  );
