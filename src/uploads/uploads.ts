import { createHmac } from "node:crypto";
import type { Announcements } from "../announcements.ts";
import type { ChangeWatch } from "../db/change-watch.ts";
import type { Database } from "../db/connection.ts";
import { byExpiresAt, createExpiry, type Expiry } from "../db/expiry.ts";
import { derivedId, type NewId } from "../db/ids.ts";
import type { Keyring } from "../db/keyring.ts";
import type { Lease } from "../db/lease.ts";
import { uploads } from "../db/schema.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import {
  createUploadRecords,
  type UploadPlace,
  type UploadRecords,
  type UploadRow,
} from "./records.ts";
import {
  statusOf,
  Upload,
  type UploadEnding,
  type UploadState,
  type UploadStatus,
} from "./upload.ts";

export interface UploadsDependencies {
  db: Database;
  lease: Lease;
  keyring: Keyring;
  announcements: Announcements;
  /** Tells of what other processes have deleted. */
  changes: Pick<ChangeWatch, "on">;
  /** Unix milliseconds. */
  now: () => number;
  newId: NewId;
  /** Gets the error when writing about an upload failed; it is tried again. */
  onFailed: (error: unknown) => void;
}

/** An upload that is to begin. */
export interface UploadRequest extends UploadPlace {
  sessionId: string;
  kind: UploadRow["kind"];
  /** Of the files that came with it. */
  totalBytes: number;
  /** The use of an Idempotency-Key that the upload is under; null without one. */
  use: KeyUse | null;
  /** Whether an earlier try of it may have acted already. */
  isResumed: boolean;
  /** How many the tenant may have in the background at once; null for one that is waited for. */
  mostInBackground: number | null;
}

/** One use of an Idempotency-Key: its upload follows from it. */
export interface KeyUse {
  readonly tokenSecret: Uint8Array;
  /** Unix milliseconds. */
  readonly startedAt: number;
}

const DAY_MS = 24 * 60 * 60_000;
const BEAT_MS = 5_000;
/** Uploads of a session that are told of: as many as it may begin within 24 hours. */
const MAX_RECORDS = 5_000;
/** Uploads of a session in the background at once: each keeps its files. */
const MAX_OF_SESSION = 8;
/** Endings that wait for the database. More are given up: their uploads count as interrupted. */
const MAX_UNSETTLED = 1_000;

/**
 * The uploads that are told of: those that answer before they are done, and those under an
 * Idempotency-Key. Each has a durable record from its begin on, which says how it ended when its
 * process could not.
 */
export class Uploads {
  readonly #records: UploadRecords;
  readonly #expiry: Expiry;
  /** Those that this process runs, or whose ending is not stored yet. */
  readonly #running = new Map<string, Upload>();
  #heartbeat: Timer | null = null;
  #isClosing = false;

  constructor(private readonly deps: UploadsDependencies) {
    const { db, keyring, now, onFailed, announcements, changes } = deps;
    this.#records = createUploadRecords(db, keyring);
    this.#expiry = createExpiry(db, byExpiresAt(uploads), { now, onFailed });
    const loseSession = ({ sessionId }: { sessionId: string | null }): void =>
      this.#loseWhere(({ row }) => row.sessionId === sessionId);
    const loseTenant = ({ tenantId }: { tenantId: string | null }): void =>
      this.#loseWhere(({ row }) => row.tenantId === tenantId);
    for (const source of [announcements, changes]) {
      source.on(["session.deleted"], loseSession);
      source.on(["tenant.deleted"], loseTenant);
    }
  }

  /** Begins to remove what is over. */
  start(): void {
    this.#expiry.start();
  }

  /** Removes what is over now, and resolves with the number of records. */
  sweep(): Promise<number> {
    return this.#expiry.sweep();
  }

  /** The uploads that run in the background, by state. */
  get inBackground(): ReadonlyMap<UploadState, number> {
    const counts = new Map<UploadState, number>();
    for (const upload of this.#background()) {
      const { state } = upload.note;
      counts.set(state, (counts.get(state) ?? 0) + 1);
    }
    return counts;
  }

