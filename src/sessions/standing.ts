import type { RefusalKind } from "../instagram/error-kinds.ts";
import { challengePathIn, type UpstreamRefused } from "../instagram/errors.ts";
import { type ExactJsonObject, textOf } from "../instagram/json.ts";
import { pendingText, readPending } from "./pending-login.ts";
import type { SessionRecord } from "./session-store.ts";

/*
 * What Instagram's answers to a session's own requests say of it. A server that fails, a time that runs
 * out, a page or a proxy's fault say nothing: they never change a state.
 */

/**
 * An answer to a request that a session has made with its login: a good one; one that says no about what
 * was asked for, and so accepts the login; or a refusal.
 */
export type Answer = "good" | "accepted" | Refusal;

export interface Refusal {
  readonly kind: RefusalKind;
  /** Instagram's words. */
  readonly message: string;
  readonly body: ExactJsonObject;
  /** Whether Instagram says that the login has ended, and does not merely refuse it this time. */
  readonly isFinal: boolean;
}

/** What a session's record holds of its standing. */
export type Standing = Pick<SessionRecord, "state" | "refusals" | "challenge">;

/** What was known when the work began whose answers are looked at. */
export type Known = Pick<SessionRecord, "state" | "refusals">;

type Changes = Partial<Standing & Pick<SessionRecord, "reason">>;

/** Refusals of a login in a row that end it. One may be a blip: the next request may work again. */
const LAST_REFUSAL = 2;
const MAX_REASON_LENGTH = 200;
/** A challenge is a small object; of a larger one only its path is kept. */
const MAX_CHALLENGE_LENGTH = 16_384;
const MAX_PATH_LENGTH = 1_000;

/** The refusal as evidence. `hasLogin`: whether the answer has left the session its login. */
export const refusalIn = (
  { kind, message, context: { body } }: UpstreamRefused,
  hasLogin: boolean,
): Refusal => ({
  kind,
  message,
  body,
  isFinal: kind === "LoginRequired" && (!hasLogin || endsLogin(body)),
});

/**
 * A bare `login_required` is also answered to sessions that go on working. These are not: the account's
 * owner has logged the session out, or the app is told to show that it was logged out.
 */
const endsLogin = (body: ExactJsonObject): boolean =>
  body.message === "user_has_logged_out" ||
  (textOf(body.error_title) !== "" && body.logout_reason !== undefined);

/**
 * What the answers change in a session's standing; null for nothing. Those of requests that were under
 * way at the same time are one piece of evidence: a refusal counts only if it is not known yet.
 */
export function changesBy(
  answers: readonly Answer[],
  standing: Standing,
  begun: Known,
): Changes | null {
  let now: Standing & Changes = standing;
  let known: Known = begun;
  for (const answer of answers) {
    const changes =
      typeof answer === "string"
        ? afterAccepted(answer, now, known)
        : afterRefusal(answer, now, known);
    now = { ...now, ...changes };
    known = now;
  }
  if (now === standing) return null;
  const { state, refusals, challenge, reason } = now;
  if (state !== standing.state) return { state, refusals, challenge, reason: reason ?? null };
  return refusals === standing.refusals && challenge === standing.challenge
    ? null
    : { refusals, challenge };
}

function afterAccepted(answer: "good" | "accepted", now: Standing, known: Known): Changes {
  const rehabilitated = { refusals: 0 };
  // Work that had begun before the session got its state may only have been late.
  if (answer !== "good" || now.state === "active" || now.state !== known.state)
    return rehabilitated;
  return { ...rehabilitated, state: "active", challenge: null, reason: "Instagram answers again" };
}

function afterRefusal(refusal: Refusal, now: Standing, known: Known): Changes {
  // The others know the account, and so its login.
  const rest = { refusals: 0, reason: reasonOf(refusal) };
  switch (refusal.kind) {
    case "LoginRequired":
      return afterLoginRequired(refusal, now, known);
    case "ChallengeRequired":
    case "CheckpointRequired":
      return asksForChallenge(refusal)
        ? { ...rest, state: "challenge", challenge: pendingIn(refusal, now) }
        : {};
    case "UpgradeRequired":
      return { ...rest, state: "upgrade_required" };
    case "AccountSuspended":
    case "AccountDisabled":
      return { ...rest, state: "disabled" };
    default:
      return {};
  }
}

function afterLoginRequired(refusal: Refusal, now: Standing, known: Known): Changes {
  // A closed account has no login either: that it is closed says more.
  if (now.state === "logged_out" || now.state === "disabled") return {};
  if (!refusal.isFinal && now.refusals !== known.refusals) return {};
  const refusals = now.refusals + 1;
  if (refusal.isFinal) return { state: "logged_out", refusals, reason: reasonOf(refusal) };
  if (refusals < LAST_REFUSAL) return { refusals };
  return { state: "logged_out", refusals, reason: `${reasonOf(refusal)}, ${refusals} in a row` };
}

/** A 404 that is taken for a hidden challenge is no evidence of one. */
const asksForChallenge = ({ body }: Refusal): boolean => Object.keys(body).length > 0;

/** The challenge as POST /auth/challenge/resolve goes on with it. */
function pendingIn({ body }: Refusal, { challenge }: Standing): string {
  const pending = readPending(challenge);
  const path = challengePathIn(body);
  // Asked for again while a code is under way: the code still counts.
  if (challenge !== null && path !== null && path === challengePathIn(pending.lastJson))
    return challenge;
  const text = pendingText({ lastJson: body, progress: null });
  if (text.length <= MAX_CHALLENGE_LENGTH) return text;
  const asked = { api_path: path?.slice(0, MAX_PATH_LENGTH) ?? null };
  const short = { message: "challenge_required", challenge: asked, status: "fail" };
  return pendingText({ lastJson: short, progress: null });
}

/** A few words, and the `exc_type` that says what to do. */
const reasonOf = ({ kind, message }: Refusal): string =>
  `${kind}: ${message.slice(0, MAX_REASON_LENGTH).replaceAll(/\s+/g, " ")}`;
