import { UpstreamRefused } from "../errors.ts";
import type { JsonObject } from "../json.ts";

/* What the app's challenge and the web page that some lead to have in common. */

/** What is known of a challenge between two calls. */
export interface ChallengeProgress {
  apiPath: string;
  /** Where the code goes, once it has been sent. */
  submitPath: string;
  /** `app`: signed bodies to the private API; `form`: the web page that some challenges lead to. */
  surface: "app" | "form";
  /** Of the web page: the token that its forms carry, and the cookies that it has set. */
  csrfToken?: string;
  cookies?: Record<string, string>;
}

/** Ways to get a code, as both surfaces number them. */
export const CHOICE_SMS = "0";
export const CHOICE_EMAIL = "1";

/** A code that Instagram did not take. */
export class CodeRefused extends Error {
  override readonly name = "CodeRefused";
}

/** A challenge that no code sent through here can end. */
export function manual(message: string, lastJson: JsonObject): UpstreamRefused {
  return new UpstreamRefused("ChallengeRequired", message, {
    operation: "resolveChallenge",
    status: 400,
    body: lastJson,
  });
}