  /** Resolves when no upload runs in the background. */
  async idle(): Promise<void> {
    await Promise.all([...this.#background()].map(({ settled }) => settled));
  }

  /**
   * Ends the uploads in the background that have made nothing yet, waits at most `graceMs` for the
   * others, stores what is known, and ends. What has not ended then counts as interrupted.
   */
  async close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    await this.#expiry.close();
    for (const upload of this.#background()) upload.cancel();
    await Promise.race([this.idle(), Bun.sleep(graceMs)]);
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    for (const upload of this.#running.values()) await upload.settle().catch(this.deps.onFailed);
  }

  /** Whether the service ends, which has cancelled what ran in the background. */
  get isClosing(): boolean {
    return this.#isClosing;
  }

  /** The id of the upload under a key. */
  idOf({ tokenSecret, startedAt }: KeyUse): string {
    return derivedId(startedAt, createHmac("sha256", tokenSecret).update("upload").digest());
  }

  /**
   * Begins an upload: its record is durable when this resolves. Resolves with null where the upload
   * under the key is done already. Throws GatewayProblem: SessionBusy, GatewayRateLimited,
   * SessionNotFound; StorageUnavailable.
   */
  async begin(request: UploadRequest): Promise<Upload | null> {
    const { use, isResumed, mostInBackground, ...given } = request;
    const { lease, now, newId } = this.deps;
    if (mostInBackground !== null) this.#requirePlace(request, mostInBackground);
    const createdAt = now();
    const row: UploadRow = {
      ...given,
      id: use === null ? newId() : this.idOf(use),
      state: "received",
      mayExist: isResumed,
      sentBytes: 0,
      owner: lease.id,
      keyId: null,
      result: null,
      createdAt,
      expiresAt: createdAt + DAY_MS,
    };
    const upload = new Upload(row, mostInBackground !== null, this.#records, () => now() + DAY_MS);
    // Counted from now on: others that begin meanwhile must see it.
    this.#running.set(row.id, upload);
    try {
      await lease.hold();
      if (await this.#records.begin(row, MAX_RECORDS)) {
        this.#heartbeat ??= this.#beat();
        return upload;
      }
      this.#running.delete(row.id);
    } catch (error) {
      this.#running.delete(row.id);
      throw error;
    }
    await this.#requireRoom(row.sessionId);
    return null;
  }

  /** What is told of an upload; null where the place has none of that id. Throws StorageUnavailable. */
  async find(place: UploadPlace, id: string): Promise<UploadStatus | null> {
    const upload = this.#running.get(id);
    if (upload !== undefined && isOf(place, upload.row) && !upload.isGone) return upload.status;
    const { now, lease } = this.deps;
    const found = await this.#records.find(place, id, now());
    if (found === null) return null;
    const status = { ...statusOf(found), result: this.#records.open(found) };
    if (found.state === "done" || found.state === "failed") return status;
    const runs = found.owner !== lease.id && lease.isAlive(found.holder);
    if (runs) return status;
    return { ...status, state: "failed", interrupted: found.mayExist ? "unknown" : "not_sent" };
  }

  /**
   * Notes how an upload ended, and resolves when that is durable. Throws StorageUnavailable; it is
   * tried again then.
   */
  async end(upload: Upload, ending: UploadEnding): Promise<void> {
    await upload.end(ending);
    this.#forget(upload);
  }

  *#background(): Generator<Upload> {
    for (const upload of this.#running.values())
      if (upload.isInBackground && !upload.isSettled) yield upload;
  }

  /** The records of these were deleted. */
  #loseWhere(isMeant: (upload: Upload) => boolean): void {
    for (const upload of this.#running.values()) if (isMeant(upload)) upload.lose();
  }

  /** Throws GatewayProblem: the session or the tenant has too many in the background. */
  #requirePlace({ tenantId, sessionId }: UploadRequest, most: number): void {
    let ofTenant = 0;
    let ofSession = 0;
    for (const { row, hasEnded } of this.#background()) {
      if (hasEnded || row.tenantId !== tenantId) continue;
      ofTenant++;
      if (row.sessionId === sessionId) ofSession++;
    }
    if (ofSession >= MAX_OF_SESSION)
      throw new GatewayProblem(
        "SessionBusy",
        `${ofSession} uploads of this session run in the background already`,
      );
    if (ofTenant >= most)
      throw new GatewayProblem(
        "GatewayRateLimited",
        `This tenant has ${ofTenant} uploads in the background already`,
      );
  }

  /** Throws GatewayProblem: the session has too many records, or is gone. */
  async #requireRoom(sessionId: string): Promise<void> {
    const count = await this.#records.count(sessionId);
    if (count === null) throw new GatewayProblem("SessionNotFound", "Session not found");
    if (count >= MAX_RECORDS)
      throw new GatewayProblem(
        "GatewayRateLimited",
        `This session has begun ${MAX_RECORDS} uploads within 24 hours`,
        { hint: "Nothing was done. An upload is told of for 24 hours.", retryAfter: 60 },
      );
  }

  #forget(upload: Upload): void {
    if (this.#running.get(upload.id) === upload) this.#running.delete(upload.id);
  }

  /** While uploads run: renews the lease, writes how far they are, and tries to store endings. */
  #beat(): Timer {
    const timer = setInterval(() => {
      const { lease, onFailed } = this.deps;
      if (this.#running.size === 0) {
        clearInterval(timer);
        this.#heartbeat = null;
        return;
      }
      lease.hold().catch(onFailed);
      let waiting = 0;
      for (const upload of this.#running.values()) {
        const writing = upload.hasEnded ? upload.settle() : upload.save();
        writing.then(() => upload.isSettled && this.#forget(upload), onFailed);
        if (upload.hasEnded && ++waiting > MAX_UNSETTLED) this.#forget(upload);
      }
    }, BEAT_MS);
    timer.unref();
    return timer;
  }
}

const isOf = (place: UploadPlace, { tenantId, mode }: UploadRow): boolean =>
  place.tenantId === tenantId && place.mode === mode;
