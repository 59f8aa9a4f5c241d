import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { GatewayProblem } from "../problems/gateway.ts";
import type { QuickDisk } from "./quick-disk.ts";
import type { Share } from "./room.ts";
import type { FileDescription, SavedFile } from "./saved-file.ts";

/** The pieces in which a file is read. */
const PIECE_BYTES = 256 * 1024;

/** A file in the spool while it is written. */
export class NewFile {
  /** In bytes, so far. */
  length = 0;
  #hash: ReturnType<typeof createHash> | null;

  constructor(
    private readonly file: FileHandle,
    private readonly disk: QuickDisk,
    private readonly share: Share,
    { hashes }: { hashes: boolean },
  ) {
    this.#hash = hashes ? createHash("sha256") : null;
  }

  /**
   * Appends a piece, which must not change before that is done. Returns a promise only if the disk
   * is slow; the next piece must wait for it. Throws GatewayProblem: those of Share.add(), and
   * UploadsFull or StorageUnavailable when the disk refuses.
   */
  write(piece: Uint8Array): void | Promise<void> {
    this.share.add(piece.byteLength);
    this.#hash?.update(piece);
    const position = this.length;
    this.length += piece.byteLength;
    try {
      return this.disk.write(this.file, piece, position)?.catch((error: unknown) => {
        throw diskProblem(error);
      });
    } catch (error) {
      throw diskProblem(error);
    }
  }

  get fd(): number {
    return this.file.fd;
  }

  /** Counts what another program has written through the descriptor. */
  async measure(): Promise<void> {
    const { size } = await this.file.stat();
    this.share.add(size - this.length);
    this.length = size;
    this.#hash = null;
  }

  /** The file, which is complete now. */
  saved(description: FileDescription): SavedFile {
    return savedFile(this.file, this.disk, {
      ...description,
      length: this.length,
      sha256: this.#hash?.digest("hex") ?? null,
    });
  }
}

const FULL = new Set(["ENOSPC", "EDQUOT", "EFBIG"]);

/** What a failure of the disk is to the caller. */
export function diskProblem(error: unknown): GatewayProblem {
  const code = error instanceof Error && "code" in error ? String(error.code) : "error";
  return FULL.has(code)
    ? new GatewayProblem("UploadsFull", "The disk is full", { cause: error })
    : new GatewayProblem("StorageUnavailable", `The upload cannot be stored (${code})`, {
        hint: "Nothing was done. Retry later; the operator finds the cause in the log.",
        cause: error,
      });
}

function savedFile(
  file: FileHandle,
  disk: QuickDisk,
  known: FileDescription & { length: number; sha256: string | null },
): SavedFile {
  const { name, type, length } = known;
  let hash = known.sha256 === null ? null : Promise.resolve(known.sha256);

  /** Fills `into` as far as the file reaches. Returns how many bytes there were. */
  const fill = async (into: Uint8Array, start: number): Promise<number> => {
    const size = Math.min(into.byteLength, length - start);
    let done = 0;
    while (done < size) {
      const reading = disk.read(file, into.subarray(done, size), start + done);
      const bytesRead = typeof reading === "number" ? reading : await reading;
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return done;
  };

  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, length) - start));
    return bytes.subarray(0, await fill(bytes, start));
  };

  const stream = (
    start = 0,
    passed: (upTo: number) => void = () => {},
  ): ReadableStream<Uint8Array> => {
    let at = start;
    return new ReadableStream({
      type: "bytes",
      async pull(controller) {
        const { byobRequest: request } = controller;
        const view = request?.view ?? new Uint8Array(Math.min(PIECE_BYTES, length - at));
        const piece = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
        const size = await fill(piece, at);
        at += size;
        if (size === 0) {
          controller.close();
          request?.respond(0);
          return;
        }
        passed(at);
        if (request) request.respond(size);
        else controller.enqueue(piece.subarray(0, size));
      },
    });
  };

  const hashed = async (): Promise<string> => {
    const sum = createHash("sha256");
    for await (const piece of stream()) sum.update(piece);
    return sum.digest("hex");
  };

  return {
    name,
    type,
    length,
    fd: file.fd,
    read,
    stream,
    sha256: () => {
      hash ??= hashed();
      return hash;
    },
  };
}
