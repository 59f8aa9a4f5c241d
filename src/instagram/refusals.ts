import { ADDRESS_BLOCKED, type RefusalKind, type UnreachableKind } from "./error-kinds.ts";
import { UpstreamRefused, UpstreamUnreachable } from "./errors.ts";
import {
  type ExactJson,
  type ExactJsonObject,
  isJsonObject,
  objectOr,
  textOf,
  type VerbatimJson,
  type VerbatimJsonObject,
} from "./json.ts";

/* Which error an answer from Instagram stands for. */

/** Not a plain object: Instagram might send `constructor`. */
const mapOf = (kinds: Record<string, RefusalKind>): ReadonlyMap<string, RefusalKind> =>
  new Map(Object.entries(kinds));

/** Maps `error_type` values of 400 answers. */
const BY_ERROR_TYPE = mapOf({
  two_factor_required: "TwoFactorRequired",
  sms_code_validation_code_invalid: "TwoFactorRequired",
  bad_password: "BadPassword",
  invalid_user: "UnknownUsername",
  rate_limit_error: "RateLimitError",
  sentry_block: "SentryBlock",
  ip_block: "ProxyAddressIsBlocked",
  needs_upgrade: "UpgradeRequired",
  "inactive user": "AccountDisabled",
  inactive_user: "AccountDisabled",
  checkpoint_challenge_required: "ChallengeRequired",
});

/** Maps whole messages. */
const BY_MESSAGE = mapOf({
  login_required: "LoginRequired",
  user_has_logged_out: "LoginRequired",
  challenge_required: "ChallengeRequired",
  checkpoint_required: "CheckpointRequired",
  consent_required: "ConsentRequired",
  geoblock_required: "GeoBlockRequired",
  ip_block: "ProxyAddressIsBlocked",
  feedback_required: "FeedbackRequired",
  needs_upgrade: "UpgradeRequired",
  media_needs_reupload: "MediaNeedsReupload",
});

/** Maps what a message contains, in this order. Compared in lower case. */
const BY_PHRASE: ReadonlyArray<readonly [phrase: string, kind: RefusalKind]> = [
  ["please wait a few minutes", "PleaseWaitFewMinutes"],
  ["your account has been disabled", "AccountDisabled"],
  ["videotoolongexception", "VideoTooLongException"],
  // Must come before "transcode error": "Transcode error: Video's aspect ratio is too large".
  ["aspect ratio", "AspectRatioNotAllowed"],
  // "Transcode not finished yet" is not listed, as it is no error: the upload goes on.
  ["transcode error", "TranscodeError"],
  ["transcode timeout", "TranscodeError"],
  ["videosourceerror", "TranscodeError"],
  ["not authorized to view user", "PrivateAccount"],
  ["invalid target user", "InvalidTargetUser"],
  ["invalid media_id", "InvalidMediaId"],
  ["comment is unavailable", "CommentUnavailable"],
  ["media is unavailable", "MediaUnavailable"],
  ["media not found", "MediaNotFound"],
  ["has been deleted", "MediaUnavailable"],
  ["unable to fetch followers", "UserNotFound"],
  ["error generating user info response", "UserNotFound"],
  ["user not found", "UserNotFound"],
  ["thread does not exist", "DirectThreadNotFound"],
  ["message does not exist", "DirectMessageNotFound"],
  ["can't message this account unless they follow you", "DirectMessageRequestsDisabled"],
  ["allow new message requests", "DirectMessageRequestsDisabled"],
  ["the username you entered", "UnknownUsername"],
  ["flagged as an open proxy", "ProxyAddressIsBlocked"],
];

/** Pages of challenges that no code can end, by the end of their path. */
const DEAD_ENDS: ReadonlyArray<readonly [page: string, kind: RefusalKind]> = [
  ["/web/unsupported_version", "UpgradeRequired"],
  ["/accounts/suspended", "AccountSuspended"],
  ["/accounts/disabled", "AccountDisabled"],
];

