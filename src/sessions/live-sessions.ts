import { LRUCache } from "lru-cache";
import type { ChangeWatch } from "../db/change-watch.ts";
import { StorageUnavailable } from "../db/errors.ts";
import type { Caller, Client } from "../instagram/client.ts";
import { SessionState } from "../instagram/session.ts";
import { BatchSaver } from "./batch-saver.ts";
import { type Elsewhere, LeaseLost } from "./leases/held-elsewhere.ts";
import { LeaseKeeper } from "./leases/lease-keeper.ts";
import { HERE, type LeaseWish, type Wanted } from "./leases/session-leases.ts";
import {
  LiveSession,
  type LiveSessionCache,
  type LiveSessionDependencies,
} from "./live-session.ts";
import { clientFor, NO_PROXY } from "./session-client.ts";
import { SessionGone } from "./session-errors.ts";
import type { Mode, StoredSession } from "./session-store.ts";

export interface LiveSessionsOptions {
  /** Sessions kept open in memory. */
  maxLive?: number;
  /** Memory that they may take together, in bytes. */
  maxBytes?: number;
  /**
   * How long changes by response headers may stay unsaved, in milliseconds. Nearly every answer
   * brings one and a lost one costs nothing, so they are saved rarely and at shutdown.
   */
  saveCountersMs?: number;
  /** Told when a save in the background failed; it is tried again. */
  onFlushError?: (error: unknown) => void;
  onCacheLookup?: (hit: boolean) => void;
}

/** Enough for ten thousand usual sessions; settings have at most 64 KB. */
const MAX_LIVE_BYTES = 64 * 1024 * 1024;
/** When this many unsaved sessions have left the cache, they are saved at once. */
const MANY_EVICTED = 500;
const MAX_ALIAS_BYTES = 8 * 1024 * 1024;

/**
 * The sessions in use. Each is decrypted once and kept in memory, so that a request needs no
 * database. A session that another process has changed is read again within seconds.
 */
