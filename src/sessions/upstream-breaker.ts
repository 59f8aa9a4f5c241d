import type { WatchedRequest } from "../instagram/client.ts";
import { UpstreamRefused, UpstreamUnreachable } from "../instagram/errors.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { FailureWindow } from "./failure-window.ts";
import { type Gate, type GatePass, isToApi } from "./gate.ts";

/*
 * The circuit breaker for Instagram as a whole. Where nearly every request fails, whichever session and
 * proxy it is of, callers learn so at once: no further connections pile up, and no account tries again
 * and again. It is kept for each tenant, so that nobody can open it for others: a tenant may have
 * proxies that keep silent. Only where it is open for several tenants at once, and nobody has an answer,
 * is it open for all.
 */

export interface BreakerLimits {
  /** Failures within the window before it may open; 0 for no breaker. */
  failures: number;
  /** The different sessions that they are of, at least. */
  sessions: number;
}

/** A request to Instagram, as the breaker sees it. */
export interface BreakerPass {
  readonly tenantId: string;
  /** What tells sessions apart; null for a request without one. */
  readonly sessionId: string | null;
  /** What tells the ways to Instagram apart; null without a proxy. */
  readonly proxy: string | null;
}

/** A request that tries whether Instagram works again. */
export interface Trial {
  /** Of all, or of the tenant; so it is not taken for a later circuit's. */
  readonly circuit: object;
}

export interface BreakerStatus {
  /** closed: requests pass; open: they are refused; half_open: one tries whether it works again. */
  state: "closed" | "open" | "half_open";
  /** Unix milliseconds; null while it is closed. */
  since: number | null;
  /** Whether it is open for all tenants. */
  isForAll: boolean;
  /** The number of tenants whose own requests have opened it. */
  tenants: number;
}

export interface UpstreamBreakerOptions extends BreakerLimits {
  /** Milliseconds of a clock that is never set. */
  monotonicNow: () => number;
  /** Unix milliseconds. */
  now: () => number;
  /** Told when it opens or closes. */
  onChange?: (change: BreakerChange) => void;
}

/** That it opens or closes: for one tenant, or (null) for all. */
export interface BreakerChange {
  tenantId: string | null;
  isOpen: boolean;
}

/** How long it stays open before one request may try, in milliseconds; doubled after each failure. */
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 60_000;
/** When a request that tries is given up, in case nobody tells what became of it. */
const LONGEST_TRIAL_MS = 120_000;
/** The share of failures at which all of it counts as failing. */
const NEARLY_ALL = 0.95;
/** Tenants for whom it must be open before it is for all. */
const TENANTS_OF_ALL = 2;
/** Tenants with failures that are remembered. */
const MAX_TENANTS = 1_000;

/** An open circuit: when a request may try, and whether one does. */
class OpenCircuit {
  #waitMs = FIRST_WAIT_MS;
  #mayTryAt: number;
  #tryingUntil = Number.NEGATIVE_INFINITY;

  constructor(
    /** Unix milliseconds. */
    readonly since: number,
    private readonly monotonicNow: () => number,
  ) {
    this.#mayTryAt = monotonicNow() + this.#waitMs;
  }

  get isTrying(): boolean {
    return this.monotonicNow() < this.#tryingUntil;
  }

  /** Seconds until the next request may try; 0 where this one does. */
  enter(): number {
    const now = this.monotonicNow();
    if (now < this.#tryingUntil) return 1;
    if (now < this.#mayTryAt) return Math.ceil((this.#mayTryAt - now) / 1000);
    this.#tryingUntil = now + LONGEST_TRIAL_MS;
    return 0;
  }

  /** The request that tried has failed. */
  failed(): void {
    this.toldNothing();
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_WAIT_MS);
    this.#mayTryAt = this.monotonicNow() + this.#waitMs;
  }

  /** The request that tried has told nothing: another may try. */
  toldNothing(): void {
    this.#tryingUntil = Number.NEGATIVE_INFINITY;
  }
}

type Outcome = "good" | "failure" | "nothing";

export class UpstreamBreaker {
  readonly #windows = new Map<string, FailureWindow>();
  readonly #open = new Map<string, OpenCircuit>();
  readonly #all: FailureWindow;
  #openForAll: OpenCircuit | null = null;

  constructor(private readonly options: UpstreamBreakerOptions) {
    this.#all = new FailureWindow(options.monotonicNow);
  }

  get status(): BreakerStatus {
    const circuits = this.#openForAll ? [this.#openForAll] : [...this.#open.values()];
    const [first] = circuits;
    return {
      state: !first ? "closed" : circuits.every((one) => one.isTrying) ? "half_open" : "open",
      since: first?.since ?? null,
      isForAll: this.#openForAll !== null,
      tenants: this.#open.size,
    };
  }

