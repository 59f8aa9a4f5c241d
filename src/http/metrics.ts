import type { CallReport } from "../instagram/client.ts";
import type { RequestContext } from "./context.ts";
import { addCopyMetrics, type CopyState } from "./copy-metrics.ts";
import { Histogram } from "./histogram.ts";
import { LabelCounter } from "./label-counter.ts";
import { LatestValue } from "./latest-value.ts";
import { MachineMetrics, type MachineStanding } from "./machine-metrics.ts";
import { Counter, Gauge, Registry } from "./prometheus.ts";
import { RemoteMetrics } from "./remote-metrics.ts";

/**
 * Bounds of histograms, in seconds: for times that include Instagram, and for the gateway's own
 * work.
 */
const LONG = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SHORT = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 1];

/** How long writing the metrics may block the event loop, in milliseconds. */
const MAX_BLOCKING_MS = 2;

/** Sources of the gauges, asked when the metrics are read. */
export interface MetricSources {
  sessionsByState: () => Promise<Record<string, number>>;
  /** Stored sessions whose encryption key is not configured. */
  undecryptableSessions: () => Promise<number>;
  liveSessions: () => number;
  /** Whether requests go to Instagram at all. */
  isUpstreamEnabled: () => Promise<boolean>;
  breaker: () => { isForAll: boolean; tenants: number };
  proxiesByState: () => Promise<Record<string, number>>;
  /** How this machine stands among others; null where there are none. */
  machine: () => MachineStanding | null;
  /** How well a local copy follows the remote database; null where there is none. */
  copyStatus: () => CopyState | null;
  /** Uploads of this process that run in the background, by state. */
  uploadsInBackground: () => ReadonlyMap<string, number>;
}

/** What `GET /build` answers. */
export interface BuildInfo {
  name: string;
  version: string;
  runtime: string;
  git_sha: string | null;
  build_time: string | null;
  started_at: string;
  /** Fly.io region, null elsewhere. */
  region: string | null;
}