export class LiveSessions {
  readonly #live: LRUCache<string, LiveSession>;
  /** Our session ids by the ids of the Python service that clients still send. */
  readonly #ids: LRUCache<string, string>;
  /** Sessions with work under way or unsaved changes: they must not be opened a second time. */
  readonly #held = new Map<string, LiveSession>();
  readonly #opening = new Map<string, Promise<LiveSession | null>>();
  /** How many changes of sessions were heard of. */
  #heard = 0;
  /** Takes their leases; null where one machine has all sessions. */
  readonly #keeper: LeaseKeeper | null;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #options: LiveSessionsOptions;
  readonly #saver: BatchSaver;
  readonly #maxHeld: number;
  readonly #callbacks: LiveSessionCache = {
    onDirty: (session) => this.#hold(session),
    // The cache measures an entry only when it is added.
    onResized: (session) => {
      if (this.#live.peek(session.id) !== session) return;
      this.#live.delete(session.id);
      this.#live.set(session.id, session);
    },
    take: async (session, wish) => (await this.#take(session, wish)) !== null,
    onTaken: (session) => {
      const known = this.peek(session.id);
      // It may have left the memory in the meantime, as one that nobody used.
      if (known === undefined) this.#live.set(session.id, session);
      else if (known !== session) throw new LeaseLost();
    },
  };
  /** Sessions that have left the cache since the last flush, but are held: they are due at once. */
  #evicted = 0;
  #flushing: Promise<void> = Promise.resolve();
  /** Flushes that run or wait. */
  #flushes = 0;
  #isClosing = false;

  constructor(
    private readonly deps: LiveSessionDependencies,
    options: LiveSessionsOptions = {},
  ) {
    const max = options.maxLive ?? 10_000;
    this.#options = options;
    this.#ids = new LRUCache({
      max: max * 2,
      maxSize: MAX_ALIAS_BYTES,
      sizeCalculation: (id, alias) => id.length + alias.length,
    });
    this.#live = new LRUCache({
      max,
      maxSize: options.maxBytes ?? MAX_LIVE_BYTES,
      sizeCalculation: ({ copy }) => copy.bytes,
      dispose: (session, id, reason) => {
        session.leave();
        if (reason === "delete") return;
        if (!session.copy.dirty && session.idle) {
          session.lease.drop();
          return;
        }
        this.#held.set(id, session);
        if (++this.#evicted === MANY_EVICTED) void this.flush(saveCountersMs);
      },
    });
    this.#maxHeld = max + 10 * MANY_EVICTED;
    this.#saver = new BatchSaver(deps);
    const { leases } = deps;
    this.#keeper =
      leases &&
      new LeaseKeeper({
        ...deps,
        leases,
        peek: (id) => this.peek(id),
        onFailed: (error) => options.onFlushError?.(error),
      });
    const saveCountersMs = options.saveCountersMs ?? 60_000;
    this.#timer = setInterval(() => {
      if (this.#flushes === 0) void this.flush(saveCountersMs);
    }, saveCountersMs / 10);
    this.#timer.unref?.();
    const { announcements } = deps;
    // Changes of a tenant hold for its sessions in memory, too.
    announcements.on(["tenant.changed", "tenant.credentials_removed"], ({ tenantId }) => {
      for (const session of this.#ofTenant(tenantId)) session.copy.invalidate();
    });
    announcements.on(["tenant.deleted"], ({ tenantId }) => {
      for (const session of this.#ofTenant(tenantId)) this.#forget(session.id);
    });
    // What is switched is stored past the copy in memory.
    announcements.on(["session.changed"], ({ sessionId, changed }) => {
      if (changed.includes("enabled")) this.peek(sessionId)?.copy.invalidate();
    });
    announcements.on(["session.deleted"], ({ sessionId }) => this.#forget(sessionId));
    this.#listenTo(deps.changes);
  }

  /** Takes in what the feed says of sessions: only those that are older here are looked at again. */
  #listenTo(changes: Pick<ChangeWatch, "on">): void {
    const renew = (id: string | null, version: number | null): void => {
      this.#heard++;
      if (id !== null) this.peek(id)?.copy.hear(version);
    };
    changes.on(["session.changed"], ({ sessionId, version }) => renew(sessionId, version));
    changes.on(["sessions.saved"], ({ saved }) => {
      for (const [id, version] of saved) renew(id, version);
    });
    changes.on(["session.deleted"], ({ sessionId }) => {
      this.#heard++;
      if (sessionId !== null) this.#forget(sessionId);
    });
    changes.on(["tenant.credentials_removed"], ({ tenantId }) => {
      this.#heard++;
      for (const session of this.#ofTenant(tenantId)) session.copy.invalidate();
    });
    changes.on(["tenant.deleted"], ({ tenantId }) => {
      this.#heard++;
      for (const session of this.#ofTenant(tenantId)) this.#forget(session.id);
    });
  }

  get size(): number {
    return this.#live.size;
  }

  /**
   * The session of an id that a client sent, to be used by this machine; null when the tenant has no
   * such session in this mode. Answers at once when the session is open, this machine has its lease,
   * and no other process may have changed it. Throws HeldElsewhere, StorageUnavailable,
   * EncryptionKeyUnavailable.
   */
  resolve(
    tenantId: string,
    mode: Mode,
    sessionId: string,
    wish: LeaseWish = HERE,
  ): LiveSession | null | Promise<LiveSession | null> {
    const opened = this.open(tenantId, mode, sessionId);
    if (this.#keeper === null) return opened;
    if (opened instanceof Promise)
      return opened.then((session) => session && this.#take(session, wish));
    return opened === null || opened.lease.isOpen ? opened : this.#take(opened, wish);
  }

  /**
   * The session of an id that a client sent, only to look at it or to change what is stored of it: as
   * resolve(), whichever machine uses it.
   */
  open(
    tenantId: string,
    mode: Mode,
    sessionId: string,
  ): LiveSession | null | Promise<LiveSession | null> {
    const session =
      this.#find(sessionId) ?? this.#find(this.#ids.get(aliasOf(tenantId, mode, sessionId)) ?? "");
    const hit = session !== undefined && this.#belongs(session, tenantId, mode);
    this.#options.onCacheLookup?.(hit);
    if (!hit) return this.#open(tenantId, mode, sessionId);
    const fresh = session.copy.refresh();
    return fresh === true ? session : fresh.then((exists) => this.#unlessGone(session, exists));
  }

  /** The session of an id while it is in memory, without a look at what is stored. */
  peek(id: string): LiveSession | undefined {
    return this.#live.peek(id) ?? this.#held.get(id);
  }

  /** Hands sessions over to the machines that ask for them, when the work on them has ended. */
  handOver(wanted: readonly Wanted[]): void {
    this.#keeper?.handOver(wanted);
  }

  /** Saves what is unsaved, and frees the sessions that nobody works on. Never rejects. */
  async giveBack(sessions: readonly LiveSession[], to: Elsewhere): Promise<void> {
    if (sessions.some(({ copy }) => copy.dirty)) await this.flush();
    await this.#keeper?.giveBack(sessions, to);
  }

  /** The sessions that this machine has taken, as far as they are in memory. */
  taken(): LiveSession[] {
    return [...new Set([...this.#live.values(), ...this.#held.values()])].filter(
      ({ lease }) => lease.isHeld,
    );
  }

  /** Whether something could not be saved. */
  get hasUnsaved(): boolean {
    for (const { copy } of this.#held.values()) if (copy.dirty) return true;
    return false;
  }

  /** Opens a session as it was just stored; one that is open already gets the newer version. */
  openStored(stored: StoredSession, epoch = this.deps.changes.latest): LiveSession {
    const open = this.#find(stored.id);
    if (open) {
      open.copy.update(stored);
      return open;
    }
    const session = new LiveSession(stored, epoch, this.deps, this.#callbacks);
    this.#live.set(stored.id, session);
    return session;
  }

  /** A client without session: no login, no proxy. For what Instagram tells anybody. */
  anonymousClient(tenantId: string, mode: Mode, caller: Caller): Client {
    const nobody = new SessionState({}, this.deps.profiles);
    return clientFor(this.deps, { mode, tenantId }, nobody, NO_PROXY, caller, caller.cancellation);
  }

  /**
   * Saves what has been unsaved for `minAgeMs` or longer, one flush after the other. Never throws:
   * a failure is reported, and its sessions are saved later.
   */
  flush(minAgeMs = 0): Promise<void> {
    this.#flushes++;
    this.#flushing = this.#flushing
      .then(() => this.#flushNow(minAgeMs))
      .finally(() => this.#flushes--);
    return this.#flushing;
  }

  /** Saves everything and stops the background work. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#saver.hurry();
    clearInterval(this.#timer);
    for (const session of this.#live.values()) session.leave();
    await this.flush();
  }

  async #flushNow(minAgeMs: number): Promise<void> {
    this.#evicted = 0;
    const until = this.deps.monotonicNow() - minAgeMs;
    const due: LiveSession[] = [];
    for (const [id, session] of this.#held) {
      if (!session.copy.dirty) this.#release(session);
      else if (this.#isClosing || session.copy.dirtySince <= until || !this.#live.has(id))
        due.push(session);
    }
    try {
      await this.#saver.saveAll(due, (session, error) => {
        if (error instanceof SessionGone) this.#held.delete(session.id);
        else if (error === undefined) this.#release(session);
        else if (!(error instanceof StorageUnavailable)) this.#options.onFlushError?.(error);
      });
    } catch (error) {
      this.#options.onFlushError?.(error);
    }
  }

  /** A session with nothing unsaved and no work under way may be opened anew. */
  #release(session: LiveSession): void {
    if (session.copy.dirty || !session.idle) return;
    this.#held.delete(session.id);
    this.#dropUnlessKnown(session);
  }

  #find(id: string): LiveSession | undefined {
    return this.#live.get(id) ?? this.#held.get(id);
  }

  #belongs(session: LiveSession, tenantId: string, mode: Mode): boolean {
    return session.stored.tenantId === tenantId && session.stored.mode === mode;
  }

  #hold(session: LiveSession): void {
    this.#held.set(session.id, session);
    if (this.#held.size <= this.#maxHeld) return;
    // Sessions change faster than they are saved. Changes by response headers may be lost; memory
    // must not run out.
    for (const [id, oldest] of this.#held) {
      if (!oldest.idle || oldest.state.isLoginDirty) continue;
      this.#held.delete(id);
      this.#dropUnlessKnown(oldest);
      return;
    }
  }

  #open(tenantId: string, mode: Mode, sessionId: string): Promise<LiveSession | null> {
    const alias = aliasOf(tenantId, mode, sessionId);
    const running = this.#opening.get(alias);
    if (running) return running;
    // Taken before the look: what another process saves during it must count as not seen.
    const epoch = this.deps.changes.latest;
    const heard = this.#heard;
    const opening = this.deps.store
      .find(tenantId, mode, sessionId)
      .then((stored) => {
        if (!stored) return null;
        if (stored.id !== sessionId) this.#ids.set(alias, stored.id);
        // It is not known whether what was read is older than a change that was heard of meanwhile.
        return this.openStored(stored, this.#heard === heard ? epoch : Number.NaN);
      })
      .finally(() => this.#opening.delete(alias));
    this.#opening.set(alias, opening);
    return opening;
  }

  /** Sees to it that this machine may use the session. */
  async #take(session: LiveSession, wish: LeaseWish): Promise<LiveSession | null> {
    const exists = this.#keeper === null || (await this.#keeper.take(session, wish));
    return this.#unlessGone(session, exists);
  }

  /** Who has left the memory is taken anew before it is used again: nobody can ask it for its lease. */
  #dropUnlessKnown(session: LiveSession): void {
    if (this.peek(session.id) !== session) session.lease.drop();
  }

  #unlessGone(session: LiveSession, exists: boolean): LiveSession | null {
    if (exists) return session;
    this.#forget(session.id);
    return null;
  }

  #ofTenant(tenantId: string | null): LiveSession[] {
    const open = [...this.#live.values(), ...this.#held.values()];
    return open.filter(({ stored }) => stored.tenantId === tenantId);
  }

  #forget(id: string): void {
    // What waits for its turn must find that the session is gone.
    const session = this.peek(id);
    session?.copy.invalidate();
    session?.lease.drop();
    this.#live.delete(id);
    this.#held.delete(id);
  }
}

const aliasOf = (tenantId: string, mode: Mode, sessionId: string): string =>
  `${tenantId}\n${mode}\n${sessionId}`;
