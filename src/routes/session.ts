import { Type } from "@sinclair/typebox";
import { type Operation, operations, withKey, withSession } from "../http/route.ts";
import type { SessionStore } from "../sessions/session-store.ts";
import type { SessionViews } from "../sessions/session-view.ts";
import { changeSession } from "../sessions/verbs/manage.ts";
import { deleteSession } from "../sessions/verbs/manage-deletion.ts";
import type { SessionChecks } from "../sessions/verbs/manage-health.ts";
import type { SessionProxyDependencies } from "../sessions/verbs/session-proxy.ts";
import { pageInput, paging } from "./administration.ts";
import {
  changesOf,
  filterFields,
  filterOf,
  SessionDeletionSchema,
  SessionHealthSchema,
  SessionPageSchema,
  SessionSchema,
  settingsFields,
} from "./session-fields.ts";

const { get, patch, remove } = operations("Session");

export interface ManagementDependencies {
  store: SessionStore;
  views: SessionViews;
  checks: SessionChecks;
  ways: SessionProxyDependencies;
  /** Unix milliseconds. */
  now: () => number;
}

/** Sessions as such: which there are, how they are, and switching them off. */
export const sessionRoutes = ({
  store,
  ways,
  views,
  checks,
  now,
}: ManagementDependencies): Operation[] => [
  get(
    "/session",
    {
      operationId: "getSession",
      summary: "Get a session",
      description:
        "The session that X-Session-ID names, as the gateway knows it: Instagram is not asked.",
      access: withSession("read"),
      returns: SessionSchema,
    },
    ({ session }) => views.ofLive(session.live),
  ),
  get(
    "/sessions",
    {
      operationId: "getSessions",
      summary: "List sessions",
      description:
        "The sessions of the key's tenant and mode, oldest first. Each id can be sent as X-Session-ID. With several filters a page may have fewer sessions than limit, or none, while next_cursor still leads on.",
      access: withKey("read"),
      query: { ...filterFields, ...paging },
      returns: SessionPageSchema,
    },
    async ({ key, query }) => {
      const { tenantId, mode } = key;
      const page = await store.list(tenantId, { mode, ...pageInput(query), ...filterOf(query) });
      return { items: await views.of(page.sessions), next_cursor: page.nextCursor ?? "" };
    },
  ),
  patch(
    "/session",
    {
      operationId: "patchSession",
      summary: "Change a session",
      description:
        "Names a session, moves it to another region or proxy, gives it limits of its own, ends its cool-downs, or switches it off and on. Once enabled=false is answered, nothing more goes to Instagram for it, from any process; what is under way ends at its next request. Login, locale and an own proxy URL are changed with PATCH /auth/settings.",
      access: withSession("auth"),
      body: settingsFields,
      returns: SessionSchema,
      errors: ["SessionDisabled", "ProxyNotFound", "NoProxyAvailable"],
    },
    async ({ body, session }) => {
      await changeSession({ store, ways, now }, session, changesOf(body));
      return views.ofLive(session.live);
    },
  ),
  remove(
    "/session",
    {
      operationId: "deleteSession",
      summary: "Delete a session",
      description:
        "Forgets a session with all that is stored for it, in every process; its uploads in the background end. Unless logout is true, the account stays logged in at Instagram. If logging out fails the session is deleted all the same, and logout_error says why.",
      access: withSession("auth"),
      query: {
        logout: Type.Optional(
          Type.Boolean({
            default: false,
            description: "true: has Instagram end the login first, by one request.",
          }),
        ),
      },
      returns: SessionDeletionSchema,
    },
    async ({ query, session }) => {
      const { id } = session;
      const { loggedOut, error } = await deleteSession(store, session, {
        logout: query.logout ?? false,
      });
      return {
        id,
        deleted: true,
        logged_out: loggedOut,
        logout_error: error && { kind: error.kind, message: error.detail },
      };
    },
  ),
  get(
    "/session/health",
    {
      operationId: "getSessionHealth",
      summary: "Check a session with Instagram",
      description:
        "Asks Instagram once whether it accepts the session: the request for the account's own data. The answer is kept for ten seconds, and whoever asks meanwhile gets it too. What it shows counts for the session's state like any other answer. A session that is switched off, logged out or cooling down is told of without asking.",
      access: withSession("read"),
      returns: SessionHealthSchema,
    },
    async ({ session }) => {
      const { ok, latencyMs, checkedAt, error } = await checks.check(session);
      return {
        ...(await views.ofLive(session.live)),
        ok,
        latency_ms: latencyMs,
        checked_at: new Date(checkedAt).toISOString(),
        error: error && { kind: error.kind, message: error.detail },
      };
    },
  ),
];
