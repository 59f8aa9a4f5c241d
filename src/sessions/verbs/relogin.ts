import { relogin } from "../../instagram/auth/login.ts";
import { isRefusal } from "../../instagram/errors.ts";
import { normalizeLoginName } from "../../instagram/ids.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import { InvalidInput } from "../../problems/problem.ts";
import type { Owner } from "../account-sessions.ts";
import { cleanCode } from "../login-fields.ts";
import { LOGGED_IN, storeChallenge } from "../pending-login.ts";
import type { SessionInUse } from "../session-in-use.ts";
import type { LoginDependencies } from "./dependencies.ts";
import { changesBy, withWays } from "./session-proxy.ts";

/** No password is stored, so the caller must send it. */
const credentialsRequired = (message: string): GatewayProblem =>
  new GatewayProblem("CredentialsRequired", message);

/**
 * Logs a session's account in again on the same device. The old login stays until the new one
 * has succeeded. Throws CredentialsRequired, InvalidInput, SessionCoolingDown, UpstreamRefused, and
 * what finding a proxy throws.
 */
export async function renewLogin(
  { pauses, ways, probeWrite }: Pick<LoginDependencies, "pauses" | "ways" | "probeWrite">,
  owner: Owner,
  session: SessionInUse,
  input: { username?: string; password?: string; verificationCode?: string },
): Promise<void> {
  const account = accountOf(owner, session, input);
  const verificationCode = cleanCode(input.verificationCode, "verification_code");
  await probeWrite();
  const before = session.stored.userPk;
  try {
    await withWays(ways, (findWay) =>
      session.transformThrough(async (state, through) => {
        const current = session.stored;
        const way = await pauses.attempt({ ...owner, username: account.username }, async () => {
          const found = await findWay({ owner, named: { kind: "none" }, current, state });
          await relogin(through(found), { ...account, verificationCode });
          return found;
        });
        const { userId } = state;
        if (before !== null && userId !== before)
          throw new InvalidInput("username", "is another account than the session's");
        return {
          result: undefined,
          changes: {
            ...LOGGED_IN,
            username: account.username,
            userPk: userId,
            ...changesBy(way),
            credentials: owner.storeCredentials ? account : null,
          },
          hold: way.hold,
        };
      }),
    );
  } catch (error) {
    if (isRefusal(error, "ChallengeRequired"))
      await storeChallenge(session.live, error, session.caller.actor);
    throw error;
  }
}

/** Username and password as given, or else as stored. Throws CredentialsRequired, InvalidInput. */
function accountOf(
  owner: Owner,
  { stored }: SessionInUse,
  input: { username?: string; password?: string },
): { username: string; password: string } {
  const kept = owner.storeCredentials ? stored.credentials : null;
  const username = input.username || stored.username || kept?.username;
  const password = input.password || kept?.password;
  if (!username)
    throw credentialsRequired("Neither the username nor the password of the account is stored");
  if (!password) throw credentialsRequired("The password of the account is not stored");
  return { username: normalizeLoginName(username), password };
}
