import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readdir, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { diskProblem, NewFile } from "./new-file.ts";
import { QuickDisk } from "./quick-disk.ts";
import { Room, type RoomLimits, type Share } from "./room.ts";
import type { FileDescription, SavedFile } from "./saved-file.ts";

const SUFFIX = ".upload";
/** A file that still has its name after this time was left by a process that ended, in milliseconds. */
const LEFT_AFTER_MS = 60_000;

/**
 * The directory for files that are on their way. A file loses its name as soon as it is open: it is
 * gone when it is closed and when the process ends, however that ends.
 */
export class Spool {
  readonly #room: Room;
  readonly #disk = new QuickDisk();
  #isMade: Promise<unknown> | null = null;

  constructor(
    private readonly directory: string,
    limits: RoomLimits,
  ) {
    this.#room = new Room(directory, limits);
  }

  /**
   * Makes the directory, removes what an end between two calls has left in it, and tries to write a
   * file. Throws the error of the file system.
   */
  async prepare(): Promise<void> {
    await this.#make();
    for (const name of await readdir(this.directory)) {
      if (!name.endsWith(SUFFIX)) continue;
      const path = join(this.directory, name);
      const left = await stat(path).catch(() => null);
      if (left && Date.now() - left.mtimeMs > LEFT_AFTER_MS) await unlink(path).catch(() => {});
    }
    const file = await this.#open();
    try {
      await file.write("probe");
    } finally {
      await file.close();
    }
  }

  /**
   * The files of one request of a tenant. `hashes` says whether their SHA-256 will be needed. Throws
   * GatewayRateLimited if the tenant has too many uploads.
   */
  scope(tenantId: string, { hashes }: { hashes: boolean } = { hashes: false }): FileScope {
    const share = this.#room.enter(tenantId);
    return new FileScope(tenantId, share, async (own) => {
      const file = await this.#open().catch((error: unknown) => {
        throw diskProblem(error);
      });
      own.push(file);
      return new NewFile(file, this.#disk, share, { hashes });
    });
  }

  #make(): Promise<unknown> {
    this.#isMade ??= mkdir(this.directory, { recursive: true, mode: 0o700 });
    return this.#isMade;
  }

  /** Opens a new file and takes its name away. */
  async #open(): Promise<FileHandle> {
    const path = join(this.directory, `${crypto.randomUUID()}${SUFFIX}`);
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
    await this.#make();
    let file: FileHandle;
    try {
      file = await open(path, flags, 0o600);
    } catch (error) {
      // Somebody may have removed the directory.
      this.#isMade = null;
      if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
      await this.#make();
      file = await open(path, flags, 0o600);
    }
    try {
      await unlink(path);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }
}

/** The files that one request has saved. */
export class FileScope {
  /** Aborted when nobody waits any more for what is made of these files. */
  signal: AbortSignal | null = null;
  readonly #open: FileHandle[] = [];
  #isClosed = false;

  constructor(
    /** The tenant whose files they are. */
    readonly owner: string,
    private readonly share: Share | null,
    private readonly make: (own: FileHandle[]) => Promise<NewFile>,
  ) {}

  /**
   * Takes room for so many bytes that are to come. Throws GatewayProblem: PayloadTooLarge,
   * GatewayRateLimited, UploadsFull.
   */
  expect(bytes: number): void {
    this.share?.expect(bytes);
  }

  /** A file to write. Throws GatewayProblem: UploadsFull, StorageUnavailable. */
  async create(): Promise<NewFile> {
    const file = await this.make(this.#open);
    if (!this.#isClosed) return file;
    await this.#closeAll();
    throw new Error("the request's files are closed");
  }

  /**
   * Saves a file as its bytes arrive. Throws what `tooLarge` returns if they are too many, and what
   * create() and NewFile.write() throw.
   */
  async save(
    bytes: AsyncIterable<Uint8Array>,
    description: FileDescription,
    limit: { maxBytes: number; tooLarge: () => Error },
  ): Promise<SavedFile> {
    const file = await this.create();
    for await (const piece of bytes) {
      if (file.length + piece.byteLength > limit.maxBytes) throw limit.tooLarge();
      await file.write(piece);
    }
    return file.saved(description);
  }

  /** A file that another program writes through its descriptor. Throws what create() throws. */
  async fill(
    description: FileDescription,
    write: (fd: number) => Promise<void>,
  ): Promise<SavedFile> {
    const file = await this.create();
    await write(file.fd);
    await file.measure();
    return file.saved(description);
  }

  /** Removes the files. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#closeAll();
    this.share?.leave();
  }

  async #closeAll(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((file) => file.close()));
  }
}

/** For requests without files. */
export const NO_FILES = new FileScope("", null, () =>
  Promise.reject(new Error("the route takes no files")),
);
