import { challengeHints } from "../error-kinds.ts";
import { UpstreamRefused } from "../errors.ts";
import type { JsonObject } from "../json.ts";

/* What the app's challenge and the web page that some lead to have in common. */

/** What is known of a challenge between two calls: one in the app, or on a web page. */
export type ChallengeProgress = AppProgress | WebProgress;

/** Of the app's challenge, which is answered with signed bodies to the private API. */
export interface AppProgress {
  apiPath: string;
  /** Where the code goes, once it has been sent. */
  submitPath: string;
}

/** Of the web page that some challenges lead to. */
export interface WebProgress extends AppProgress {
  /** The token that its forms carry. */
  csrfToken: string;
  /** Those that it has set. */
  cookies: Record<string, string>;
}

/** Ways to get a code, as the app and the web page number them. */
export const CHOICE_SMS = "0";
export const CHOICE_EMAIL = "1";

/** A challenge that no code sent through here can end. */
export const onlyInTheApp = (message: string, lastJson: JsonObject): UpstreamRefused =>
  new UpstreamRefused(
    "ChallengeRequired",
    message,
    { status: 400, body: lastJson },
    challengeHints.inTheApp,
  );

/** The code has been sent, and is wanted now. */
export const codeRequired = (contactPoint: string | null, lastJson: JsonObject): UpstreamRefused =>
  new UpstreamRefused(
    "ChallengeRequired",
    `Challenge code required${contactPoint ? `: sent to ${contactPoint}` : ""}`,
    { status: 200, body: lastJson },
    challengeHints.sendCode,
  );

/** A code that Instagram did not take; the next may be right. */
export class CodeRefused extends UpstreamRefused {
  constructor(reason: string, lastJson: JsonObject) {
    const context = { status: 400, body: lastJson };
    const message = `The code was refused: ${reason}`;
    super("ChallengeRequired", message, context, challengeHints.sendCode);
  }
}
