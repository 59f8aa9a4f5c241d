import { loginBySessionId } from "../../instagram/auth/session-id.ts";
import { SessionState } from "../../instagram/session.ts";
import type { Owner } from "../account-sessions.ts";
import type { SessionCaller } from "../live-session.ts";
import { applyOptions, type ClientOptions } from "../login-fields.ts";
import { LOGGED_IN } from "../pending-login.ts";
import { cleanSessionId } from "../session-id.ts";
import { readProxyChoice } from "../session-proxy.ts";
import type { LoginDependencies } from "./dependencies.ts";
import { changesBy, columnsOf, withWays } from "./session-proxy.ts";

/**
 * Takes over a login by its upstream session id, and stores it as logIn() does.
 * Throws InvalidInput, SessionLimitReached, UpstreamRefused, and what finding a proxy throws.
 */
export async function logInBySessionId(
  { accounts, checkHost, ways, probeWrite }: Omit<LoginDependencies, "pauses">,
  owner: Owner,
  input: ClientOptions & { sessionId: string; newSession?: boolean },
  caller: SessionCaller,
): Promise<string> {
  const { newSession = false } = input;
  const named = await readProxyChoice(checkHost, owner.mode, input);
  const legacyId = cleanSessionId(input.sessionId);
  await probeWrite();
  const existing = await accounts.findByUpstreamSession(owner, legacyId, newSession);
  const live = existing && (await accounts.open(owner, existing, caller));
  return withWays(ways, async (findWay) => {
    if (live) {
      await live.transformThrough(caller, async (state, through) => {
        applyOptions(state, input);
        const way = await findWay({ owner, named, current: live.stored, state });
        const username = await loginBySessionId(through(way), legacyId);
        return {
          result: undefined,
          changes: {
            ...LOGGED_IN,
            username: username || live.stored.username,
            userPk: state.userId,
            ...changesBy(way),
            legacyId,
          },
          hold: way.hold,
        };
      });
      return live.id;
    }
    const state = new SessionState({}, accounts.profiles);
    applyOptions(state, input);
    const way = await findWay({ owner, named, current: null, state });
    const client = accounts.draft(owner, state, way, caller);
    const username = (await loginBySessionId(client, legacyId)) || null;
    const toStore = { ...LOGGED_IN, login: state, username, legacyId };
    return accounts.store(
      owner,
      { ...toStore, ...columnsOf(way), hold: way.hold },
      {
        by: caller.actor,
        firstOfAccount: !newSession,
      },
    );
  });
}