/** The kind of refusal behind a challenge that no code can end; null for other challenges. */
export function deadEndOf(body: VerbatimJsonObject): RefusalKind | null {
  const challenge = objectOr(body.challenge);
  for (const url of [body.checkpoint_url, challenge.url, challenge.api_path]) {
    const [path = ""] = textOf(url).split(/[?#]/, 1);
    const page = path.endsWith("/") ? path.slice(0, -1) : path;
    const found = DEAD_ENDS.find(([end]) => page.endsWith(end));
    if (found) return found[1];
  }
  return null;
}

function kindOf(status: number, body: VerbatimJsonObject, rawText: string): RefusalKind {
  const message = messageIn(body);
  const phrase = message.toLowerCase().replaceAll("’", "'");
  const deadEnd = deadEndOf(body);
  if (deadEnd) return deadEnd;
  if (phrase.includes("please wait a few minutes")) return "PleaseWaitFewMinutes";
  if (isJsonObject(body.two_factor_info)) return "TwoFactorRequired";
  const known =
    BY_MESSAGE.get(message) ??
    BY_ERROR_TYPE.get(textOf(body.error_type)) ??
    BY_PHRASE.find(([part]) => phrase.includes(part))?.[1];
  if (known) return known;
  if (body.spam === true) return "FeedbackRequired";
  switch (status) {
    case 401:
      return "ClientUnauthorizedError";
    case 403:
      return "ClientForbiddenError";
    case 404:
      // A bare "Not Found" is a disguised challenge; a missing endpoint answers with a page.
      return rawText === "Not Found" ? "ChallengeRequired" : "ClientNotFoundError";
    case 429:
      return "RateLimitError";
    default:
      return status < 400 ? "ClientStatusFail" : "UnknownError";
  }
}

const DEFAULT_MESSAGES: Partial<Record<RefusalKind, string>> = {
  TwoFactorRequired: "Two-factor authentication required",
  ChallengeRequired: "challenge_required",
  FeedbackRequired: "feedback_required",
  RateLimitError: "Too many requests",
  CommentsDisabled: "Comments disabled by author",
  ClientNotFoundError: "Instagram does not know what was asked for",
  ProxyAddressIsBlocked: "Instagram blocks the address that the request came from",
  ClientForbiddenError: "Instagram forbids this",
  ClientUnauthorizedError: "Instagram does not accept the session for this",
};

/** Kinds by which Instagram refuses an address, whichever account it meets there. */
const OF_ADDRESS: ReadonlySet<RefusalKind> = new Set(["ProxyAddressIsBlocked", "SentryBlock"]);

/**
 * Whether an answer of Instagram's API refuses an address by its form: an account is told in JSON what
 * is wrong, an address that is blocked gets a page, or nothing at all.
 */
export const isBlockPage = (status: number, isJson: boolean): boolean =>
  !isJson && (status === 403 || status === 429);

/** Statuses whose meaning is clear without a JSON body. */
const CLEAR_STATUSES = new Set([401, 403, 404, 429]);

/**
 * The error that an answer with an error status stands for: UpstreamUnreachable for 5xx and for
 * most answers that are not JSON, UpstreamRefused for the rest. Servers of files (not `isOfApi`) have
 * pages for other reasons, such as a link that is over.
 */
export function refusalOf(
  status: number,
  body: ExactJson | undefined,
  rawText: string,
  isOfApi = true,
): UpstreamRefused | UpstreamUnreachable {
  const unreachable = (kind: UnreachableKind, message: string): UpstreamUnreachable =>
    new UpstreamUnreachable(kind, message, { status });
  if (status >= 500)
    return unreachable("UpstreamError", `Instagram answered with status ${status}`);
  if (status === 408) return unreachable("UpstreamTimeout", "Instagram answered: request timeout");
  if (!isJsonObject(body) && !CLEAR_STATUSES.has(status))
    return unreachable("UpstreamError", `Instagram answered with status ${status} and no JSON`);
  const object = objectOr(body);
  const kind = kindOf(status, object, rawText.trim());
  return refused(kind, status, object, isOfApi && isBlockPage(status, isJsonObject(body)));
}

/**
 * The refusal in an answer with a 2xx status; null for a good answer. Closed comments and hidden
 * hashtags even come with `status: "ok"`.
 */
export function refusalKindIn(status: number, body: VerbatimJsonObject): RefusalKind | null {
  if (body.status === "fail" || body.spam === true) return kindOf(status, body, "");
  if (body.comments_disabled === true) return "CommentsDisabled";
  if (isJsonObject(body.warning_message) && isHashtagWarning(body.warning_message))
    return "HashtagPageWarning";
  if (textOf(body.error_title) === "") return null;
  return body.message === "media_needs_reupload" ? "MediaNeedsReupload" : "ClientErrorWithTitle";
}

const isHashtagWarning = (warning: VerbatimJsonObject): boolean =>
  warning.category_name === "HASHTAG_PAGE_WARNING_MESSAGE";

/**
 * A refusal of this kind, with the message in the answer's body. `isPage`: its form says that it means
 * the address.
 */
export function refused(
  kind: RefusalKind,
  status: number,
  body: ExactJsonObject,
  isPage = false,
): UpstreamRefused {
  const message =
    messageOf(kind, body) ||
    textOf(body.error_title) ||
    DEFAULT_MESSAGES[kind] ||
    `Status ${status}`;
  const context =
    isPage || OF_ADDRESS.has(kind) ? { status, body, isAddressBlocked: true } : { status, body };
  return new UpstreamRefused(kind, message, context, isPage ? ADDRESS_BLOCKED : undefined);
}

function messageOf(kind: RefusalKind, body: VerbatimJsonObject): string {
  const { feedback_title: title, feedback_message: explanation } = body;
  const message = messageIn(body);
  if (kind === "FeedbackRequired") return joined([message, title, explanation]);
  if (kind === "MediaNeedsReupload") return joined([message, body.error_title]);
  if (kind !== "HashtagPageWarning") return message.trim();
  const warning = objectOr(body.warning_message);
  const state = objectOr(body.null_state);
  return joined([state.title, textOf(warning.body_text) || textOf(state.text)]);
}

/** `message` may be a text, a list of texts, or an object with such a list as `errors`. */
function messageIn({ message = null }: VerbatimJsonObject): string {
  const list = isJsonObject(message) ? message.errors : message;
  return Array.isArray(list) ? list.map(textOf).filter(Boolean).join(" ") : textOf(list);
}

const joined = (parts: readonly (VerbatimJson | undefined)[]): string =>
  parts
    .map(textOf)
    .filter((part) => part !== "")
    .join(": ");
