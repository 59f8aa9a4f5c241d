import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { type Client, createClient } from "@libsql/client";

/** How far a copy is, as libSQL keeps it beside the file. */
export interface CopyPosition {
  /** Name of the primary's history, as in its greeting. */
  logId: string;
  /** Number of the last page that the copy has; null when it has none. */
  lastFrame: bigint | null;
}

/** libSQL's files beside a copy: how far it is, in the older protocol and in the newer one. */
const POSITION = "-client_wal_index";
const NEWER_POSITION = "-info";
/** Ours: names the primary, so that a copy of another one is noticed. */
const ORIGIN = "-copy-of";
const LOCK = "-lock";

const SQLITE_FILES = ["", "-wal", "-shm", "-journal"];
const NO_FRAME = 0xffff_ffff_ffff_ffffn;

/** The local copy of a remote database, as files: the database, and what is beside it. */
export class CopyFiles {
  #lock: Client | null = null;

  /** `origin` is the URL of the primary; only a hash of it is stored. */
  constructor(
    readonly path: string,
    private readonly origin: string,
  ) {}

  /** Bytes of the database file, 0 when there is none. */
  get bytes(): number {
    return bytesOf(this.path);
  }

  /** Changes when the file is another one. Null when there is none. */
  get identity(): string | null {
    const found = statSync(this.path, { throwIfNoEntry: false });
    return found === undefined ? null : `${found.dev}:${found.ino}`;
  }

  /** When the copy last changed, in Unix milliseconds; null when there is none. */
  get changedAt(): number | null {
    const files = [POSITION, NEWER_POSITION].map((suffix) => this.path + suffix);
    const times = files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    return Math.trunc(Math.max(...times)) || null;
  }

  /**
   * Keeps other processes from following into the same files, which would damage them, until
   * unlock() or the end of the process. False when another one has them. Throws when the disk fails.
   */
  async lock(): Promise<boolean> {
    if (this.#lock !== null) return true;
    const client = createClient({ url: urlOf(this.path + LOCK), concurrency: 1, timeout: 0 });
    try {
      // In this mode SQLite keeps the lock of the file after the commit.
      await client.executeMultiple(
        "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (x); COMMIT",
      );
    } catch (error) {
      client.close();
      if (/locked|busy/i.test(String(error))) return false;
      throw error;
    }
    this.#lock = client;
    return true;
  }

  unlock(): void {
    this.#lock?.close();
    this.#lock = null;
  }

  /** How far the copy is; null when there is none yet, or in the newer protocol. */
  position(): CopyPosition | null {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.path + POSITION);
    } catch {
      return null;
    }
    if (bytes.length < 24) return null;
    const lastFrame = bytes.readBigUInt64LE(16);
    return {
      logId: uuidOf(bytes.subarray(0, 16)),
      lastFrame: lastFrame === NO_FRAME ? null : lastFrame,
    };
  }

  /** Whether libSQL has made the file as a copy. Everything else in its place may be dear to somebody. */
  get isCopy(): boolean {
    return existsSync(this.path + POSITION) || this.isNewer;
  }

  /** Whether it was made in the newer protocol. */
  get isNewer(): boolean {
    return existsSync(this.path + NEWER_POSITION);
  }

  /** Whether anything of the primary's has come. */
  get hasPages(): boolean {
    const position = this.position();
    return position === null ? this.isNewer : position.lastFrame !== null;
  }

  /** Why a copy cannot be gone on with, or null. */
  get fault(): string | null {
    if (!this.isCopy) return null;
    const { origin, complete } = this.#note();
    if (origin !== this.#ownOrigin) return "it is not known to be of this database";
    if (this.bytes === 0) return this.hasPages ? "its file is missing or empty" : null;
    if (bytesOf(`${this.path}-wal`) === 0 && this.hasPages && complete !== this.#mark)
      return "its write-ahead log is missing";
    return this.position() === null && !this.isNewer ? "how far it is cannot be read" : null;
  }

  /** Notes which primary this is a copy of. From now on what is new is in the write-ahead log first. */
  noteOrigin(): void {
    writeFileSync(this.path + ORIGIN, this.#ownOrigin, { mode: 0o600 });
  }

  /** Notes that the file has everything, if its write-ahead log is empty. */
  noteComplete(): void {
    if (bytesOf(`${this.path}-wal`) > 0) return;
    writeFileSync(this.path + ORIGIN, `${this.#ownOrigin}\n${this.#mark}`, { mode: 0o600 });
  }

  /** Changes with each sync that brings something. */
  get #mark(): string {
    const file = [POSITION, NEWER_POSITION].find((suffix) => existsSync(this.path + suffix));
    return file === undefined ? "" : readFileSync(this.path + file).toString("base64");
  }

  /** Removes the copy, which holds nothing that the primary has not. */
  remove(): void {
    for (const suffix of [...SQLITE_FILES, POSITION, NEWER_POSITION, ORIGIN])
      rmSync(this.path + suffix, { force: true });
  }

  /** Puts a file that is no copy out of the way, and returns its new name. */
  setAside(now: number): string {
    const aside = `${this.path}.aside-${now}`;
    for (const suffix of SQLITE_FILES)
      if (existsSync(this.path + suffix)) renameSync(this.path + suffix, aside + suffix);
    return aside;
  }

  get #ownOrigin(): string {
    // Without the token that a URL may hold.
    const { protocol, host, pathname } = new URL(this.origin);
    return createHash("sha256").update(`${protocol}//${host}${pathname}`).digest("hex");
  }

  #note(): { origin: string | null; complete: string | null } {
    try {
      const [origin = null, complete = null] = readFileSync(this.path + ORIGIN, "utf8").split("\n");
      return { origin, complete };
    } catch {
      return { origin: null, complete: null };
    }
  }
}

const bytesOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** The URL of a local file for libSQL. */
export function urlOf(path: string): string {
  return `file:${encodeURI(path).replace(/[?#]/g, encodeURIComponent)}`;
}

/** libSQL stores the id as a number, its lowest byte first. */
function uuidOf(bytes: Buffer): string {
  const hex = Buffer.from(bytes).reverse().toString("hex");
  return [8, 12, 16, 20, 32].map((end, i) => hex.slice([0, 8, 12, 16, 20][i], end)).join("-");
}
