import { OPERATOR } from "../announcements.ts";
import type { AppProfile, AppProfiles } from "../instagram/app-profiles.ts";
import { isJsonObject, parseExact, stringifyJson } from "../instagram/json.ts";
import { SessionState } from "../instagram/session.ts";
import { SessionVersionConflict } from "./session-errors.ts";
import type { SessionStore, StoredSession } from "./session-store.ts";

export interface ProfileMove {
  tenantId: string;
  profile: AppProfile;
  profiles: AppProfiles;
  /** Move only sessions that pin this release; null moves all. */
  from: string | null;
  /** Unix milliseconds. */
  now?: () => number;
}

const MAX_ATTEMPTS = 5;

/**
 * Lets a tenant's sessions pin another release of the app, for when Instagram refuses a version;
 * their device ids stay. A server may run meanwhile: it reads the sessions again. `failed` has the
 * ids of sessions that could not be read or saved.
 */
export async function moveToProfile(
  store: SessionStore,
  move: ProfileMove,
): Promise<{ moved: number; failed: string[] }> {
  let moved = 0;
  const failed: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(move.tenantId, { cursor, limit: 100 });
    for (const { id, mode } of page.sessions) {
      try {
        if (await moveOne(store, move, mode, id)) moved++;
      } catch {
        failed.push(id);
      }
    }
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return { moved, failed };
}

async function moveOne(
  store: SessionStore,
  { tenantId, profile, profiles, from, now = Date.now }: ProfileMove,
  mode: "test" | "live",
  id: string,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    const stored = await store.find(tenantId, mode, id);
    if (stored === null) return false;
    const saved = parseExact(stored.settings);
    const state = new SessionState(isJsonObject(saved) ? saved : {}, profiles);
    const isOutdated =
      from === null ? state.appVersion !== profile.appVersion : state.appVersion === from;
    if (!isOutdated) return false;
    state.pinProfile(profile);
    try {
      const settings = stringifyJson(state.toSettings());
      const moved = { ...stored, ...afterMove(stored, profile, now()), settings };
      const after = await store.save(moved, { before: stored, by: OPERATOR });
      await store.announceChange(stored, after, { by: OPERATOR });
      return true;
    } catch (error) {
      if (!(error instanceof SessionVersionConflict) || attempt >= MAX_ATTEMPTS) throw error;
    }
  }
}

/** Only the release was refused: with another one the session may work again. */
function afterMove(
  { state }: StoredSession,
  { appVersion }: AppProfile,
  stateSince: number,
): Partial<StoredSession> {
  if (state !== "upgrade_required") return {};
  return { state: "active", reason: `moved to release ${appVersion}`, stateSince };
}
