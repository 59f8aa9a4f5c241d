import type { Actor } from "../announcements.ts";
import { challengeProgressOf } from "../instagram/auth/challenge.ts";
import type { ChallengeProgress } from "../instagram/auth/challenge-parts.ts";
import { isRefusal, type UpstreamRefused } from "../instagram/errors.ts";
import {
  type ExactJsonObject,
  isJsonObject,
  objectOr,
  parseExact,
  stringifyJson,
} from "../instagram/json.ts";
import type { LiveSession } from "./live-session.ts";
import type { StoredSession } from "./session-store.ts";

/* A login that waits for its next step: the code of a second factor, or a challenge. */

export const isPending = ({ state }: Pick<StoredSession, "state">): boolean =>
  state === "challenge" || state === "two_factor";

/** Whether the login can go on after this error, with a code. */
export const asksForCode = (error: unknown): error is UpstreamRefused =>
  isRefusal(error, "TwoFactorRequired", "ChallengeRequired");

/** The fields of a session's record after a refusal that asks for a code. */
export const pendingFields = ({ kind, context }: UpstreamRefused) => ({
  reason:
    kind === "ChallengeRequired" ? "the login waits for a challenge" : "the login waits for a code",
  state: kind === "ChallengeRequired" ? ("challenge" as const) : ("two_factor" as const),
  challenge: pendingText({ lastJson: context.body, progress: null }),
});

/** The fields of a session's record after a login that succeeded. */
export const LOGGED_IN = {
  state: "active",
  challenge: null,
  refusals: 0,
} as const;

/** How far a challenge or second factor has come. */
export interface PendingLogin {
  /** Instagram's answer that asked for it. */
  lastJson: ExactJsonObject;
  /** The step of a challenge for which a code was sent; null without one. */
  progress: ChallengeProgress | null;
}

/** The JSON text that a session's record keeps. */
export const pendingText = ({ lastJson, progress }: PendingLogin): string =>
  stringifyJson({ lastJson, ...(progress && { progress: { ...progress } }) });

/** Reads that JSON text. */
export function readPending(text: string | null): PendingLogin {
  const kept = text === null ? {} : parseExact(text);
  const { lastJson, progress } = isJsonObject(kept) ? kept : {};
  return { lastJson: objectOr(lastJson), progress: challengeProgressOf(progress) };
}

/** Stores a challenge in a session whose login stays as it is. */
export const storeChallenge = (
  session: LiveSession,
  { context }: UpstreamRefused,
  by: Actor,
): Promise<void> =>
  session.change(
    () => ({ challenge: pendingText({ lastJson: context.body, progress: null }) }),
    by,
  );
