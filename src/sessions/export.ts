import { parseVerbatim, stringifyJson } from "../instagram/json.ts";
import type { ProxyDirectory } from "../proxies/directory.ts";
import type { LiveSession } from "./live-session.ts";
import type { Mode, SessionStore, StoredSession } from "./session-store.ts";
import type { ReadSession } from "./store/exporting.ts";

export interface ExportDependencies {
  store: Pick<SessionStore, "readAfter" | "findMany">;
  /** The session of an id if it is in this process's memory. */
  peek: (id: string) => LiveSession | undefined;
  proxies: Pick<ProxyDirectory, "find">;
}

/** Sessions that are read at once: they are in memory together. */
const PAGE = 100;

/**
 * The sessions of a tenant and mode as JSON, a line each, in the order of their ids: what a session
 * import reads. What this process has not saved yet of a session is saved first. Each session that is
 * there all the while comes exactly once, whatever changes meanwhile.
 *
 * The lines hold the logins and the tenant's own proxies with their credentials, and no passwords of
 * accounts. Throws StorageUnavailable.
 */
export async function* exportSessions(
  { store, peek, proxies }: ExportDependencies,
  { tenantId, mode }: { tenantId: string; mode: Mode },
  /** The id of the last session that is not wanted again; "" for all. */
  after: string,
): AsyncGenerator<string, void, undefined> {
  for (let last = after; ; ) {
    const page = await store.readAfter(tenantId, mode, last, PAGE);
    const newer = await saved(page);
    let text = "";
    for (const read of page) {
      const { id } = read.session;
      text += `${await lineOf(newer.get(id) ?? read.session, read.unreadable)}\n`;
      last = id;
    }
    if (text !== "") yield text;
    if (page.length < PAGE) return;
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Saves what is unsaved of these sessions, and reads those again. */
  async function saved(page: readonly ReadSession[]): Promise<Map<string, StoredSession>> {
    const unsaved = page.flatMap(({ session: { id } }) => {
      const live = peek(id);
      return live?.copy.dirty ? [live] : [];
    });
    if (unsaved.length === 0) return new Map();
    await Promise.all(unsaved.map(({ copy }) => copy.flush()));
    return store.findMany(
      tenantId,
      mode,
      unsaved.map(({ id }) => id),
    );
  }

  async function lineOf(
    session: ReadSession["session"],
    unreadable: ReadSession["unreadable"],
  ): Promise<string> {
    const { id, username, userPk, label, state, enabled, region, proxyId, createdAt } = session;
    const members = stringifyJson({
      session_id: id,
      username,
      user_pk: userPk,
      label,
      state,
      enabled,
      region,
      proxy: await proxyOf(session),
      proxy_id: proxyId,
      created_at: new Date(createdAt).toISOString(),
      ...(unreadable === null ? {} : { unreadable }),
    });
    const settings = "settings" in session ? oneLine(session.settings) : "null";
    return `${members.slice(0, -1)},"settings":${settings}}`;
  }

  /** The proxy with its credentials; null for one of the operator's. */
  async function proxyOf(session: ReadSession["session"]): Promise<string | null> {
    if (session.proxyId === null) return "proxy" in session ? session.proxy : null;
    const proxy = await proxies.find(session.proxyId);
    return proxy !== null && proxy.tenantId === tenantId ? proxy.url : null;
  }
}

/** JSON text as it is, unless it has several lines: those can only be between its values. */
const oneLine = (text: string): string =>
  /[\r\n]/.test(text) ? stringifyJson(parseVerbatim(text)) : text;
