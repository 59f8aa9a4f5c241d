import { type RequestContext, UNMATCHED } from "./context.ts";
import type { LogDestination, Logger } from "./logger.ts";

/** Logs one line for an answered request. */
export type AccessLog = (
  request: Request,
  status: number,
  milliseconds: number,
  context: RequestContext,
) => void;

/** Maximum length of a logged text that comes from the caller. */
const MAX_LOGGED_TEXT = 200;

/**
 * The log with one line for each request, in the format of the other log lines and with their
 * level. It does not use the logger's serialisers: none of its fields is a secret to be masked, and
 * a single JSON.stringify() costs a third of them.
 */
export function createAccessLog(
  logger: Logger,
  region: string | null,
  destination: LogDestination,
): AccessLog {
  return ({ method, url }, status, milliseconds, context) => {
    // A caller's mistake needs no attention from the operator.
    const { replayedTo, arrival } = context;
    const level = status >= 500 && replayedTo === null ? "error" : "info";
    if (!logger.isLevelEnabled(level)) return;
    const { route, key, session, upstreamCalls } = context;
    const account = context.account ?? session?.stored.username;
    // JSON.stringify() leaves out what is undefined.
    const line = {
      level,
      time: new Date().toISOString(),
      region: region ?? undefined,
      request_id: context.id,
      method,
      route,
      path: route === UNMATCHED ? loggedPath(url) : undefined,
      operation: context.operation,
      status,
      ms: rounded(milliseconds),
      client: context.client || undefined,
      tenant: key?.tenantId,
      api_key: key?.keyId,
      mode: key?.mode,
      session: session?.id,
      account: account?.slice(0, MAX_LOGGED_TEXT) || undefined,
      upstream_calls: upstreamCalls || undefined,
      upstream_ms: upstreamCalls > 0 ? rounded(context.upstreamMilliseconds) : undefined,
      bytes: context.stream?.bytes,
      idempotency: context.idempotency ?? undefined,
      upload: context.upload ?? undefined,
      replayed_to: replayedTo ?? undefined,
      replayed_by: arrival?.sender ?? undefined,
      replay_failed: arrival?.failed?.reason,
      outcome: context.outcome === "unknown" ? "unknown" : undefined,
      exc_type: context.errorType ?? undefined,
      cause: context.cause ?? undefined,
      msg: "request",
    };
    destination.write(`${JSON.stringify(line)}\n`);
  };
}

/** Long parts of a path with a digit, and parts with a colon, may be keys or session IDs. */
const isLikeASecret = (part: string): boolean =>
  (part.length >= 16 && /\d/.test(part)) || /:|%3a/i.test(part);

/** The start of a URL's path, without the query and with possible secrets masked. */
function loggedPath(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const query = url.indexOf("?", start);
  return url
    .slice(start, query < 0 ? undefined : query)
    .slice(0, MAX_LOGGED_TEXT)
    .split("/")
    .map((part) => (isLikeASecret(part) ? "***" : part))
    .join("/");
}

const rounded = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;
