import { disableTotp, enableTotp, generateTotpSeed, totpUri } from "../../instagram/auth/totp.ts";
import { requiredCode } from "../login-fields.ts";
import type { SessionInUse } from "../session-in-use.ts";

/** A secret for an authenticator app: to be typed in (`seed`), or as a QR code (`uri`). */
export interface TotpSecret {
  seed: string;
  uri: string;
}

/**
 * Sets up two-factor authentication with an authenticator app. Without a code it makes a secret for
 * the app. With a code from the app it turns the second factor on, and returns the backup codes:
 * they are shown only this once.
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

/** Turns it off; resolves with whether Instagram confirms it. */
export const turnOffTotp = (session: SessionInUse): Promise<boolean> => session.write(disableTotp);
