import { StorageUnavailable } from "../../db/errors.ts";
import { logOut } from "../../instagram/auth/logout.ts";
import { answerUnusable, CallerGone } from "../../instagram/errors.ts";
import { Problem } from "../../problems/problem.ts";
import { SessionGone } from "../session-errors.ts";
import type { SessionInUse } from "../session-in-use.ts";
import type { SessionStore } from "../session-store.ts";

/** What became of the login of a session that was deleted. */
export interface Deletion {
  /** Whether Instagram has ended it; null where Instagram was not asked. */
  loggedOut: boolean | null;
  /** Why Instagram has not; null where it has, and where it was not asked. */
  error: Problem | null;
}

const NOT_ASKED: Deletion = { loggedOut: null, error: null };

/**
 * Deletes a session with everything that is stored for it; what runs for it in the background ends.
 * With `logout`, Instagram is asked first to end the login. If that fails the session is deleted all
 * the same: who deletes it wants it forgotten. A session that has no login is not logged out.
 * Throws SessionGone, CallerGone, StorageUnavailable: then it is still there.
 */
export async function deleteSession(
  store: Pick<SessionStore, "delete">,
  session: SessionInUse,
  { logout }: { logout: boolean },
): Promise<Deletion> {
  const { tenantId, mode, id } = session.stored;
  const deletion = logout ? await endLogin(session) : NOT_ASKED;
  if (!(await store.delete(tenantId, mode, id, session.caller.actor))) throw new SessionGone();
  return deletion;
}

/** Logs out in the session's turn; what waits behind it finds a session without a login. */
async function endLogin(session: SessionInUse): Promise<Deletion> {
  try {
    const loggedOut = await session.transform(async (client) => {
      const { state } = session.stored;
      if (!client.state.userId || state === "logged_out") return { result: null, changes: {} };
      if (!(await logOut(client))) throw answerUnusable("it does not say that the login has ended");
      return { result: true, changes: { state: "logged_out", reason: "logged out on request" } };
    });
    return { loggedOut, error: null };
  } catch (error) {
    const isOurs = error instanceof StorageUnavailable || error instanceof SessionGone;
    if (!(error instanceof Problem) || isOurs || error instanceof CallerGone) throw error;
    return { loggedOut: false, error };
  }
}
