import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Refusal, refuse } from "../answer.ts";

/** Bytes of a file that are kept in memory; a longer one is on the disk. */
const IN_MEMORY = 16 * 1_024;

/** Bytes that a stream reads at once. */
const PIECE = 64 * 1_024;

/** How many descriptors of dropped files stay open. */
const MOST_DROPPED = 50;

/** What bounds the bytes of files. */
export interface Room {
  /** Makes room for more bytes. Throws a Refusal (503). */
  take(bytes: number): void;
  /** Gives back the room of a file that is gone. */
  giveBack(file: StoredFile): void;
}

/** 503: there is no room for a file. */
export const noRoom = (): Refusal => refuse(503, "Sorry, there was a problem with your request.");

/** Bytes that an account has uploaded: small ones in memory, others in a temp file that has no name any more. */
export class StoredFile {
  /** Its name in URLs. */
  readonly key = randomBytes(12).toString("hex");
  /** Unix milliseconds. */
  readonly madeAt = Date.now();
  #length = 0;
  #pieces: Uint8Array[] = [];
  /** Descriptor of the temp file. FileHandles are not used: Bun throws when one is collected. */
  #descriptor: number | undefined;
  #isHeld = true;
  #isGone = false;
  /** How many reads and writes of the temp file are under way: it is emptied after the last one. */
  #busy = 0;

  constructor(readonly room: Room) {}

  get length(): number {
    return this.#length;
  }

  /** True while it is being written: then it is not dropped to make room. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** True when it was dropped. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /**
   * Appends bytes, which may be reused afterwards. Throws a Refusal (503) where there is no room for
   * them; then the file is gone.
   */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      if (this.#isGone) throw noRoom();
      this.room.take(bytes.length);
      const at = this.#length;
      this.#length += bytes.length;
      if (this.#descriptor === undefined && this.#length <= IN_MEMORY)
        this.#pieces.push(bytes.slice());
      else await this.#whileOpen((descriptor) => writeAll(descriptor, bytes, at));
    } catch {
      this.drop();
      throw noRoom();
    }
  }

  /** Keeps it from being dropped to make room, until release(). */
  hold(): void {
    this.#isHeld = true;
  }

  /** Lets it be dropped when room is needed. */
  release(): void {
    this.#isHeld = false;
  }

  /** The bytes from `start` to before `end`; fewer where the file ends, none where it is gone. */
  async read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const last = Math.min(end, this.#length);
    if (this.#isGone || start >= last) return new Uint8Array();
    if (this.#descriptor === undefined) return Buffer.concat(this.#pieces).subarray(start, last);
    return this.#whileOpen(async (descriptor) => {
      const bytes = new Uint8Array(last - start);
      const { bytesRead } = await readAt(descriptor, bytes, 0, bytes.length, start);
      return bytes.subarray(0, bytesRead);
    });
  }

  /** The bytes from `start` to before `end`, read as they are asked for. */
  stream(start = 0, end = this.#length): ReadableStream<Uint8Array<ArrayBuffer>> {
    let at = start;
    return new ReadableStream(
      {
        pull: async (controller) => {
          const bytes = await this.read(at, Math.min(at + PIECE, end));
          at += bytes.length;
          if (bytes.length > 0) controller.enqueue(bytes);
          else if (at < end) controller.error(new Error("the file is gone"));
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** The bytes from `start` to before `end`, as the body of an answer. */
  body(start = 0, end = this.#length): BodyInit {
    if (this.#descriptor === undefined) return Buffer.concat(this.#pieces).subarray(start, end);
    // Bun sends a stream in chunks and drops its Content-Length; a part of a file keeps it.
    return process.platform === "linux"
      ? Bun.file(`/proc/self/fd/${this.#descriptor}`).slice(start, end)
      : this.stream(start, end);
  }

  /** Gives its room back. What reads it now stops early. */
  drop(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.room.giveBack(this);
    this.#pieces = [];
    this.#emptyIfIdle();
  }

  async #whileOpen<Result>(work: (descriptor: number) => Promise<Result>): Promise<Result> {
    this.#busy++;
    try {
      this.#descriptor ??= await this.#toDisk();
      return await work(this.#descriptor);
    } finally {
      this.#busy--;
      this.#emptyIfIdle();
    }
  }

  /** A temp file with the bytes that were in memory until now. */
  async #toDisk(): Promise<number> {
    const path = join(tmpdir(), `gramway-emulator-${this.key}`);
    const descriptor = await open(path, "wx+", 0o600);
    FORGOTTEN.register(this, descriptor, this);
    // Without a name it is gone with the process, however that ends.
    await unlink(path);
    await writeAll(descriptor, Buffer.concat(this.#pieces), 0);
    this.#pieces = [];
    return descriptor;
  }

  #emptyIfIdle(): void {
    const descriptor = this.#descriptor;
    if (!this.#isGone || this.#busy > 0 || descriptor === undefined) return;
    this.#descriptor = undefined;
    FORGOTTEN.unregister(this);
    closeLater(descriptor);
  }
}

const open = promisify(fs.open);
const unlink = promisify(fs.unlink);
const readAt = promisify(fs.read);
const writeAt = promisify(fs.write);

/** Descriptors of files that nothing refers to any more, such as those of an emulator that is gone. */
const FORGOTTEN = new FinalizationRegistry<number>((descriptor) => closeLater(descriptor));

/** Descriptors of dropped files, which are empty now. */
const dropped: number[] = [];

/**
 * Empties a file, and closes it when many others were dropped after it: an answer that is not sent yet
 * names its descriptor, and no other file may have the same number meanwhile.
 */
function closeLater(descriptor: number): void {
  fs.ftruncate(descriptor, 0, () => undefined);
  dropped.push(descriptor);
  const oldest = dropped.length > MOST_DROPPED ? dropped.shift() : undefined;
  if (oldest !== undefined) fs.close(oldest, () => undefined);
}

async function writeAll(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await writeAt(
      descriptor,
      bytes,
      done,
      bytes.length - done,
      position + done,
    );
    done += bytesWritten;
  }
}
