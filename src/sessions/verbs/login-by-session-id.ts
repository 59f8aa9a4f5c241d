import { loginBySessionId } from "../../instagram/auth/session-id.ts";
import type { Owner } from "../account-sessions.ts";
import type { SessionCaller } from "../live-session.ts";
import { applyOptions, type ClientOptions } from "../login-fields.ts";
import { LOGGED_IN } from "../pending-login.ts";
import { cleanSessionId } from "../session-id.ts";
import { cleanProxy } from "../session-proxy.ts";
import type { LoginDependencies } from "./dependencies.ts";

/**
 * Takes over a login by its upstream session id, and stores it as logIn() does.
 * Throws InvalidInput, SessionLimitReached, UpstreamRefused.
 */
export async function logInBySessionId(
  { accounts, guard, probeWrite }: Pick<LoginDependencies, "accounts" | "guard" | "probeWrite">,
  owner: Owner,
  input: ClientOptions & { sessionId: string; newSession?: boolean },
  caller: SessionCaller,
): Promise<string> {
  const { newSession = false } = input;
  const proxy = await cleanProxy(guard, owner.mode, input.proxy);
  const legacyId = cleanSessionId(input.sessionId);
  await probeWrite();
  const existing = await accounts.findByUpstreamSession(owner, legacyId, newSession);
  const live = existing && (await accounts.open(owner, existing));
  if (live) {
    await live.transform(caller, async (given) => {
      const client = proxy === null ? given : { ...given, proxy };
      applyOptions(client.state, input);
      const username = await loginBySessionId(client, legacyId);
      return {
        result: undefined,
        changes: {
          ...LOGGED_IN,
          username: username || live.stored.username,
          userPk: client.state.userId,
          proxy: client.proxy,
          legacyId,
        },
      };
    });
    return live.id;
  }
  const client = accounts.draft(owner, {}, proxy, caller);
  applyOptions(client.state, input);
  const username = (await loginBySessionId(client, legacyId)) || null;
  const toStore = { ...LOGGED_IN, login: client.state, username, legacyId };
  return accounts.store(owner, proxy === null ? toStore : { ...toStore, proxy }, {
    by: caller.actor,
    firstOfAccount: !newSession,
  });
}