/** The metrics of the process. Labels never contain text from callers. */
export class Metrics {
  readonly #registry = new Registry();
  /** What happens between machines. */
  readonly machines: MachineMetrics;
  readonly #requests = new LabelCounter(
    "gramway_http_requests_total",
    "Answered requests by route, method and status.",
    ["method", "route", "status"],
    this.#registry,
  );
  readonly #gatewaySeconds = new Histogram(
    "gramway_http_request_duration_seconds",
    "Time to answer, the upstream included.",
    "route",
    LONG,
  );
  readonly #ownSeconds = new Histogram(
    "gramway_http_own_duration_seconds",
    "Time to answer, less the time spent waiting for the upstream.",
    "route",
    SHORT,
  );
  readonly #upstreamCalls = new LabelCounter(
    "gramway_upstream_requests_total",
    "Requests to Instagram by operation and status; status 0 means no answer.",
    ["operation", "status"],
    this.#registry,
  );
  readonly #upstreamSeconds = new Histogram(
    "gramway_upstream_request_duration_seconds",
    "Time of one request to Instagram.",
    "operation",
    LONG,
  );
  readonly #errors = new LabelCounter(
    "gramway_errors_total",
    "Errors answered, by exc_type.",
    ["exc_type"],
    this.#registry,
  );
  readonly #drift = new LabelCounter(
    "gramway_model_drift_total",
    "Fields of upstream answers that were not what a model expects.",
    ["model", "field"],
    this.#registry,
  );
  readonly #cache = new LabelCounter(
    "gramway_cache_requests_total",
    "Look-ups in the caches, by result.",
    ["cache", "result"],
    this.#registry,
  );
  readonly #stateChanges = new LabelCounter(
    "gramway_session_state_changes_total",
    "Sessions that got another state, by the state before and after.",
    ["from", "to"],
    this.#registry,
  );
  readonly #idempotency = new LabelCounter(
    "gramway_idempotent_requests_total",
    "Requests with an Idempotency-Key: run, answered as before, or refused.",
    ["result"],
    this.#registry,
  );
  readonly #throttles = new LabelCounter(
    "gramway_session_throttles_total",
    "Answers of Instagram after which actions of a session wait, by exc_type and action.",
    ["exc_type", "action"],
    this.#registry,
  );
  readonly #heldBack = new LabelCounter(
    "gramway_actions_held_back_total",
    "Requests that were not sent to protect the account: cooling_down, budget or pace.",
    ["reason", "action"],
    this.#registry,
  );
  readonly #uploads = new LabelCounter(
    "gramway_uploads_total",
    "Uploads that have ended, by what they make and how they ended.",
    ["kind", "result"],
    this.#registry,
  );
  readonly #uploadBytes = new Counter({
    name: "gramway_upload_bytes_total",
    help: "Bytes of media sent to Instagram.",
    registers: [this.#registry],
  });
  readonly #saveErrors = new Counter({
    name: "gramway_session_save_errors_total",
    help: "Saves of session counters in the background that failed; they are tried again.",
    registers: [this.#registry],
  });

  readonly #proxyChecks = new LabelCounter(
    "gramway_proxy_checks_total",
    "Checks of proxies, by what they have found.",
    ["result"],
    this.#registry,
  );
  readonly #sessionMoves = new Counter({
    name: "gramway_proxy_moves_total",
    help: "Sessions moved to another proxy because theirs was down.",
    registers: [this.#registry],
  });
  readonly #addressBlocks = new Counter({
    name: "gramway_proxy_blocked_answers_total",
    help: "Answers of Instagram that mean that the address of a proxy is blocked.",
    registers: [this.#registry],
  });

  readonly #remote = new RemoteMetrics(this.#registry);
  /** Read anew whenever the metrics are. */
  readonly #latest: LatestValue<unknown>[] = [];

  #inFlight = 0;
  #waiting = 0;
  #writing: Promise<string> | null = null;

  constructor(sources: MetricSources, build: BuildInfo, dependencies: Record<string, string>) {
    const registers = [this.#registry];
    this.machines = new MachineMetrics(this.#registry, sources.machine);
    this.#stateGauge("gramway_sessions", "Stored sessions by state.", sources.sessionsByState);
    this.#stateGauge("gramway_proxies", "Stored proxies by state.", sources.proxiesByState);
    new Gauge({
      name: "gramway_uploads_in_background",
      help: "Uploads that run after their caller was answered, by state.",
      labelNames: ["state"],
      registers,
      collect() {
        this.reset();
        for (const [state, count] of sources.uploadsInBackground()) this.set({ state }, count);
      },
    });
    this.#gauge(
      "gramway_sessions_undecryptable",
      "Stored sessions under a key that ENCRYPTION_KEYS does not hold.",
      sources.undecryptableSessions,
    );
    addCopyMetrics(registers, sources.copyStatus);
    this.#gauge("gramway_sessions_live", "Sessions open in memory.", sources.liveSessions);
    this.#gauge(
      "gramway_upstream_enabled",
      "1, or 0 while the operator has stopped all requests to Instagram.",
      async () => Number(await sources.isUpstreamEnabled()),
    );
    this.#gauge(
      "gramway_upstream_breaker_open",
      "1 while requests are held back for all tenants, since nearly all of them fail.",
      () => Number(sources.breaker().isForAll),
    );
    this.#gauge(
      "gramway_upstream_breaker_tenants",
      "Tenants whose requests are held back, since nearly all of them fail.",
      () => sources.breaker().tenants,
    );
    this.#gauge(
      "gramway_session_queue_depth",
      "Requests that wait in the queues of their sessions.",
      () => this.#waiting,
    );
    this.#gauge(
      "gramway_http_requests_in_flight",
      "Requests being answered.",
      () => this.#inFlight,
    );
    new Gauge({
      name: "gramway_build_info",
      help: "Version, commit and runtime.",
      labelNames: ["version", "git_sha", "runtime"],
      registers,
    }).set({ version: build.version, git_sha: build.git_sha ?? "", runtime: build.runtime }, 1);
    const dependencyInfo = new Gauge({
      name: "gramway_dependency_info",
      help: "Versions of the dependencies.",
      labelNames: ["name", "version"],
      registers,
    });
    for (const [name, version] of Object.entries(dependencies))
      dependencyInfo.set({ name, version }, 1);
    this.#gauge("process_resident_memory_bytes", "Resident memory size in bytes.", () =>
      process.memoryUsage.rss(),
    );
    new Gauge({
      name: "process_start_time_seconds",
      help: "Start time of the process since unix epoch in seconds.",
      registers,
    }).set(Date.now() / 1000 - process.uptime());
  }

  /** Adds a gauge without labels. Its value is read when the metrics are. */
  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const latest = this.#reading(read);
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        if (latest.value !== undefined) this.set(latest.value);
      },
    });
  }

  /** The same with a number for each state. */
  #stateGauge(name: string, help: string, read: () => Promise<Record<string, number>>): void {
    const latest = this.#reading(read);
    new Gauge({
      name,
      help,
      labelNames: ["state"],
      registers: [this.#registry],
      collect() {
        for (const [state, count] of Object.entries(latest.value ?? {})) this.set({ state }, count);
      },
    });
  }

  #reading<T>(read: () => T | Promise<T>): LatestValue<T> {
    const latest = new LatestValue(read);
    this.#latest.push(latest);
    return latest;
  }

  requestStarted(): void {
    this.#inFlight++;
  }

  requestEnded(
    method: string,
    status: number,
    milliseconds: number,
    context: RequestContext,
  ): void {
    const { route, replayedTo } = context;
    this.#inFlight--;
    // The machine that answers it counts it.
    if (replayedTo !== null) {
      this.machines.replaySent(replayedTo);
      return;
    }
    this.#requests.add(method, route, status);
    this.#gatewaySeconds.observe(route, milliseconds / 1000);
    this.#ownSeconds.observe(
      route,
      Math.max(0, milliseconds - context.upstreamMilliseconds) / 1000,
    );
    if (context.errorType) this.failed(context.errorType);
    if (context.idempotency) this.#idempotency.add(context.idempotency);
  }

  upstreamCalled({ operation, status, milliseconds }: CallReport): void {
    this.#upstreamCalls.add(operation, status);
    this.#upstreamSeconds.observe(operation, milliseconds / 1000);
  }

  readonly drift = (model: string, field: string): void => {
    this.#drift.add(model, field);
  };

  readonly queueDepth = (change: number): void => {
    this.#waiting += change;
  };

  readonly sessionCache = (hit: boolean): void => {
    this.#cache.add("sessions", hit ? "hit" : "miss");
  };

  readonly keyCache = (hit: boolean): void => {
    this.#cache.add("api_keys", hit ? "hit" : "miss");
  };

  /** Counts an error that is told of. */
  failed(kind: string): void {
    this.#errors.add(kind);
  }

  sessionChangedState(from: string, to: string): void {
    this.#stateChanges.add(from, to);
  }

  /** Counts what makes actions of a session wait. */
  readonly throttled = (kind: string, action: string): void => {
    this.#throttles.add(kind, action);
  };

  /** Counts a request that was not sent, to protect the account. */
  readonly heldBack = (reason: string, action: string): void => {
    this.#heldBack.add(reason, action);
  };

  uploadSent(bytes: number): void {
    this.#uploadBytes.inc(bytes);
  }

  uploadEnded(kind: string, result: string): void {
    this.#uploads.add(kind, result);
  }

  /** `fault` says what is wrong with the proxy, where the check has failed. */
  readonly proxyChecked = ({ kind, fault }: { kind: string; fault?: string }): void => {
    this.#proxyChecks.add(fault ?? kind);
  };

  sessionsMoved({ moved }: { moved: number }): void {
    this.#sessionMoves.inc(moved);
  }

  readonly addressBlocked = (): void => {
    this.#addressBlocks.inc();
  };

  /** Counts a request to a remote database. */
  readonly remoteQuery = (
    request: Readonly<{ kind: "read" | "write"; milliseconds: number; fault: string | null }>,
  ): void => {
    this.#remote.note(request.kind, request.milliseconds, request.fault);
  };

  readonly saveFailed = (): void => {
    this.#saveErrors.inc();
  };

  /**
   * Prometheus text, version 0.0.4, without metrics that have no samples. Callers that ask while it
   * is being written get the same text.
   */
  text(): Promise<string> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #write(): Promise<string> {
    await Promise.all(this.#latest.map((latest) => latest.refresh()));
    const pieces: string[] = [];
    let since = performance.now();
    for await (const piece of this.#pieces()) {
      pieces.push(piece);
      if (performance.now() - since < MAX_BLOCKING_MS) continue;
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
    }
    return pieces.join("");
  }

  async *#pieces(): AsyncGenerator<string> {
    for (const { name } of this.#registry.getMetricsAsArray()) {
      const family = await this.#registry.getSingleMetricAsString(name);
      // A metric without a sample has only its HELP and TYPE lines.
      if (!family.endsWith(`# TYPE ${name} counter`) && !family.endsWith(`# TYPE ${name} gauge`))
        yield `${family}\n`;
    }
    for (const histogram of [this.#gatewaySeconds, this.#ownSeconds, this.#upstreamSeconds])
      yield* histogram.pieces();
    yield* this.#remote.pieces();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
