import {
  type ChallengeOutcome,
  challengePathOf,
  resolveChallenge,
} from "../../instagram/auth/challenge.ts";
import { CodeRefused, codeRequired } from "../../instagram/auth/challenge-parts.ts";
import type { UpstreamRefused } from "../../instagram/errors.ts";
import type { JsonObject } from "../../instagram/json.ts";
import { InvalidInput } from "../../problems/problem.ts";
import { cleanCode, jsonObjectField } from "../login-fields.ts";
import { pendingText, readPending } from "../pending-login.ts";
import type { SessionInUse } from "../session-in-use.ts";
import type { LoginDependencies } from "./dependencies.ts";

/**
 * Takes a step in a challenge: without a code it has one sent and throws UpstreamRefused
 * (ChallengeRequired), with the right code it returns. Throws that as well for a wrong code,
 * after which another one may come; SessionCoolingDown after some.
 */
export async function takeChallengeStep(
  { pauses }: Pick<LoginDependencies, "pauses">,
  session: SessionInUse,
  input: { lastJson: string; securityCode?: string },
): Promise<void> {
  const lastJson = jsonObjectField(input.lastJson, "last_json");
  challengePathOf(lastJson);
  const securityCode = cleanCode(input.securityCode, "security_code") ?? null;
  const step = async (): Promise<ChallengeOutcome> => {
    const outcome = await resolveStep(session, lastJson, securityCode);
    if (outcome.status === "refused") throw outcome.refusal;
    return outcome;
  };
  // Codes can be guessed as passwords can, and count with them.
  const outcome =
    securityCode === null
      ? await step()
      : await pauses.attempt(accountOf(session), step, isRefusedCode);
  if (outcome.status === "code_needed") throw codeRequired(outcome.contactPoint, lastJson);
}

/** Goes on where the last step has ended, and keeps where this one ends. */
function resolveStep(
  session: SessionInUse,
  lastJson: JsonObject,
  securityCode: string | null,
): Promise<ChallengeOutcome> {
  const { challenge, userPk: before } = session.stored;
  const { progress } = readPending(challenge);
  return session.transform<ChallengeOutcome>(async (client) => {
    const result = await resolveChallenge(client, { lastJson, securityCode, progress });
    const { userId } = client.state;
    if (before !== null && userId !== null && userId !== before)
      throw new InvalidInput("last_json", "is of another account than the session's");
    if (result.status !== "resolved") {
      const { progress } = result;
      return { result, changes: { challenge: progress && pendingText({ lastJson, progress }) } };
    }
    // A session whose login met the challenge goes on waiting, with the login that the answer may
    // have brought: its first use ends that, or POST /auth/login from this, now trusted, device.
    return { result, changes: { challenge: null, userPk: userId ?? session.stored.userPk } };
  });
}

/** Whose logins rest when codes of a session's challenge are wrong. */
const accountOf = ({ stored: { tenantId, mode, id, username, userPk } }: SessionInUse) => ({
  tenantId,
  mode,
  username: username ?? userPk ?? id,
});

const isRefusedCode = (refusal: UpstreamRefused): boolean => refusal instanceof CodeRefused;
