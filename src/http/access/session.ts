import { GatewayProblem } from "../../problems/gateway.ts";
import type { LiveSession } from "../../sessions/live-session.ts";
import type { LiveSessions } from "../../sessions/live-sessions.ts";
import { cleanSessionId } from "../../sessions/session-id.ts";
import { SessionInUse } from "../../sessions/session-in-use.ts";
import type { AuthenticatedKey } from "../../tenants/key-cache.ts";
import type { RequestContext } from "../context.ts";
import type { Fields } from "../fields.ts";

export interface SessionDependencies {
  sessions: Pick<LiveSessions, "resolve">;
}

/** Where a request may name its session: the header, or a field `sessionid`. */
interface Places {
  request: Request;
  cookies: Fields;
  query: Fields;
  body: Fields;
}

/**
 * The session that a request names; null if it names none. It must be of the key's tenant and mode.
 * Returns without a promise if the session is in memory and fresh. Stores it in the context. Throws
 * GatewayProblem: SessionNotFound; HeldElsewhere.
 */
export function admitSession(
  { sessions }: SessionDependencies,
  context: RequestContext,
  key: AuthenticatedKey,
  places: Places,
): SessionInUse | null | Promise<SessionInUse> {
  const id = sessionIdIn(places);
  if (id === null) return null;
  const found = sessions.resolve(key.tenantId, key.mode, id, context);
  return found instanceof Promise
    ? found.then((session) => use(session, id, context))
    : use(found, id, context);
}

function use(session: LiveSession | null, id: string, context: RequestContext): SessionInUse {
  if (session === null) throw new GatewayProblem("SessionNotFound", notFound(id));
  context.session = session;
  return new SessionInUse(session, context);
}

/** Looks in the header, then the cookie, the query and the body. Removes quotes and URL-encoding. */
function sessionIdIn({ request, cookies, query, body }: Places): string | null {
  return (
    cleaned(request.headers.get("x-session-id")) ??
    cleaned(cookies.sessionid) ??
    cleaned(query.sessionid) ??
    cleaned(body.sessionid)
  );
}

function cleaned(value: unknown): string | null {
  return typeof value === "string" ? cleanSessionId(value) || null : null;
}

/** A ULID has 26 characters, Instagram's session IDs have more. */
const SHORTEST_SESSION_ID = 26;

const notFound = (id: string): string =>
  id.length < SHORTEST_SESSION_ID
    ? "Session not found: what was sent is too short to be a session ID"
    : "Session not found";
