import type { Actor } from "../announcements.ts";
import type { CallReport, Cancellation } from "../instagram/client.ts";
import type { LiveSession, SessionCaller } from "../sessions/live-session.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import { actorOf } from "../tenants/key-grant.ts";
import type { Metrics } from "./metrics.ts";

/** Stands for the path of requests that match no route: one label for all of them in the metrics. */
export const UNMATCHED = "unmatched";

/** Longer answers count as several requests, in characters. Single objects and usual pages are shorter. */
const ANSWER_OF_ONE_REQUEST = 32 * 1024;

interface ContextDependencies {
  metrics: Pick<Metrics, "upstreamCalled">;
  /** Time for a whole request, in milliseconds. */
  requestDeadlineMs: number;
}

/**
 * What is known of a request while it is answered. It hangs on the Request object, so that whoever
 * answers sees it, also for requests that fail early.
 */
export class RequestContext implements SessionCaller, Cancellation {
  readonly started = performance.now();
  /** The matched route's path, for metrics and logs. */
  route = UNMATCHED;
  /** The contract's operation id, known from the matched route on. */
  operation = "";
  key: AuthenticatedKey | null = null;
  session: LiveSession | null = null;
  /** Whether the request counts among those that its tenant has in flight. */
  admitted = false;
  upstreamCalls = 0;
  upstreamMilliseconds = 0;
  /** Characters of the answer, where it is JSON of a route. */
  answerLength = 0;
  /** Name of the Instagram account that a request without a session is about, as it was given. */
  account: string | null = null;
  /** exc_type of the error that was answered, if any. */
  errorType: string | null = null;
  /** What lay behind an answer with 5xx, for the operator's log. */
  cause: string | null = null;
  /** Set by the gateway's own limits. */
  readonly responseHeaders: Array<readonly [name: string, value: string]> = [];

  /** Of the request; made when it is first wanted. */
  #signal: AbortSignal | null = null;

  constructor(
    readonly id: string,
    /** Address that the request comes from; null where there is no network between. */
    readonly client: string | null,
    private readonly request: Request,
    private readonly service: ContextDependencies,
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

  /** How many requests this one counts as: making an answer costs what it is long. */
  get cost(): number {
    return Math.max(1, Math.ceil(this.answerLength / ANSWER_OF_ONE_REQUEST));
  }

  /** Who asks with a key. Throws for a request without one: it is nobody's to change a session. */
  get actor(): Actor {
    if (!this.key) throw new Error("the request has no API key");
    return actorOf(this.key);
  }

  /** The request itself knows when its work ends early. */
  get cancellation(): Cancellation {
    return this;
  }

  /** Time for the whole request, in milliseconds. */
  get limitMs(): number {
    return this.service.requestDeadlineMs;
  }

  /** When that time is over, on the clock of performance.now(). */
  get endsAt(): number {
    return this.started + this.limitMs;
  }

  /** Counts one exchange with the upstream. */
  onCall(report: CallReport): void {
    this.upstreamCalls++;
    this.upstreamMilliseconds += report.milliseconds;
    this.service.metrics.upstreamCalled(report);
  }
}

/** Where the context hangs on its request: a WeakMap would be searched through at every collection. */
const CONTEXT = Symbol("context");
type ContextualRequest = Request & { [CONTEXT]?: RequestContext };

const CALLERS_ID = /^[\w.:-]{1,64}$/;

/** Starts the context of a request. A sensible `X-Request-Id` of the caller is kept. */
export function openContext(
  request: Request,
  client: string | null,
  service: ContextDependencies,
): RequestContext {
  const given = request.headers.get("x-request-id");
  const id = given && CALLERS_ID.test(given) ? given : crypto.randomUUID();
  const context = new RequestContext(id, client, request, service);
  (request as ContextualRequest)[CONTEXT] = context;
  return context;
}

/** The context that openContext() has hung on a request. */
export function contextOf(request: Request): RequestContext {
  const context = (request as ContextualRequest)[CONTEXT];
  if (!context) throw new Error("the request did not come through the gateway");
  return context;
}
