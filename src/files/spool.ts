import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { FileDescription, SavedFile } from "./saved-file.ts";

const PIECE_BYTES = 256 * 1024;

/** The directory for files that are on their way. Each is gone with the process, however it ends. */
export class Spool {
  #isMade: Promise<unknown> | null = null;

  constructor(private readonly directory: string) {}

  /** The files of one request. */
  scope(): FileScope {
    return new FileScope(() => this.#create());
  }

  /** Opens a new file that has no name any more. */
  async #create(): Promise<FileHandle> {
    this.#isMade ??= mkdir(this.directory, { recursive: true });
    await this.#isMade;
    const path = join(this.directory, crypto.randomUUID());
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
    await unlink(path);
    return file;
  }
}

/** The files that one request has saved. */
export class FileScope {
  readonly #open: FileHandle[] = [];

  constructor(private readonly create: () => Promise<FileHandle>) {}

  /** Saves a file as its bytes arrive. Throws what `tooLarge` returns if they are too many. */
  async save(
    bytes: AsyncIterable<Uint8Array>,
    { name, type }: FileDescription,
    limit: { maxBytes: number; tooLarge: () => Error },
  ): Promise<SavedFile> {
    const file = await this.create();
    this.#open.push(file);
    const hash = createHash("sha256");
    let length = 0;
    for await (const piece of bytes) {
      length += piece.byteLength;
      if (length > limit.maxBytes) throw limit.tooLarge();
      hash.update(piece);
      await file.write(piece);
    }
    return savedFile(file, { name, type, length, sha256: hash.digest("hex") });
  }

  /** A file that another program writes through its descriptor. */
  async fill(
    { name, type }: FileDescription,
    write: (fd: number) => Promise<void>,
  ): Promise<SavedFile> {
    const file = await this.create();
    this.#open.push(file);
    await write(file.fd);
    const { size: length } = await file.stat();
    const hash = createHash("sha256");
    const unnamed = savedFile(file, { name, type, length, sha256: "" });
    for await (const piece of unnamed.stream()) hash.update(piece);
    return { ...unnamed, sha256: hash.digest("hex") };
  }

  /** Removes the files. */
  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((file) => file.close()));
  }
}

function savedFile(
  file: FileHandle,
  known: Pick<SavedFile, "name" | "type" | "length" | "sha256">,
): SavedFile {
  const read = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, known.length) - start));
    const { bytesRead } = await file.read(bytes, 0, bytes.byteLength, start);
    return bytes.subarray(0, bytesRead);
  };
  return {
    ...known,
    fd: file.fd,
    read,
    stream: (start = 0) => {
      let at = start;
      return new ReadableStream(
        {
          async pull(controller) {
            const piece = await read(at, at + PIECE_BYTES);
            at += piece.byteLength;
            if (piece.byteLength > 0) controller.enqueue(piece);
            if (piece.byteLength === 0 || at >= known.length) controller.close();
          },
        },
        { highWaterMark: 0 },
      );
    },
  };
}
