import { noRoom, StoredFile } from "./stored-file.ts";

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
