import { readSync, writeSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";

/** A piece that takes longer, in milliseconds, shows that the disk itself is read or written. */
const SLOW_MS = 50;
/** After such a piece, so many bytes go through the thread pool before the next direct try. */
const BYTES_BEFORE_NEXT_TRY = 16 * 1024 * 1024;

/**
 * Reads and writes files through the operating system's cache, where a piece takes microseconds:
 * handing it to the thread pool would cost twice the processor time. When the disk cannot keep up
 * and a piece takes long, the pool is used for a while, so that nothing else waits for the disk.
 */
export class QuickDisk {
  /** How many bytes are still to go through the thread pool. */
  #slowBytes = 0;

  constructor(private readonly now: () => number = () => performance.now()) {}

  /** Writes a whole piece at this position. Returns a promise only if it could not be done at once. */
  write(file: FileHandle, piece: Uint8Array, position: number): void | Promise<void> {
    if (this.#isSlow(piece.byteLength)) return writeLater(file, piece, position);
    const began = this.now();
    for (let done = 0; done < piece.byteLength; )
      done += writeSync(file.fd, piece, done, piece.byteLength - done, position + done);
    this.#tookSince(began);
  }

  /** Fills `into` from this position. Returns, or resolves with, how many bytes there were. */
  read(file: FileHandle, into: Uint8Array, position: number): number | Promise<number> {
    if (this.#isSlow(into.byteLength))
      return file.read(into, 0, into.byteLength, position).then(({ bytesRead }) => bytesRead);
    const began = this.now();
    const bytesRead = readSync(file.fd, into, 0, into.byteLength, position);
    this.#tookSince(began);
    return bytesRead;
  }

  #isSlow(bytes: number): boolean {
    if (this.#slowBytes <= 0) return false;
    this.#slowBytes -= bytes;
    return true;
  }

  #tookSince(began: number): void {
    if (this.now() - began > SLOW_MS) this.#slowBytes = BYTES_BEFORE_NEXT_TRY;
  }
}

async function writeLater(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < piece.byteLength; ) {
    const { bytesWritten } = await file.write(
      piece,
      done,
      piece.byteLength - done,
      position + done,
    );
    done += bytesWritten;
  }
}
