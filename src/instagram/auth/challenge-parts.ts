import { challengeHints } from "../error-kinds.ts";
import { UpstreamRefused } from "../errors.ts";
import type { ExactJsonObject } from "../json.ts";

/* What challenges in the app and challenges on a web page have in common. */

/** What is kept of a challenge between two calls. */
export type ChallengeProgress = AppProgress | WebProgress;

/** A challenge in the app, answered with signed bodies to the private API. */
interface AppProgress {
  apiPath: string;
  /** Where the code is submitted. */
  submitPath: string;
}

/** A challenge on a web page. */
export interface WebProgress extends AppProgress {
  /** Sent with its forms. */
  csrfToken: string;
  /** Cookies that the page has set. */
  cookies: Record<string, string>;
}

/** Ways to get a code, in the numbers that the app and the web page use. */
export const CHOICE_SMS = "0";
export const CHOICE_EMAIL = "1";

/** The error for a challenge that only a person in the app can resolve. */
export const onlyInTheApp = (message: string, lastJson: ExactJsonObject): UpstreamRefused =>
  new UpstreamRefused(
    "ChallengeRequired",
    message,
    { status: 400, body: lastJson },
    challengeHints.inTheApp,
  );

/** The error that asks the caller for the code, which has been sent. */
export const codeRequired = (
  contactPoint: string | null,
  lastJson: ExactJsonObject,
): UpstreamRefused =>
  new UpstreamRefused(
    "ChallengeRequired",
    `Challenge code required${contactPoint ? `: sent to ${contactPoint}` : ""}`,
    { status: 200, body: lastJson },
    challengeHints.sendCode,
  );

/** Instagram refused the code. The next one may be right. */
export class CodeRefused extends UpstreamRefused {
  constructor(reason: string, lastJson: ExactJsonObject) {
    const context = { status: 400, body: lastJson };
    const message = `The code was refused: ${reason}`;
    super("ChallengeRequired", message, context, challengeHints.sendCode);
  }
}