  /**
   * Before a request. Resolves with a trial where it is to find out whether Instagram works again.
   * Throws GatewayProblem (UpstreamUnavailable) where it must not be sent.
   */
  enter(tenantId: string): Trial | null {
    const circuit = this.#openForAll ?? this.#open.get(tenantId);
    if (circuit === undefined) return null;
    const seconds = circuit.enter();
    if (seconds === 0) return { circuit };
    throw new GatewayProblem(
      "UpstreamUnavailable",
      "Nearly all requests to Instagram fail at the moment",
      { retryAfter: seconds },
    );
  }

  /** After a request that enter() has let through. `error` as its caller is told. */
  leave(pass: BreakerPass, trial: Trial | null, error: unknown): void {
    const outcome = outcomeOf(error);
    if (trial) this.#tried(pass.tenantId, trial, outcome);
    else if (outcome === "good") this.#noteGood(pass.tenantId);
    else if (outcome === "failure") this.#noteFailure(pass);
  }

  #tried(tenantId: string, trial: Trial, outcome: Outcome): void {
    const circuit = this.#openForAll ?? this.#open.get(tenantId);
    if (circuit === undefined || circuit !== trial.circuit) return;
    if (outcome === "nothing") circuit.toldNothing();
    else if (outcome === "failure") circuit.failed();
    else this.#close(tenantId);
  }

  /** Instagram answers: for this tenant, or where it was open for all, for all. */
  #close(tenantId: string): void {
    const isForAll = this.#openForAll !== null;
    if (isForAll) {
      this.#openForAll = null;
      this.#open.clear();
      this.#windows.clear();
      this.#all.clear();
    } else {
      this.#open.delete(tenantId);
      this.#windows.delete(tenantId);
    }
    this.options.onChange?.({ tenantId: isForAll ? null : tenantId, isOpen: false });
  }

  #noteGood(tenantId: string): void {
    // As long as nothing fails there is nothing to weigh it against.
    if (this.#windows.size === 0) return;
    this.#windows.get(tenantId)?.good();
    this.#all.good();
  }

  #noteFailure(pass: BreakerPass): void {
    const { failures, now, monotonicNow, onChange } = this.options;
    const { tenantId } = pass;
    if (failures === 0 || this.#openForAll !== null || this.#open.has(tenantId)) return;
    this.#all.failed(pass);
    const window = this.#windowOf(tenantId);
    window.failed(pass);
    if (!this.#isFailing(window)) return;
    this.#open.set(tenantId, new OpenCircuit(now(), monotonicNow));
    onChange?.({ tenantId, isOpen: true });
    if (this.#open.size < TENANTS_OF_ALL || this.#all.share < NEARLY_ALL) return;
    this.#openForAll = new OpenCircuit(now(), monotonicNow);
    onChange?.({ tenantId: null, isOpen: true });
  }

  #isFailing(window: FailureWindow): boolean {
    const { failures, sessions } = this.options;
    return (
      window.failures >= failures &&
      window.share >= NEARLY_ALL &&
      window.sessions >= sessions &&
      window.isNoProxysFault
    );
  }

  #windowOf(tenantId: string): FailureWindow {
    const known = this.#windows.get(tenantId);
    if (known !== undefined) return known;
    for (const [id, window] of this.#windows) {
      if (this.#windows.size < MAX_TENANTS && !window.isOver) break;
      this.#windows.delete(id);
    }
    const window = new FailureWindow(this.options.monotonicNow);
    this.#windows.set(tenantId, window);
    return window;
  }
}

/**
 * Instagram is there if it answers, even if it refuses. What a proxy or the caller does says nothing
 * about it, and neither does what the gateway itself refuses.
 */
function outcomeOf(error: unknown): Outcome {
  if (error === null || error instanceof UpstreamRefused) return "good";
  if (!(error instanceof UpstreamUnreachable) || error.kind === "ProxyError") return "nothing";
  const { status = 0, unanswered = false } = error.context;
  if (status >= 500 || unanswered) return "failure";
  return status > 0 ? "good" : "nothing";
}

/** The gate of live requests to Instagram's API; its servers of files may work while that does not. */
export function breakerGate(breaker: UpstreamBreaker): Gate {
  const trials = new WeakMap<WatchedRequest, Trial>();
  const isWatched = ({ mode }: GatePass, request: WatchedRequest): boolean =>
    mode === "live" && isToApi(request);
  const leave = (pass: GatePass, request: WatchedRequest, error: unknown): void => {
    const trial = trials.get(request) ?? null;
    if (trial) trials.delete(request);
    const { tenantId, session, proxyId } = pass;
    const proxy = proxyId ?? session?.proxy ?? null;
    breaker.leave({ tenantId, sessionId: session?.id ?? null, proxy }, trial, error);
  };
  return {
    before(pass, request) {
      // A trial that is repeated is still the same one.
      if (!isWatched(pass, request) || trials.has(request)) return;
      const trial = breaker.enter(pass.tenantId);
      if (trial) trials.set(request, trial);
    },
    prevented(pass, request) {
      if (trials.has(request)) leave(pass, request, NOTHING);
    },
    after(pass, error, _milliseconds, request) {
      if (isWatched(pass, request)) leave(pass, request, error);
    },
  };
}

/** What says nothing of Instagram. */
const NOTHING = new Error("it was not sent");
