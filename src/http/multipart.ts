import { Busboy, type BusboyInstance } from "@fastify/busboy";
import { InvalidInput } from "../problems/problem.ts";

/** A part with a file, as its headers describe it. */
export interface FilePart {
  field: string;
  /** File name without directories; empty if there is none. */
  name: string;
  /** Content type as the caller claims it; empty if it claims none. */
  type: string;
}

/** Takes the content of a file. */
export interface FileTarget {
  /** The bytes that are done with when `settled()` resolves. */
  write(piece: Buffer): void;
  end(): void;
}

/** Takes the parts of a body, in their order. What its methods throw ends the reading. */
export interface PartsTarget {
  /** Whether a part of this field is a file, where its headers leave that open. */
  takesFile(field: string): boolean;
  text(field: string, value: string): void;
  file(part: FilePart): FileTarget;
  /** Resolves when all pieces are dealt with: only then more of the body is read. */
  settled(): Promise<void>;
}

export interface MultipartLimits {
  /** Parts of a body. */
  maxParts: number;
  /** Bytes of a text. */
  maxTextBytes: number;
  textTooLarge: (field: string) => Error;
  tooManyParts: () => Error;
}

/** Bytes of the headers of a part. */
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 50;
/** What the parser buffers itself; a piece of the body is never larger in practice. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/** The content type that the parser assumes where a part claims none. */
const ASSUMED_TYPE = "text/plain";

/**
 * Passes on the parts of a `multipart/form-data` body while it arrives. Throws InvalidInput if it is
 * malformed, what the limits say, what `target` throws, and what `body` throws.
 */
export async function readMultipart(
  body: AsyncIterable<Uint8Array>,
  contentType: string,
  target: PartsTarget,
  limits: MultipartLimits,
): Promise<void> {
  const parser = parserFor(contentType, target, limits);
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  // It may fail before it is waited for.
  finished.catch(() => {});
  let failure: Error | null = null;
  const fail = (error: unknown): void => {
    failure ??= error instanceof Error ? error : new Error(String(error));
    reject(failure);
  };
  /** What an event does. Errors must not go into the parser, which would pass them to nobody. */
  const guarded = (work: () => void): void => {
    if (failure) return;
    try {
      work();
    } catch (error) {
      fail(error);
    }
  };

  /** What has come of the piece that is being read: bytes of it in files, and whether parts began or ended. */
  const now = { buffer: null as ArrayBufferLike | null, delivered: 0, isWithinFile: true };

  parser.on("field", (field, value, _nameTruncated, isTruncated) =>
    guarded(() => {
      now.isWithinFile = false;
      if (isTruncated) throw limits.textTooLarge(field ?? "");
      target.text(field ?? "", value);
    }),
  );
  parser.on("file", (field, content, name, _encoding, type) => {
    // A body that ends early is reported by the parser itself.
    content.on("error", () => {});
    now.isWithinFile = false;
    let file: FileTarget | null = null;
    guarded(() => {
      file = target.file({
        field: field ?? "",
        name: name ?? "",
        type: type === ASSUMED_TYPE ? "" : type,
      });
    });
    content.on("data", (piece: Buffer) => {
      if (piece.buffer === now.buffer) now.delivered += piece.byteLength;
      guarded(() => file?.write(piece));
    });
    content.on("end", () => {
      now.isWithinFile = false;
      guarded(() => file?.end());
    });
  });
  parser.on("partsLimit", () => fail(limits.tooManyParts()));
  parser.on("error", () => fail(malformed()));
  parser.on("finish", resolve);

  let isEmpty = true;
  for await (const piece of body) {
    isEmpty = false;
    Object.assign(now, { buffer: piece.buffer, delivered: 0, isWithinFile: true });
    await taken(parser, piece);
    if (failure) throw failure;
    await target.settled();
    if (now.isWithinFile) freed(piece, now.delivered);
  }
  if (isEmpty) throw malformed();
  parser.end();
  await finished;
  await target.settled();
}

function parserFor(
  contentType: string,
  target: PartsTarget,
  limits: MultipartLimits,
): BusboyInstance {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      highWaterMark: BUFFER_BYTES,
      fileHwm: BUFFER_BYTES,
      isPartAFile: (field, type, name) =>
        name !== undefined ||
        (type !== undefined && type !== ASSUMED_TYPE && target.takesFile(field ?? "")),
      limits: {
        parts: limits.maxParts,
        fieldSize: limits.maxTextBytes,
        headerSize: MAX_HEADER_BYTES,
        headerPairs: MAX_HEADERS,
      },
    });
  } catch {
    throw malformed();
  }
}

/** The longest boundary that the parser takes, with what surrounds it: it may keep so much of a piece, as a copy. */
const MAX_KEPT_BYTES = 256;

/**
 * Frees the memory of a piece that lies within a file and is written, `delivered` bytes of it:
 * otherwise it waits for a garbage collection, and every other piece takes fresh memory, which is
 * slow. A piece that shares its memory with others is left alone.
 */
function freed(piece: Uint8Array, delivered: number): void {
  const { buffer, byteLength } = piece;
  if (!(buffer instanceof ArrayBuffer) || byteLength !== buffer.byteLength) return;
  if (byteLength > MAX_KEPT_BYTES && delivered > byteLength - MAX_KEPT_BYTES) buffer.transfer(0);
}

/** Resolves when the parser has taken a piece. */
function taken(parser: BusboyInstance, piece: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  parser.write(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength), () => resolve());
  return promise;
}

const malformed = (): InvalidInput =>
  new InvalidInput([], "The body is not valid multipart/form-data");
