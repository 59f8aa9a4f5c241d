import {
  type ChallengeOutcome,
  challengePathOf,
  resolveChallenge,
} from "../../instagram/auth/challenge.ts";
import { CodeRefused, codeRequired } from "../../instagram/auth/challenge-parts.ts";
import type { UpstreamRefused } from "../../instagram/errors.ts";
import type { ExactJsonObject } from "../../instagram/json.ts";
import { InvalidInput } from "../../problems/problem.ts";
import { cleanCode, jsonObjectField } from "../login-fields.ts";
import { pendingText, readPending } from "../pending-login.ts";
import type { SessionInUse } from "../session-in-use.ts";
import type { LoginDependencies } from "./dependencies.ts";

/**
 * Takes a step of a challenge. Without a code it has one sent and throws UpstreamRefused
 * (ChallengeRequired); with the right code it returns. A wrong code throws UpstreamRefused too and
 * may be followed by another; after some, it throws SessionCoolingDown. Throws InvalidInput.
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
  // Codes can be guessed, so wrong ones count like wrong passwords.
  const outcome =
    securityCode === null
      ? await step()
      : await pauses.attempt(accountOf(session), step, isRefusedCode);
  if (outcome.status === "code_needed") throw codeRequired(outcome.contactPoint, lastJson);
}

/** Continues after the last step, and stores how far this one has come. */
function resolveStep(
  session: SessionInUse,
  lastJson: ExactJsonObject,
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
    // The session stays pending, with the login that the answer may have brought, until its first
    // use succeeds, or POST /auth/login does from this device, which is trusted now.
    return { result, changes: { challenge: null, userPk: userId ?? session.stored.userPk } };
  });
}

/** The account whose logins are paused after wrong codes. */
const accountOf = ({ stored: { tenantId, mode, id, username, userPk } }: SessionInUse) => ({
  tenantId,
  mode,
  username: username ?? userPk ?? id,
});

const isRefusedCode = (refusal: UpstreamRefused): boolean => refusal instanceof CodeRefused;
