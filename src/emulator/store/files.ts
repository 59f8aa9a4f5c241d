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

/** The most that a FileStore, and each of its rooms, keeps. */
export interface FileLimits {
  /** Bytes of all files. 2 GiB unless given. */
  readonly bytes?: number;
  /** Bytes of the files of one room. 1 GiB unless given: twenty videos of 50 MB. */
  readonly roomBytes?: number;
  /** How many files; each may hold a file descriptor. 1,000 unless given. */
  readonly files?: number;
}

/**
 * The files that accounts of all worlds have uploaded, each under a key that nobody guesses, as the
 * signed URLs of the CDN. When there is no room, the oldest files are dropped.
 */
export class FileStore {
  /** Oldest first. */
  readonly #files = new Map<string, StoredFile>();
  readonly #limits: Required<FileLimits>;
  #used = 0;

  constructor({ bytes = 2 * 2 ** 30, roomBytes = 2 ** 30, files = 1_000 }: FileLimits = {}) {
    this.#limits = { bytes, roomBytes, files };
  }

  /** The file with a key; undefined where it is gone or never was. */
  find(key: string): StoredFile | undefined {
    return this.#files.get(key);
  }

  /** A room for the files of one world. */
  room(): FileRoom {
    return new FileRoom(this, this.#limits.roomBytes);
  }

  /** Bytes of all files. */
  get used(): number {
    return this.#used;
  }

  /** Only for FileRoom. */
  add(file: StoredFile): void {
    makeRoom(() => this.#files.size < this.#limits.files, this.#files.values());
    this.#files.set(file.key, file);
  }

  /** Only for FileRoom: makes room for more bytes of a file. Throws a Refusal (503). */
  take(bytes: number): void {
    makeRoom(() => this.#used + bytes <= this.#limits.bytes, this.#files.values());
    this.#used += bytes;
  }

  /** Only for FileRoom. */
  giveBack(file: StoredFile): void {
    if (this.#files.delete(file.key)) this.#used -= file.length;
  }
}

/** Drops files until there is enough room, but none that is held. Throws a Refusal (503). */
function makeRoom(isEnough: () => boolean, oldestFirst: Iterable<StoredFile>): void {
  if (isEnough()) return;
  for (const file of [...oldestFirst]) {
    if (file.isHeld) continue;
    file.drop();
    if (isEnough()) return;
  }
  throw noRoom();
}

const noRoom = (): Refusal => refuse(503, "Sorry, there was a problem with your request.");

/** The files of one world. */
export class FileRoom {
  /** Oldest first. */
  readonly #files = new Set<StoredFile>();
  #used = 0;

  constructor(
    readonly store: FileStore,
    readonly limit: number,
  ) {}

  /** Bytes of the files of this room. */
  get used(): number {
    return this.#used;
  }

  /** A new, empty file, which is held until it is released. Throws a Refusal (503) where there is no room. */
  create(): StoredFile {
    const file = new StoredFile(this);
    this.store.add(file);
    this.#files.add(file);
    return file;
  }

  /** A file with these bytes. Throws as create() does. */
  async save(bytes: Uint8Array): Promise<StoredFile> {
    const file = this.create();
    await file.append(bytes);
    file.release();
    return file;
  }

  /** Drops all files. */
  close(): void {
    for (const file of [...this.#files]) file.drop();
  }

  /** Only for StoredFile. Throws a Refusal (503). */
  take(bytes: number): void {
    makeRoom(() => this.#used + bytes <= this.limit, this.#files);
    this.store.take(bytes);
    this.#used += bytes;
  }

  /** Only for StoredFile. */
  giveBack(file: StoredFile): void {
    if (!this.#files.delete(file)) return;
    this.#used -= file.length;
    this.store.giveBack(file);
  }
}

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

  constructor(readonly room: FileRoom) {}

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
