import { disableTotp, enableTotp, generateTotpSeed, totpUri } from "../../instagram/auth/totp.ts";
import { requiredCode } from "../login-fields.ts";
import type { SessionInUse } from "../session-in-use.ts";

/** A secret for an authenticator, to be typed in or as a QR code. */
export interface TotpSecret {
  seed: string;
  uri: string;
}

/**
 * Sets up two-factor authentication by an authenticator: without a code a secret for it is made,
 * with a code from it the second factor is on, and the backup codes are answered, this once.
 * Throws InvalidInput, UpstreamRefused.
 */
export function setUpTotp(
  session: SessionInUse,
  input: { verificationCode?: string },
): Promise<string[] | TotpSecret> {
  const { verificationCode } = input;
  const code =
    verificationCode === undefined ? null : requiredCode(verificationCode, "verification_code");
  return session.write(async (client): Promise<string[] | TotpSecret> => {
    if (code !== null) return enableTotp(client, code);
    const seed = await generateTotpSeed(client);
    const { username, userPk } = session.stored;
    return { seed, uri: totpUri(seed, username ?? userPk ?? "account") };
  });
}

/** Turns it off; whether Instagram says that it is. */
export const turnOffTotp = (session: SessionInUse): Promise<boolean> => session.write(disableTotp);
