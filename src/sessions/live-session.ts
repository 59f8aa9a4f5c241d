import { type Actor, type Announcements, INSTAGRAM } from "../announcements.ts";
import type { ProxyPolicy } from "../db/schema.ts";
import {
  type Caller,
  type Cancellation,
  type Client,
  ProxyFailed,
  type UpstreamFetch,
} from "../instagram/client.ts";
import { ACCOUNT_CLOSED, isRefusal, UpstreamRefused } from "../instagram/errors.ts";
import type { DriftReporter } from "../instagram/models/drift.ts";
import type { Login, SessionState } from "../instagram/session.ts";
import { proxyError } from "../instagram/transport/failures.ts";
import type { ProxyDirectory } from "../proxies/directory.ts";
import type { Hold } from "../proxies/hold.ts";
import { AnswerLog } from "./answer-log.ts";
import type { Gate, GateCaller } from "./gate.ts";
import { SessionLease } from "./leases/session-lease.ts";
import type { LeaseWish, SessionLeases, Taken } from "./leases/session-leases.ts";
import { readPending } from "./pending-login.ts";
import { type ClientOwner, type ClientProxy, clientFor } from "./session-client.ts";
import {
  type Change,
  type ChangeDetails,
  SessionCopy,
  type SessionCopyDependencies,
} from "./session-copy.ts";
import { SessionGone } from "./session-errors.ts";
import { type Effect, SessionQueue } from "./session-queue.ts";
import type { Signs } from "./session-signs.ts";
import type { SessionRecord, StoredSession } from "./session-store.ts";
import { changesBy, refusalIn } from "./standing.ts";
import { uploadClient } from "./upload-client.ts";

/** What all live sessions share. */
export interface LiveSessionDependencies extends SessionCopyDependencies {
  /** Whether saving takes time of this process's thread, as it does for a file. */
  isLocal: boolean;
  /** Announces what happens to tenants and their sessions. */
  announcements: Announcements;
  /** How a tenant's sessions of a mode reach Instagram, or the emulator. */
  fetchFor: (mode: StoredSession["mode"], tenantId: string) => UpstreamFetch;
  /** Decides about each single request. */
  gate: Gate;
  /** Which sessions this machine may use; null where there is one machine only. */
  leases: SessionLeases | null;
  proxies: Pick<ProxyDirectory, "find" | "known">;
  timeoutMs: number;
  /** Unix milliseconds, for what is stored and sent. */
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  drift: DriftReporter;
  /** Told when requests begin (+1) or end (-1) to wait in some session's queue. */
  onQueueDepth: (change: number, tenantId: string) => void;
  /** Takes signs of life of a session, to be written: few, as far as they are usual. */
  noteSigns: (id: string, signs: Signs) => void;
}

/** A caller whose work may change what is stored. */
export interface SessionCaller extends GateCaller {
  readonly actor: Actor;
  readonly proxyPolicy: ProxyPolicy | null;
  /** Whether the request must be served by this machine. */
  readonly insists: LeaseWish["insists"];
}

/** What transform() saves beside the client's state. */
export interface Transformed<T> {
  result: T;
  /** A state that takes the place of the client's. */
  replacement?: SessionState;
  changes: Partial<SessionRecord>;
  /** The place that the session takes on a proxy which is among the changes. */
  hold?: Hold | null;
}

/** The cache that keeps a session in memory. */
export interface LiveSessionCache {
  /** The session has got something unsaved. */
  onDirty(session: LiveSession): void;
  /** The session takes more or less memory than before. */
  onResized(session: LiveSession): void;
  /** As LeaseKeeper.take(), for a session that may have left the memory. */
  take(session: LiveSession, wish: LeaseWish): Promise<boolean>;
  /**
   * The session is taken: whoever asks for it must find it in memory. Throws LeaseLost where that has
   * another copy of it.
   */
  onTaken(session: LiveSession): void;
}

/** A stored session, opened: its copy in memory, and the queue of the work on it. */
export class LiveSession {
  readonly copy: SessionCopy;
  readonly lease: SessionLease;
  readonly #queue: SessionQueue;
  readonly #owner: ClientOwner;

