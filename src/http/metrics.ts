import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { CallReport } from "../instagram/client.ts";
import type { RequestContext } from "./context.ts";

const LATENCY_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

/** Where a gauge's value comes from when the metrics are read. */
export interface MetricSources {
  sessionsByState: () => Promise<Record<string, number>>;
  liveSessions: () => number;
}

/** What runs, as `GET /build` tells it. */
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

/** The metrics of the process, as Prometheus text. Labels never hold what a caller sent. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: "gramway_http_requests_total",
    help: "Answered requests by route, method and status.",
    labelNames: ["method", "route", "status"],
    registers: [this.#registry],
  });
  readonly #gatewaySeconds = new Histogram({
    name: "gramway_http_request_duration_seconds",
    help: "Time to answer, the upstream included.",
    labelNames: ["route"],
    buckets: LATENCY_BUCKETS,
    registers: [this.#registry],
  });
  readonly #ownSeconds = new Histogram({
    name: "gramway_http_own_duration_seconds",
    help: "Time to answer, less the time spent waiting for the upstream.",
    labelNames: ["route"],
    buckets: LATENCY_BUCKETS,
    registers: [this.#registry],
  });
  readonly #upstreamCalls = new Counter({
    name: "gramway_upstream_requests_total",
    help: "Requests to Instagram by operation and status; status 0 means no answer.",
    labelNames: ["operation", "status"],
    registers: [this.#registry],
  });
  readonly #upstreamSeconds = new Histogram({
    name: "gramway_upstream_request_duration_seconds",
    help: "Time of one request to Instagram.",
    labelNames: ["operation"],
    buckets: LATENCY_BUCKETS,
    registers: [this.#registry],
  });
  readonly #errors = new Counter({
    name: "gramway_errors_total",
    help: "Errors answered, by exc_type.",
    labelNames: ["exc_type"],
    registers: [this.#registry],
  });
  readonly #drift = new Counter({
    name: "gramway_model_drift_total",
    help: "Fields of upstream answers that were not what a model expects.",
    labelNames: ["model", "field"],
    registers: [this.#registry],
  });
  readonly #cache = new Counter({
    name: "gramway_cache_requests_total",
    help: "Look-ups in the caches, by result.",
    labelNames: ["cache", "result"],
    registers: [this.#registry],
  });
  readonly #queueDepth = new Gauge({
    name: "gramway_session_queue_depth",
    help: "Requests that wait in the queues of their sessions.",
    registers: [this.#registry],
  });
  readonly #inFlight = new Gauge({
    name: "gramway_http_requests_in_flight",
    help: "Requests being answered.",
    registers: [this.#registry],
  });
  readonly #saveErrors = new Counter({
    name: "gramway_session_save_errors_total",
    help: "Saves of session counters in the background that failed; they are tried again.",
    registers: [this.#registry],
  });

  constructor(sources: MetricSources, build: BuildInfo, dependencies: Record<string, string>) {
    const registers = [this.#registry];
    new Gauge({
      name: "gramway_sessions",
      help: "Stored sessions by state.",
      labelNames: ["state"],
      registers,
      async collect() {
        for (const [state, count] of Object.entries(await sources.sessionsByState()))
          this.set({ state }, count);
      },
    });
    new Gauge({
      name: "gramway_sessions_live",
      help: "Sessions open in memory.",
      registers,
      collect() {
        this.set(sources.liveSessions());
      },
    });
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
    const memory = new Gauge({
      name: "process_resident_memory_bytes",
      help: "Resident memory size in bytes.",
      registers,
      collect() {
        memory.set(process.memoryUsage.rss());
      },
    });
    new Gauge({
      name: "process_start_time_seconds",
      help: "Start time of the process since unix epoch in seconds.",
      registers,
    }).set(Date.now() / 1000 - process.uptime());
  }

  requestStarted(): void {
    this.#inFlight.inc();
  }

  requestEnded(
    method: string,
    status: number,
    milliseconds: number,
    context: RequestContext,
  ): void {
    const { route } = context;
    this.#inFlight.dec();
    this.#requests.inc({ method, route, status });
    this.#gatewaySeconds.observe({ route }, milliseconds / 1000);
    this.#ownSeconds.observe(
      { route },
      Math.max(0, milliseconds - context.upstreamMilliseconds) / 1000,
    );
    if (context.errorType) this.#errors.inc({ exc_type: context.errorType });
  }

  upstreamCalled({ operation, status, milliseconds }: CallReport): void {
    this.#upstreamCalls.inc({ operation, status });
    this.#upstreamSeconds.observe({ operation }, milliseconds / 1000);
  }

  readonly drift = (model: string, field: string): void => {
    this.#drift.inc({ model, field });
  };

  readonly queueDepth = (change: number): void => {
    this.#queueDepth.inc(change);
  };

  readonly sessionCache = (hit: boolean): void => {
    this.#cache.inc({ cache: "sessions", result: hit ? "hit" : "miss" });
  };

  readonly keyCache = (hit: boolean): void => {
    this.#cache.inc({ cache: "api_keys", result: hit ? "hit" : "miss" });
  };

  readonly saveFailed = (): void => {
    this.#saveErrors.inc();
  };

  /** Prometheus text, version 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }
}
