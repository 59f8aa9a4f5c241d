import { type Body, deliver, takeBody } from "./fly-delivery.ts";
import { type FlyMachine, FlyMachines, type HealthChecks } from "./fly-machines.ts";
import {
  isIn,
  type ReplayFailure,
  ReplayInvalid,
  type ReplayOrder,
  readReplay,
  replayFailed,
  replaySource,
} from "./fly-replay.ts";

/*
 * Stands for Fly's proxy, as far as Fly's documentation describes it: "Dynamic Request Routing with
 * fly-replay", "Fly Proxy", "Load Balancing", "Health Checks" and "Request headers". What the texts
 * leave open is marked with "Open:" where it is decided.
 */

export interface FlyProxyOptions {
  /** A number from 0 to 1, for every choice among equals. */
  random?: () => number;
  /** How machines are checked; as fly.regions.toml says it, but more often, unless given. */
  checks?: Partial<HealthChecks>;
  /** How long a machine is tried or waited for where nothing else is said, in milliseconds. */
  reachMs?: number;
  /**
   * What `timeout` of a replay covers. Open: "how long the proxy tries to reach the replay target";
   * taken to be until there is a connection, since otherwise what is slow would be done twice.
   */
  timeoutCovers?: "connection" | "answer";
}

/** What the proxy has done so far. */
export interface FlyCounts {
  requests: number;
  /** Replays that reached their target. */
  replays: number;
  /** Requests that went back with `fly-replay-failed`, by the reason. */
  fallbacks: Record<ReplayFailure, number>;
  /** Most replays that one request had. */
  mostReplays: number;
  /** Answers of the proxy itself, by their kind. */
  errors: Record<ProxyErrorKind, number>;
}

/**
 * cut: the connection to the machine broke after the request was sent. unreachable: no machine took it.
 * loop: it was replayed again and again. too_large: a replay of a body beyond Fly's limit. refused: a
 * replay of a request that had come back. invalid: a `fly-replay` that cannot be understood.
 */
export type ProxyErrorKind = "cut" | "unreachable" | "loop" | "too_large" | "refused" | "invalid";

export interface FlyProxy {
  url: string;
  machines: FlyMachines;
  counts: FlyCounts;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Names the region at whose edge the request arrives; any region with machines unless given. */
export const EDGE = "stand-in-edge";
/** In answers: the machines that had the request, in their order. */
export const VISITED = "stand-in-visited";
/** In answers of the proxy itself: their kind. */
export const PROXY_ERROR = "stand-in-error";

const APP = "gramway";
/** A request that was replayed so often is in a loop. Open: Fly's own number is not published. */
const MOST_REPLAYS = 10;

/** Where a request may go. */
interface Destination {
  /** This machine alone. */
  instance?: string | null;
  preferInstance?: string | null;
  /** Regions in order of preference; elsewhere only with "any" among them. */
  regions?: readonly string[] | null;
  /** Not to this machine. */
  not?: string | null;
  /** How long it is tried. */
  withinMs: number;
}

/** Starts the proxy on a free port, without machines. */
export function startFlyProxy(options: FlyProxyOptions = {}): FlyProxy {
  const random = options.random ?? Math.random;
  const { timeoutCovers = "connection", reachMs = 5_000 } = options;
  const machines = new FlyMachines({
    path: "/health",
    everyMs: 1_000,
    timeoutMs: 5_000,
    ...options.checks,
  });
  const counts: FlyCounts = {
    requests: 0,
    replays: 0,
    fallbacks: { timeout: 0, retries_exhausted: 0, no_candidate: 0 },
    mostReplays: 0,
    errors: { cut: 0, unreachable: 0, loop: 0, too_large: 0, refused: 0, invalid: 0 },
  };

  function ownError(kind: ProxyErrorKind, visited: readonly string[], detail: string): Response {
    counts.errors[kind]++;
    // Open: the statuses of Fly's own errors; its documents speak of 502 and 503.
    return new Response(`fly-proxy stand-in: ${kind}: ${detail}\n`, {
      status: kind === "unreachable" ? 503 : 502,
      headers: { [PROXY_ERROR]: kind, [VISITED]: visited.join(" ") },
    });
  }

  /** Machines that may get the request now, best first. */
  function candidates({ instance, preferInstance, regions, not }: Destination): FlyMachine[] {
    const shuffled = machines.healthy
      .filter(({ id }) => id !== not && (!instance || id === instance))
      .map((machine) => ({ machine, order: random() }))
      .sort((a, b) => a.order - b.order)
      .map(({ machine }) => machine);
    const inOrder = regions
      ? [...new Set(regions.flatMap((entry) => shuffled.filter((one) => isIn(one.region, entry))))]
      : shuffled;
    const preferred = inOrder.filter(({ id }) => id === preferInstance);
    return [...preferred, ...inOrder.filter((one) => !preferred.includes(one))];
  }

  /** Sends the request to the first machine that takes it; says why if none does. */
  async function send(
    request: Request,
    headers: Headers,
    body: Body,
    to: Destination,
    visited: string[],
    answerWithinMs: number | null = null,
  ): Promise<{ machine: FlyMachine; answer: Response } | ReplayFailure | "cut"> {
    const started = performance.now();
    let tried = 0;
    for (;;) {
      const known = machines.all.some(
        ({ id, region }) =>
          id !== to.not &&
          (!to.instance || id === to.instance) &&
          (!to.regions || to.regions.some((entry) => isIn(region, entry))),
      );
      if (!known) return "no_candidate";
      for (const machine of candidates(to)) {
        const { preferInstance } = to;
        if (preferInstance && machine.id !== preferInstance)
          headers.set("fly-preferred-instance-unavailable", preferInstance);
        const result = await deliver(machine, request, headers, body, answerWithinMs);
        if (result === "refused") {
          tried++;
          continue;
        }
        visited.push(machine.id);
        if (result === "cut" || result === "timeout") return result;
        return { machine, answer: result };
      }
      if (performance.now() - started > to.withinMs)
        return tried > 0 ? "retries_exhausted" : "timeout";
      await Bun.sleep(RETRY_MS);
    }
  }

  async function handle(request: Request, clientIp: string): Promise<Response> {
    counts.requests++;
    const { headers, to } = arrival(request, clientIp, machines, random, reachMs);
    const body = await takeBody(request);
    const visited: string[] = [];
    let result = await send(request, headers, body, to, visited);
    for (let replays = 0; ; replays++) {
      if (result === "cut") return ownError("cut", visited, "the connection broke");
      if (typeof result === "string") return ownError("unreachable", visited, result);
      const { machine, answer } = result;
      const header = answer.headers.get("fly-replay");
      if (header === null) return passed(answer, visited);
      await answer.body?.cancel();
      // "Fallback requests cannot themselves issue fly-replay responses."
      if (headers.has("fly-replay-failed")) return ownError("refused", visited, header);
      if (!body.isWhole) return ownError("too_large", visited, header);
      if (replays === MOST_REPLAYS) return ownError("loop", visited, header);
      counts.mostReplays = Math.max(counts.mostReplays, replays + 1);
      let order: ReplayOrder;
      try {
        order = readReplay(header);
      } catch (error) {
        if (!(error instanceof ReplayInvalid)) throw error;
        return ownError("invalid", visited, error.message);
      }
      const replayed = await replay(request, headers, body, machine, order, visited);
      result = replayed;
    }
  }

  async function replay(
    request: Request,
    headers: Headers,
    body: Body,
    source: FlyMachine,
    order: ReplayOrder,
    visited: string[],
  ): ReturnType<typeof send> {
    const started = performance.now();
    headers.set("fly-replay-src", replaySource(source, order.state));
    headers.delete("fly-preferred-instance-unavailable");
    const to: Destination = {
      instance: order.instance,
      preferInstance: order.preferInstance,
      regions: order.regions,
      not: order.elsewhere ? source.id : null,
      withinMs: order.timeoutMs ?? reachMs,
    };
    const within = timeoutCovers === "answer" ? order.timeoutMs : null;
    const result = await send(request, headers, body, to, visited, within);
    if (typeof result !== "string") counts.replays++;
    if (typeof result !== "string" || result === "cut" || order.fallback === null) return result;
    counts.fallbacks[result]++;
    const elapsed = performance.now() - started;
    headers.set("fly-replay-failed", replayFailed(order, APP, source.id, result, elapsed));
    // Open: whether fly-replay-src is still there; it is taken away, as the request is not replayed.
    headers.delete("fly-replay-src");
    const self = await send(
      request,
      headers,
      body,
      { instance: source.id, withinMs: order.fallback === "force_self" ? reachMs : 0 },
      visited,
    );
    if (typeof self !== "string" || self === "cut" || order.fallback === "force_self") return self;
    return send(request, headers, body, { withinMs: reachMs }, visited);
  }

  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    // Bun's maximum, in seconds.
    idleTimeout: 255,
    maxRequestBodySize: 64 * 2 ** 20,
    fetch: (request, self) => handle(request, self.requestIP(request)?.address ?? "127.0.0.1"),
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    machines,
    counts,
    async [Symbol.asyncDispose]() {
      machines.stop();
      await server.stop(true);
    },
  };
}

