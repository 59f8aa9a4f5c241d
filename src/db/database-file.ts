import { closeSync, mkdirSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { StorageUnavailable } from "./errors.ts";

/** The path of a `file:` URL, without its parameters. */
export function pathOfUrl(url: string): string {
  const path = url.slice("file:".length).replace(/^\/\/(localhost)?(?=\/)/, "");
  return decodeURIComponent(path.split("?", 1)[0] ?? "");
}

/**
 * Creates the directory of a database file, for its owner alone.
 * Throws StorageUnavailable.
 */
export function createDirectoryOf(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    const fault = code === "EROFS" ? "read_only" : code === "ENOSPC" ? "full" : "cannot_open";
    throw new StorageUnavailable(fault, { cause: error });
  }
}

/**
 * SQLite's own files beside the database: the write-ahead log, and the log's index in shared
 * memory.
 */
const LOG = "-wal";
const COMPANIONS = [LOG, "-shm"];

/**
 * The files that an open connection writes to. Writes to a file that was deleted or replaced are
 * lost, and SQLite does not notice: call check() before a write is acknowledged. A look costs some
 * microseconds.
 */
export class DatabaseFile {
  #opened: string | null = null;
  readonly #companions = new Map<string, string>();
  #logBytes = 0;
  #logShrank = false;
  #isGivenUp = false;

  constructor(readonly path: string) {}

  /** Notes the files that the connection has just opened. Throws StorageUnavailable (file_lost). */
  noteOpened(): void {
    const found = statOf(this.path);
    if (found === null) throw new StorageUnavailable("file_lost");
    this.#opened ??= identityOf(found);
    for (const suffix of COMPANIONS) {
      const companion = statOf(this.path + suffix);
      if (companion === null) this.#companions.delete(suffix);
      else this.#companions.set(suffix, identityOf(companion));
    }
    this.check();
  }

  /**
   * Whether the log has become shorter since it was last known to be whole: another process has
   * moved it into the database, or somebody has emptied it.
   */
  get logShrank(): boolean {
    return this.#logShrank;
  }

  /** The log is complete: it was moved into the database. */
  noteLogWhole(): void {
    this.#logShrank = false;
  }

  /**
   * Commits in the log are lost: writing more, or moving the rest, would damage the database, too.
   */
  giveUp(): void {
    this.#isGivenUp = true;
  }

  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** For before a connection is opened, so that a lost database is not created again. */
  checkDatabase(): void {
    if (this.#opened === null) return;
    if (this.#isGivenUp) throw new StorageUnavailable("file_lost");
    const found = statOf(this.path);
    // Even an empty database has its first page.
    if (found === null || found.size === 0 || identityOf(found) !== this.#opened)
      throw new StorageUnavailable("file_lost");
  }

  /** Throws StorageUnavailable (file_lost) when the open files are no longer those of the path. */
  check(): void {
    this.checkDatabase();
    for (const [suffix, identity] of this.#companions) {
      const found = statOf(this.path + suffix);
      if (found === null || identityOf(found) !== identity)
        throw new StorageUnavailable("file_lost");
      if (suffix === LOG) this.#lookAtLog(found.size);
    }
  }

  #lookAtLog(bytes: number): void {
    if (bytes < this.#logBytes) this.#logShrank = true;
    this.#logBytes = bytes;
    // It was emptied during a write, which then went behind the hole.
    if (bytes > 0 && isHole(this.path + LOG)) {
      this.giveUp();
      throw new StorageUnavailable("file_lost");
    }
  }
}

/** Whether the log begins with zeros, where SQLite writes a number that is never zero. */
function isHole(path: string): boolean {
  const beginning = Buffer.alloc(4);
  try {
    // Closing a file ends the process's locks on it; SQLite has none on this one.
    const descriptor = openSync(path, "r");
    try {
      return readSync(descriptor, beginning) === 4 && beginning.readUInt32BE() === 0;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return false;
  }
}

function identityOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path, { throwIfNoEntry: false }) ?? null;
  } catch {
    // The directory can no longer be entered.
    return null;
  }
}
