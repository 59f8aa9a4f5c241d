import type { Actor } from "../announcements.ts";
import type { Action } from "../instagram/action-kinds.ts";
import type { CallReport, Cancellation } from "../instagram/client.ts";
import { type UploadProgress, unwatched } from "../instagram/upload/progress.ts";
import { WriteLog, type WriteOutcome } from "../instagram/write-log.ts";
import { randomTokens, type WriteTokens } from "../instagram/write-tokens.ts";
import type { ActionLimits, Budget, GateCaller } from "../sessions/gate.ts";
import type { Elsewhere } from "../sessions/leases/held-elsewhere.ts";
import type { LiveSession, SessionCaller } from "../sessions/live-session.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import { actorOf } from "../tenants/key-grant.ts";
import type { Usage } from "../usage/usage.ts";
import type { AnswerStream } from "./answer-stream.ts";
import { type Arrival, isForHere } from "./arrival.ts";
import type { IdempotencyResult } from "./idempotency.ts";
import type { Metrics } from "./metrics.ts";
import type { Replays } from "./replay.ts";

/** The route of requests that match none: they share one label in the metrics. */
export const UNMATCHED = "unmatched";

/**
 * An answer counts as one request for each started piece of this many characters. Single objects and
 * usual pages are shorter.
 */
const CHARACTERS_PER_REQUEST = 32 * 1024;

export interface ContextDependencies {
  metrics: Pick<Metrics, "upstreamCalled">;
  usage: Pick<Usage, "noteUpstreamCall">;
  /** Time for a whole request, in milliseconds. */
  requestDeadlineMs: number;
  /** How requests get to other machines; null where there are none. */
  replays: Pick<Replays, "isOutOfReach"> | null;
}

/**
 * What is known about a request while it is answered. It is attached to the Request object, so that
 * every step can reach it, even for a request that fails early.
 */
export class RequestContext implements SessionCaller, GateCaller, Cancellation {
  readonly started = performance.now();
  /** Whether the caller may still be sending a body that nobody reads. */
  leavesConnection = false;
  /** Path of the matched route, for metrics and logs. */
  route = UNMATCHED;
  /** The contract's operation id; empty until a route is matched. */
  operation = "";
  action: Action = "read";
  key: AuthenticatedKey | null = null;
  session: LiveSession | null = null;
  /** Whether the request is counted as one of its tenant's requests in flight. */
  admitted = false;
  /** The tokens of the request's writes. */
  tokens: WriteTokens = randomTokens;
  isResumed = false;
  progress: UploadProgress = unwatched;
  /** Made when a write begins: most requests have none. */
  #writes: WriteLog | null = null;
  upstreamCalls = 0;
  upstreamMilliseconds = 0;
  /** Id of the proxy that the last of these took; null if it has none. */
  proxyId: string | null = null;
  /** What is left of the daily budget for what it does; null where there is none. */
  budget: Budget | null = null;
  /** As how many further requests the work counts, whatever the answer's length. */
  surcharge = 0;
  /** Characters in the route's JSON answer; 0 for any other answer. */
  answerLength = 0;
  /** Bytes of a body that has arrived. */
  bytesIn = 0;
  /** Bytes of the answer's body, if it is sent whole. */
  bytesOut = 0;
  /** Whether it is for work that goes on after the answer. */
  #isBackground = false;
  /** The body of the answer, if it is sent as it is read. */
  stream: AnswerStream | null = null;
  /** Username of the account that a login is for, as the caller sent it. */
  account: string | null = null;
  /** What came of the request's Idempotency-Key; null when it has none. */
  idempotency: IdempotencyResult | null = null;
  /** Whether the request may be sent again under its key even if it has acted. */
  mayBeSentAgain = false;
  /** exc_type of the answer, if it is an error. */
  errorType: string | null = null;
  /** The cause of a 5xx answer, for the operator's log. */
  cause: string | null = null;
  /** Where the request is sent on to, as Fly's proxy is told; null when it is answered here. */
  replayedTo: string | null = null;
  /** The largest body that the request's route takes, in bytes. */
  maxBodyBytes = Number.POSITIVE_INFINITY;
  /** Id of the upload that the request has begun or is told of. */
  upload: string | null = null;
  /** Whether work in the background keeps the request's files after the answer. */
  handsOnFiles = false;
  /** Headers for the answer, set by the gateway's own limits. */
  readonly responseHeaders: Array<readonly [name: string, value: string]> = [];

  /** The request's signal, read when it is first needed. */
  #signal: AbortSignal | null = null;
  /** The request's own time; null for the usual one. */
  #limitMs: number | null = null;

  constructor(
    readonly id: string,
    /** The caller's address; null for a request that came over no network. */
    readonly client: string | null,
    private readonly request: Pick<Request, "method" | "signal" | "headers">,
    private readonly service: ContextDependencies,
    /** What Fly's proxy says of it; null for a request that has come directly. */
    readonly arrival: Arrival | null = null,
  ) {}

