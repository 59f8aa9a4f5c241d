import { CallerGone } from "../instagram/errors.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { InvalidInput, Problem } from "../problems/problem.ts";
import type { CorsOrigins } from "../tenants/cors-origins.ts";
import type { Usage } from "../usage/usage.ts";
import { namesCaller, type SourceDependencies, spendOfSource } from "./access/limits.ts";
import type { AccessLog } from "./access-log.ts";
import { clientAddress, type TrustedProxy } from "./client-address.ts";
import {
  type ContextDependencies,
  contextOf,
  openContext,
  type RequestContext,
} from "./context.ts";
import { allowOrigin, preflightAnswer } from "./cors.ts";
import { routable } from "./elysia.ts";
import { noteFailure, problemResponse } from "./error-response.ts";
import type { InFlight } from "./in-flight.ts";
import { isMuchUnread } from "./incoming-body.ts";
import type { KeyLimits } from "./key-limits.ts";
import type { Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { problemKinds } from "./problems.ts";
import type { Replays } from "./replay.ts";
import { setHeaders } from "./response-headers.ts";
import type { RouteTable } from "./route-table.ts";

/**
 * The whole service as a function from request to response. `peer` is the address at the other end of
 * the connection; null if the request came over no network.
 */
export type Gateway = (request: Request, peer?: string | null) => Promise<Response>;

/** How far the shutdown has come. */
export interface Shutdown {
  /**
   * A signal has come. Requests are still answered, but each connection is closed after its answer.
   */
  draining: boolean;
  /** New requests are refused. */
  closed: boolean;
}

export interface GatewayDependencies extends ContextDependencies, SourceDependencies {
  trustedProxy: TrustedProxy | null;
  corsOrigins: CorsOrigins;
  limits: Pick<KeyLimits, "charge">;
  inFlight: Pick<InFlight, "leave">;
  metrics: Pick<Metrics, "requestStarted" | "requestEnded" | "upstreamCalled">;
  usage: Pick<Usage, "note" | "noteUpstreamCall">;
  logger: Logger;
  /** Takes one line per request. */
  accessLog: AccessLog;
  shutdown: Shutdown;
  /** How requests get to other machines; null where there are none. */
  replays: Replays | null;
}

/**
 * Wraps the routes in what every request gets, even one that matches no route: a request id,
 * metrics, a log line, common headers, and an answer to every error.
 */
export function createGateway(
  route: (request: Request) => Response | Promise<Response>,
  table: RouteTable,
  deps: GatewayDependencies,
): Gateway {
  const { metrics, logger, accessLog, inFlight, trustedProxy, shutdown, replays } = deps;

  const answerOptions = async (request: Request): Promise<Response> =>
    (await preflightAnswer(deps.corsOrigins, table, request)) ?? route(request);

  /** Counts and logs a request whose answer has been sent, or is about to be sent whole. */
  const ended = (request: Request, answered: number, context: RequestContext): void => {
    const { key } = context;
    if (context.admitted && key) inFlight.leave(key.tenantId);
    if (key && context.cost > 1) deps.limits.charge(key, context.cost - 1);
    const milliseconds = performance.now() - context.started;
    const status = context.hungUp ? statusOfHangUp(context) : answered;
    // Where it is sent on to, it counts there.
    if (key && context.replayedTo === null)
      deps.usage.note(key, context.operation, {
        status,
        upstreamCalls: context.upstreamCalls,
        bytesIn: context.bytesIn,
        bytesOut: context.stream?.bytes ?? context.bytesOut,
      });
    metrics.requestEnded(request.method, status, milliseconds, context);
    accessLog(request, status, milliseconds, context);
  };

  return async (received, peer = null) => {
    const request = routable(received);
    const client = clientAddress(received.headers, peer, trustedProxy);
    const arrival = replays === null ? null : replays.arrivalOf(received.headers);
    const context = openContext(request, client, deps, arrival);
    metrics.requestStarted();
    let response: Response;
    try {
      // With an invalid Host header, the server makes no absolute URL.
      if (!ABSOLUTE.test(request.url)) throw new InvalidInput([], "The Host header is not valid");
      if (shutdown.closed) throw new GatewayProblem("ShuttingDown", "The service is shutting down");
      if (isAnonymous(request)) spendOfSource(deps, context);
      response = await (request.method === "OPTIONS" ? answerOptions(request) : route(request));
    } catch (error) {
      response = failure(error, context, logger);
      if (replays !== null && error instanceof GatewayProblem)
        await replays.sendOn(error, request, context, response);
      if (request.method === "HEAD") response = new Response(null, response);
      context.leavesConnection ||= isMuchUnread(request);
    }
    const { stream } = context;
    setHeaders(response, request, context, trustedProxy !== null);
    allowOrigin(response, request, context);
    if (shutdown.draining || context.leavesConnection) response.headers.set("Connection", "close");
    if (stream === null) ended(request, response.status, context);
    else void stream.ended.then(() => ended(request, statusOfStream(response, context), context));
    return response;
  };
}

function failure(error: unknown, context: RequestContext, logger: Logger): Response {
  if (error instanceof Problem) return problemResponse(error, context);
  // Reading a body fails when the caller hangs up.
  if (context.hungUp) return problemResponse(new CallerGone(), context);
  logger.error({ err: error, request_id: context.id }, "unexpected failure");
  return problemResponse(error, context);
}

/**
 * The status to count when the caller hung up: nobody got the answer, so it is no failure of ours.
 */
function statusOfHangUp(context: RequestContext): number {
  context.errorType = "CallerGone";
  return problemKinds.CallerGone.status;
}

/** The status to count for an answer that was sent as it was read: that of what broke it off. */
function statusOfStream({ status }: Response, context: RequestContext): number {
  const brokenOff = context.stream?.brokenOff;
  if (!brokenOff) return status;
  if (brokenOff.by === "caller") return statusOfHangUp(context);
  return noteFailure(brokenOff.error, context);
}

/** Probes of the platform are answered whoever floods. */
const PROBES = /^https?:\/\/[^/?#]+\/(?:health|ready|metrics)\/?(?:[?#]|$)/;

/** Whether a request names no key or token at all; those that name one are counted by their access. */
const isAnonymous = (request: Request): boolean =>
  !namesCaller(request) && !PROBES.test(request.url);

const ABSOLUTE = /^https?:\/\/[^/?#]/;

/** The error for a path or method that no route has. */
export function unmatched(
  request: Request,
  table: RouteTable,
  deps: SourceDependencies,
): GatewayProblem {
  // The key is not looked at: it may be anything.
  if (namesCaller(request)) spendOfSource(deps, contextOf(request));
  const path = new URL(request.url).pathname;
  const methods = table.methodsOf(path);
  return methods.length === 0
    ? new GatewayProblem("NotFound", "No such route", didYouMean(table.nearestTo(path)))
    : new GatewayProblem("MethodNotAllowed", `The route takes ${methods.join(", ")}`, {
        headers: { Allow: methods.join(", ") },
      });
}

const didYouMean = (path: string | null): { hint?: string } =>
  path === null ? {} : { hint: `Did you mean ${path}? GET /openapi.json lists the routes.` };