  constructor(
    stored: StoredSession,
    epoch: number,
    private readonly deps: LiveSessionDependencies,
    private readonly cache: LiveSessionCache,
  ) {
    // The callbacks live as long as the session: the tenant's id alone does not keep `stored`
    // alive.
    const { mode, tenantId } = stored;
    this.lease = new SessionLease(deps.leases);
    this.#owner = {
      mode,
      tenantId,
      session: () => this.stored,
      change: (change, by) => this.change(change, by),
      fresh: () => this.copy.refresh(),
      held: () => this.lease.isHeld,
      settled: () => this.#settled(),
      fence: deps.leases?.machine.fence ?? null,
    };
    this.copy = new SessionCopy(stored, epoch, deps, {
      onResized: () => cache.onResized(this),
      isOurs: () => this.lease.isHeld,
    });
    this.#queue = new SessionQueue({}, (change) => deps.onQueueDepth(change, tenantId));
  }

  get stored(): SessionRecord {
    return this.copy.record;
  }
  get state(): SessionState {
    return this.copy.state;
  }
  get id(): string {
    return this.copy.record.id;
  }
  /** Whether no work runs or waits. */
  get idle(): boolean {
    return this.#queue.idle;
  }
  /** The same of work that needs Instagram's API: files may still be fetched. */
  get isQuiet(): boolean {
    return this.#queue.isQuiet;
  }
  /** Whether an upload runs or waits. */
  get hasUpload(): boolean {
    return this.#queue.hasUpload;
  }
  /** How much work has begun so far. */
  get begun(): number {
    return this.#queue.begun;
  }

  /**
   * Runs a read of the client: a few at a time. It ends when nobody waits for it any more.
   * Throws SessionBusy, CallerGone and what `operation` throws.
   */
  read<T>(caller: Caller, operation: (client: Client) => Promise<T>): Promise<T> {
    return this.#run("read", caller, operation);
  }

  /**
   * Runs a write of the client: one at a time. A caller may leave while it waits for its turn; a
   * write that has begun is finished, since half of it may have taken place.
   */
  write<T>(caller: Caller, operation: (client: Client) => Promise<T>): Promise<T> {
    return this.#run("write", caller, operation);
  }

  /**
   * Runs an upload of the client: two at a time, beside reads and writes, since it takes long. What
   * it wraps in `client.turn()` takes its turn among the writes, and is finished once it has begun;
   * the rest ends when nobody waits for it any more.
   */
  upload<T>(caller: Caller, operation: (client: Client) => Promise<T>): Promise<T> {
    return this.#run("upload", caller, operation);
  }

  /**
   * Fetches files with the client: a few at a time, beside reads and writes, until `work` ends. It
   * ends when nobody waits for it any more.
   */
  download<T>(caller: Caller, work: (client: Client) => Promise<T>): Promise<T> {
    return this.#run("download", caller, work);
  }

  /**
   * Runs work that may replace the login, alone among the writes, also for a session that is not
   * logged in. `work` gets a client with a copy of the state. Only when it succeeds, its changes
   * (or the replacement that it returns) are made in the session as it is then. Reads go on
   * meanwhile: a login that their answers have renewed stays, unless the work has brought a login
   * itself.
   */
  transform<T>(
    caller: SessionCaller,
    work: (client: Client) => Promise<Transformed<T>>,
  ): Promise<T> {
    return this.transformThrough(caller, async (_draft, through) => {
      await this.#findProxy();
      return work(through(this.#proxy()));
    });
  }

  /**
   * As transform(), for work that decides what its requests go through: `through` makes the client, with
   * `draft` as its state.
   */
  transformThrough<T>(
    caller: SessionCaller,
    work: (draft: SessionState, through: (way: ClientProxy) => Client) => Promise<Transformed<T>>,
  ): Promise<T> {
    const run = async (): Promise<T> => {
      await this.#hold(caller);
      await this.copy.reload();
      const draft = this.state.copy();
      // Afterwards only what the work has changed counts as unsaved in the draft.
      draft.markSaved(draft.snapshot());
      const answers = new AnswerLog();
      const through = (way: ClientProxy): Client =>
        clientFor(this.deps, this.#owner, draft, way, caller, null, answers);
      const { result, replacement, changes, hold } = await work(draft, through).catch(
        (error: unknown) => this.#afterLogin(answers, error),
      );
      this.#noteSigns(answers, answers.isAnswered);
      const change: Change = (_record, state) => {
        if (replacement) return { replacement, changes };
        state.mergeUnsaved(draft, "new");
        return changes;
      };
      await this.change(change, caller.actor, { hold: hold ?? null });
      return result;
    };
    return this.#queue.run("write", run, caller.cancellation);
  }

  /**
   * Notes that this machine has taken the session, and takes in what others have saved of it. Resolves
   * with false when it was deleted.
   */
  async take(taken: Taken, epoch: number): Promise<boolean> {
    const { copy, lease } = this;
    const isContinued = lease.continues(taken);
    // Others may have got newer values than those that were not saved here.
    if (!isContinued) copy.state.dropAnswers();
    if (!(await copy.refreshTo(taken.version, epoch))) return false;
    // Others have got newer values than those that are stored, and have not saved them.
    if (!isContinued && taken.lostBy !== null) copy.state.forgetRouting();
    this.cache.onTaken(this);
    this.#noteDirty();
    lease.note(taken);
    return true;
  }

  /** Resolves when it is quiet. */
  whenQuiet(): Promise<void> {
    return this.#queue.whenQuiet();
  }

  /** The session leaves the memory: what is known of its life is written. */
  leave(): void {
    const signs = this.copy.takeSigns();
    if (signs) this.deps.noteSigns(this.id, signs);
  }

  /** As SessionCopy.change(). */
  change(change: Change, by: Actor, details?: ChangeDetails): Promise<void> {
    return this.copy.change(change, by, details);
  }

  /** A client of this session for one piece of work. */
  client(
    caller: Caller,
    state: SessionState = this.state,
    cancellation: Cancellation | null = null,
    answers: AnswerLog | null = null,
  ): Client {
    const { deps } = this;
    return clientFor(deps, this.#owner, state, this.#proxy(), caller, cancellation, answers);
  }

  async #run<T>(
    effect: Effect,
    caller: Caller,
    operation: (client: Client) => Promise<T>,
  ): Promise<T> {
    this.#checkLogin(caller);
    const { cancellation } = caller;
    const run = async (): Promise<T> => {
      await this.#renew(caller);
      const { state, stored: begun } = this;
      const { login } = state;
      const answers = new AnswerLog();
      const client =
        effect === "upload"
          ? this.#uploadClient(caller, answers)
          : this.client(caller, state, effect === "write" ? null : cancellation, answers);
      try {
        return await operation(client);
      } finally {
        if (!this.#isAsExpected(answers))
          await this.#judge(answers, { begun, login, used: client.state });
        this.#noteSigns(answers, answers.hasGood);
        await this.#afterUse(client.state);
      }
    };
    return this.#queue.run(effect, run, cancellation);
  }

  #uploadClient(caller: Caller, answers: AnswerLog): Client {
    const { cancellation } = caller;
    return uploadClient(this.client(caller, this.state, cancellation, answers), {
      inTurn: (work) => this.#queue.run("write", work, cancellation),
      renewed: async (used) => {
        await this.#renew(caller);
        this.copy.mergeUnsaved(used);
        const { state, proxy, proxyId, watch } = this.client(caller, this.state, null, answers);
        return { state, proxy, proxyId, watch };
      },
    });
  }

  /**
   * Takes in what has changed of the session while work waited, such as its proxy. Throws
   * SessionGone, UpstreamRefused where it is not logged in any more.
   */
  async #renew(caller: Caller): Promise<void> {
    if (!this.lease.hasTime) await this.#hold(caller);
    const fresh = this.copy.refresh();
    if (fresh !== true && !(await fresh)) throw new SessionGone();
    const finding = this.#findProxy();
    if (finding) await finding;
    this.#checkLogin(caller);
  }

  /** Takes the session again where its lease was lost while work waited. Throws as LeaseKeeper.take(). */
  async #hold(caller: Caller & Partial<LeaseWish>): Promise<void> {
    if (this.lease.hasTime) return;
    const { insists = true } = caller;
    if (!(await this.cache.take(this, { insists }))) throw new SessionGone();
  }

  /** Sees to it that the session's proxy is known as it is now. */
  #findProxy(): Promise<unknown> | null {
    const { proxyId } = this.stored;
    if (proxyId === null) return null;
    const finding = this.deps.proxies.find(proxyId);
    return finding instanceof Promise ? finding : null;
  }

  /** Throws UpstreamUnreachable (ProxyError) where the session's proxy is not known. */
  #proxy(): ClientProxy {
    const { proxy, proxyId } = this.stored;
    if (proxyId === null) return { proxy, proxyId };
    const known = this.deps.proxies.known(proxyId);
    if (known === null) throw proxyError(new ProxyFailed("is gone"));
    return { proxy: known.url, proxyId };
  }

  /** Instagram is not asked for a session that it has logged out: each such request costs trust. */
  #checkLogin({ operation }: Caller): void {
    if (!this.state.userId || this.stored.state === "logged_out")
      throw this.#notLoggedIn(operation);
  }

  /** `used` is the state that the work had; the session may have got another one meanwhile. */
  async #afterUse(used: SessionState): Promise<void> {
    const { copy } = this;
    copy.mergeUnsaved(used);
    if (copy.state.isLoginDirty) await copy.flush();
    else this.#noteDirty();
  }

  /** As GatePass.settled(). */
  #settled(): true | Promise<void> {
    const machine = this.deps.leases?.machine;
    if (machine === undefined || machine.isAlone || !this.state.isLoginDirty) return true;
    return this.copy.flush();
  }

  #noteDirty(): void {
    if (!this.copy.dirty) return;
    this.copy.noteDirty();
    this.cache.onDirty(this);
  }

  /** Notes in memory how the session lives, and has written what is worth it. */
  #noteSigns(answers: AnswerLog, isGood: boolean): void {
    const { copy, deps } = this;
    const signs = copy.noteSigns(deps.now(), isGood, answers.error);
    if (signs) deps.noteSigns(this.id, signs);
  }

  /** What nearly all work ends with: nothing to say of a session that is well. */
  #isAsExpected({ isGood }: AnswerLog): boolean {
    const { state, refusals } = this.stored;
    return isGood && state === "active" && refusals === 0;
  }

  /**
   * Notes what the answers say of the session, unless it has got another login since the work has
   * `begun`. A failure to save this must not hide the answer: the next use notes it again.
   */
  async #judge(
    { answers }: AnswerLog,
    { begun, login, used }: { begun: SessionRecord; login: Login; used: SessionState },
  ): Promise<void> {
    if (changesBy(answers, this.stored, begun) === null) return;
    try {
      await this.change((record, now) => {
        const isCurrent = now.hasLogin(login) || now.hasLogin(used.login);
        return isCurrent ? changesBy(answers, record, begun) : null;
      }, INSTAGRAM);
    } catch {}
  }

  /** A new login has failed: the old one stays. An account that is closed has neither. */
  async #afterLogin(answers: AnswerLog, error: unknown): Promise<never> {
    this.#noteSigns(answers, false);
    const refusal = error instanceof Error && isRefusal(error.cause) ? error.cause : error;
    if (isRefusal(refusal, ...ACCOUNT_CLOSED)) {
      const closed = [refusalIn(refusal, true)];
      const { stored } = this;
      try {
        await this.change((record) => changesBy(closed, record, stored), INSTAGRAM);
      } catch {}
    }
    throw error;
  }

  #notLoggedIn(operation: string): UpstreamRefused {
    const { state, challenge } = this.stored;
    const context = { operation, status: 0, body: readPending(challenge).lastJson };
    switch (state) {
      case "challenge":
        return challenge
          ? new UpstreamRefused("ChallengeRequired", "challenge_required", context)
          : new UpstreamRefused("LoginRequired", "The login is not complete", context);
      case "two_factor":
        return new UpstreamRefused("TwoFactorRequired", "Two-factor code required", context);
      case "logged_out":
        return new UpstreamRefused(
          "LoginRequired",
          "Instagram has logged this session out",
          context,
        );
      default:
        return new UpstreamRefused("LoginRequired", "The session is not logged in", context);
    }
  }
}