const RETRY_MS = 100;

/** Headers of the edge, and where the request goes at first. */
function arrival(
  request: Request,
  clientIp: string,
  machines: FlyMachines,
  random: () => number,
  reachMs: number,
): { headers: Headers; to: Destination } {
  const headers = new Headers(request.headers);
  const regions = [...new Set(machines.all.map(({ region }) => region))];
  const edge = headers.get(EDGE) ?? regions[Math.floor(random() * regions.length)] ?? "";
  headers.delete(EDGE);
  const before = headers.get("x-forwarded-for");
  headers.set("Fly-Client-IP", clientIp);
  headers.set("Fly-Forwarded-Port", "443");
  headers.set("Fly-Region", edge);
  // "The last address (rightmost) in this list will be a shared or dedicated IP address assigned to
  // your app."
  headers.set("X-Forwarded-For", [...(before ? [before] : []), clientIp, APP_IP].join(", "));
  headers.set("X-Forwarded-Proto", "https");
  headers.set("X-Forwarded-Port", "443");
  headers.set("X-Forwarded-SSL", "on");
  headers.set("Via", "2 fly.io");
  const listed = (name: string): string[] | null =>
    headers
      .get(name)
      ?.split(",")
      .map((region) => region.trim()) ?? null;
  const forced = listed("fly-force-region");
  const preferred = listed("fly-prefer-region");
  const to: Destination = {
    instance: headers.get("fly-force-instance-id"),
    preferInstance: headers.get("fly-prefer-instance-id"),
    // Without a machine in the wanted regions the nearest one with healthy machines takes it.
    regions: forced ?? [...(preferred ?? []), edge, "any"],
    withinMs: reachMs,
  };
  return { headers, to };
}

/** Of the range for documents. */
const APP_IP = "203.0.113.7";

function passed(answer: Response, visited: readonly string[]): Response {
  const headers = new Headers(answer.headers);
  for (const name of ["connection", "keep-alive", "transfer-encoding"]) headers.delete(name);
  headers.set(VISITED, visited.join(" "));
  headers.append("Via", "2 fly.io");
  return new Response(answer.body, { status: answer.status, headers });
}