  /** Aborted when the caller hangs up before the answer. */
  get signal(): AbortSignal {
    this.#signal ??= this.request.signal;
    return this.#signal;
  }

  /** Whether the caller has hung up. */
  get hungUp(): boolean {
    return this.signal.aborted;
  }

  /** How many requests this one counts as: the longer an answer, the more work it took. */
  get cost(): number {
    return this.surcharge + Math.max(1, Math.ceil(this.answerLength / CHARACTERS_PER_REQUEST));
  }

  /** The caller, by the API key. Throws when there is none: only a key may change a session. */
  get actor(): Actor {
    if (!this.key) throw new Error("the request has no API key");
    return { ...actorOf(this.key), address: this.client };
  }

  /** Whether the key's tenant lets anything out without a proxy; null without a key. */
  get proxyPolicy(): SessionCaller["proxyPolicy"] {
    return this.key?.policies.proxyPolicy ?? null;
  }

  /** Whether the request must be answered here, whichever machine uses its session. */
  get insists(): boolean {
    return this.#isBackground || isForHere(this.request.headers, this.arrival, this.maxBodyBytes);
  }

  /** Whether the request would come back from where its session is used. */
  isOutOfReach(elsewhere: Elsewhere): boolean {
    const { key, service } = this;
    return key !== null && service.replays?.isOutOfReach(elsewhere, key.tenantId) === true;
  }

  /** Limits of the tenant for the actions of its sessions. */
  get limits(): ActionLimits | null {
    return this.key?.policies ?? null;
  }

  onBudget(budget: Budget): void {
    this.budget = budget;
  }

  /** What became of the request's writes. */
  get writes(): WriteLog {
    this.#writes ??= new WriteLog();
    return this.#writes;
  }

  /** The outcome of the request's writes so far. */
  get outcome(): WriteOutcome {
    return this.#writes?.outcome ?? "not_sent";
  }

  /** Whether the request is for an operation that may change something. */
  get acts(): boolean {
    return this.request.method !== "GET" && this.request.method !== "HEAD";
  }

  /** The request itself knows when its work ends early. */
  get cancellation(): Cancellation {
    return this;
  }

  /** Time for the whole request, in milliseconds. */
  get limitMs(): number {
    return this.#limitMs ?? this.service.requestDeadlineMs;
  }

  /** When that time is over, on the clock of performance.now(). */
  get endsAt(): number {
    return this.started + this.limitMs;
  }

  /** Gives the request so many milliseconds from now on. */
  allowTime(milliseconds: number): void {
    const passed = performance.now() - this.started;
    this.#limitMs = Math.ceil((passed + milliseconds) / 1000) * 1000;
  }

  /** The context of what goes on in the background after this request's answer. */
  inBackground(signal: AbortSignal, milliseconds: number): RequestContext {
    const { id, client, request, service, route, operation, action, key, session } = this;
    const { method, headers } = request;
    const context = new RequestContext(id, client, { method, headers, signal }, service);
    context.allowTime(milliseconds);
    context.#isBackground = true;
    return Object.assign(context, { route, operation, action, key, session });
  }

  /** Counts requests that the answer will have taken when it has been sent. */
  announceCalls(count: number): void {
    this.responseHeaders.push(["Gramway-Upstream-Calls", String(this.upstreamCalls + count)]);
  }

  /** Counts one request to the upstream. */
  onCall(report: CallReport): void {
    this.upstreamCalls++;
    this.proxyId = report.proxyId;
    this.upstreamMilliseconds += report.milliseconds;
    this.service.metrics.upstreamCalled(report);
    if (this.#isBackground && this.key)
      this.service.usage.noteUpstreamCall(this.key, this.operation);
  }
}

/** Key of the context on its request. A WeakMap instead would slow down every garbage collection. */
const CONTEXT = Symbol("context");
type ContextualRequest = Request & { [CONTEXT]?: RequestContext };

const VALID_ID = /^[\w.:-]{1,64}$/;

/**
 * Attaches a new context to a request. The caller's `X-Request-Id` is kept if it is valid; a request
 * that was sent on keeps the id that the first machine gave it.
 */
export function openContext(
  request: Request,
  client: string | null,
  service: ContextDependencies,
  arrival: Arrival | null,
): RequestContext {
  const given = request.headers.get("x-request-id");
  const id = given && VALID_ID.test(given) ? given : (arrival?.requestId ?? crypto.randomUUID());
  const context = new RequestContext(id, client, request, service, arrival);
  (request as ContextualRequest)[CONTEXT] = context;
  return context;
}

/** The context that openContext() attached to a request. */
export function contextOf(request: Request): RequestContext {
  const context = (request as ContextualRequest)[CONTEXT];
  if (!context) throw new Error("the request did not come through the gateway");
  return context;
}

/** Counts bytes of a request's body that have arrived. */
export function noteArrived(request: Request, bytes: number): void {
  const context = (request as ContextualRequest)[CONTEXT];
  if (context) context.bytesIn += bytes;
}
