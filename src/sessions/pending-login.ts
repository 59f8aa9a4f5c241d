import type { Actor } from "../announcements.ts";
import { challengeProgressOf } from "../instagram/auth/challenge.ts";
import type { ChallengeProgress } from "../instagram/auth/challenge-parts.ts";
import { isRefusal, type UpstreamRefused } from "../instagram/errors.ts";
import {
  isJsonObject,
  type JsonObject,
  objectOr,
  parseJson,
  stringifyJson,
} from "../instagram/json.ts";
import type { LiveSession } from "./live-session.ts";
import type { StoredSession } from "./session-store.ts";

/* A login that waits for its next step: a code of the second factor, or a challenge. */

/** Whether a session's login waits for its next step. */
export const isPending = ({ state }: Pick<StoredSession, "state">): boolean =>
  state === "challenge" || state === "two_factor";

/** Whether it is a refusal after which the login goes on, with a code. */
export const asksForCode = (error: unknown): error is UpstreamRefused =>
  isRefusal(error, "TwoFactorRequired", "ChallengeRequired");

/** What a session's record holds of a login that the refusal has left waiting. */
export const pendingFields = ({ kind, context }: UpstreamRefused) => ({
  state: kind === "ChallengeRequired" ? ("challenge" as const) : ("two_factor" as const),
  challenge: pendingText({ lastJson: context.body, progress: null }),
});

/** What a session's record holds of a login that works. */
export const LOGGED_IN = { state: "active", challenge: null } as const;

/** Where a challenge or second factor stands. */
export interface PendingLogin {
  /** What Instagram answered when it asked. */
  lastJson: JsonObject;
  /** Of a challenge for which a code was sent. */
  progress: ChallengeProgress | null;
}

/** The JSON text in which a session's record keeps it. */
export const pendingText = ({ lastJson, progress }: PendingLogin): string =>
  stringifyJson({ lastJson, ...(progress && { progress: { ...progress } }) });

/** The same, read. */
export function readPending(text: string | null): PendingLogin {
  const kept = text === null ? {} : parseJson(text);
  const { lastJson, progress } = isJsonObject(kept) ? kept : {};
  return { lastJson: objectOr(lastJson), progress: challengeProgressOf(progress) };
}

/** Keeps what a challenge asks for in a session whose login stays as it is. */
export const storeChallenge = (
  session: LiveSession,
  { context }: UpstreamRefused,
  by: Actor,
): Promise<void> =>
  session.change(
    () => ({ challenge: pendingText({ lastJson: context.body, progress: null }) }),
    by,
  );
