import type { RefusalKind, UnreachableKind } from "../instagram/errors.ts";

/**
 * The one table of errors: status, title, what a caller can do, and so the documentation of each
 * answer. `exc_type` keeps the names that clients of the Python service match on.
 */
export interface ProblemKind {
  status: number;
  title: string;
  hint?: string;
  /** Seconds to wait when the cause tells none. */
  retryAfter?: number;
}

const THROTTLED =
  "Instagram is throttling this account or action. Pause automation, reduce the request rate, check the account and its proxy, then retry later.";
const IN_THE_APP =
  "Resolve the challenge in the Instagram app, then log in again or import a saved session.";

const GATEWAY = {
  ApiKeyRequired: {
    status: 401,
    title: "API key required",
    hint: "Send X-API-Key: gw_test_… (sandbox) or gw_live_… (Instagram).",
  },
  ApiKeyInvalid: { status: 401, title: "API key not accepted" },
  SessionRequired: {
    status: 401,
    title: "Session ID required",
    hint: "Log in with POST /auth/login and send the session ID as X-Session-ID.",
  },
  SessionNotFound: {
    status: 401,
    title: "Session not found",
    hint: "Log in with POST /auth/login, or import settings with PATCH /auth/settings.",
  },
  AdminTokenRequired: {
    status: 401,
    title: "Admin token required",
    hint: "Send Authorization: Bearer <ADMIN_TOKEN>.",
  },
  MetricsTokenRequired: {
    status: 401,
    title: "Metrics token required",
    hint: "Send Authorization: Bearer <METRICS_TOKEN>.",
  },
  TooManyFailures: {
    status: 429,
    title: "Too many wrong API keys or tokens from this address",
    hint: "Correct the API key or token that is sent from this address, and wait as Retry-After says. Keys that have worked before go on working.",
    retryAfter: 2,
  },
  ScopeRequired: { status: 403, title: "The API key lacks a scope" },
  GrantExceeded: {
    status: 403,
    title: "A key cannot give what it has not",
    hint: "Ask for less, or let the operator or a key that has it do this.",
  },
  TenantSuspended: {
    status: 403,
    title: "The tenant is suspended",
    hint: "Ask the operator of this gateway.",
  },
  TenantNotFound: { status: 404, title: "Tenant not found" },
  ApiKeyNotFound: { status: 404, title: "API key not found" },
  ApiKeyNotActive: { status: 409, title: "API key not active" },
  NotFound: { status: 404, title: "No such route", hint: "GET /openapi.json lists the routes." },
  MethodNotAllowed: { status: 405, title: "Method not allowed" },
  NotImplemented: {
    status: 501,
    title: "Not implemented yet",
    hint: "GET /openapi.json lists the operations that are there.",
  },
  ValidationError: { status: 422, title: "Invalid input" },
  UrlNotAllowed: {
    status: 422,
    title: "The URL leads where it must not",
    hint: "Use a host with public addresses. The operator of this gateway can allow others (URL_ALLOW_HOSTS).",
  },
  RequestTimeout: {
    status: 408,
    title: "The request took too long to arrive",
    hint: "Nothing was done. Send the whole body at once.",
  },
  PayloadTooLarge: { status: 413, title: "Payload too large" },
  UnsupportedMedia: { status: 415, title: "Unsupported content type" },
  GatewayRateLimited: {
    status: 429,
    title: "Too many requests",
    hint: "Slow down: the RateLimit headers tell how much the API key has left, the tenant's max_in_flight how many requests may be under way.",
    retryAfter: 1,
  },
  SessionCoolingDown: {
    status: 429,
    title: "The account's logins rest",
    hint: "Nothing was sent to Instagram. Check the password, wait as long as Retry-After says, then log in once.",
    retryAfter: 300,
  },
  SessionLimitReached: {
    status: 403,
    title: "The tenant has as many sessions as it may keep",
    hint: "Log accounts in again in their own sessions (without new_session), or ask the operator to raise max_sessions or to delete sessions.",
  },
  ApiKeyLimitReached: {
    status: 403,
    title: "The tenant has as many API keys as it may",
    hint: "Revoke keys that nobody uses any more: GET /admin/tenants/{tenant_id}/keys shows when each was last used.",
  },
  SessionBusy: {
    status: 503,
    title: "Too many requests wait for this session",
    hint: "Send fewer requests for one session at the same time.",
    retryAfter: 2,
  },
  CredentialsRequired: {
    status: 422,
    title: "The account's password is needed",
    hint: "Send the form field password with PATCH /auth/relogin (and verification_code where the account has two-factor authentication): this tenant's policy keeps no account passwords.",
  },
  EncryptionKeyUnavailable: {
    status: 503,
    title: "The session's encryption key is not available",
    hint: "The session is stored, but under a key that ENCRYPTION_KEYS does not hold. Put that key back.",
    retryAfter: 60,
  },
  SessionDamaged: {
    status: 500,
    title: "The stored session is damaged",
    hint: "Log the account in again, or import its settings.",
  },
  StorageUnavailable: {
    status: 503,
    title: "The database cannot serve",
    hint: "Nothing was acknowledged. Retry later; the operator finds the cause at GET /ready.",
    retryAfter: 5,
  },
  CallerGone: { status: 499, title: "The caller hung up" },
  ShuttingDown: { status: 503, title: "Shutting down", retryAfter: 5 },
  InternalError: { status: 500, title: "Internal error" },
} as const satisfies Record<string, ProblemKind>;

const REFUSED: Record<RefusalKind, ProblemKind> = {
  BadPassword: {
    status: 401,
    title: "Wrong password",
    hint: "Check the password. If it is right, Instagram distrusts the IP address: use another proxy.",
  },
  UnknownUsername: {
    status: 401,
    title: "Unknown username",
    hint: "Check the Instagram username and retry POST /auth/login.",
  },
  TwoFactorRequired: {
    status: 401,
    title: "Two-factor code required",
    hint: "Retry POST /auth/login with verification_code.",
  },
  ChallengeRequired: { status: 403, title: "Instagram asks for a challenge", hint: IN_THE_APP },
  CheckpointRequired: { status: 403, title: "Instagram asks for a checkpoint", hint: IN_THE_APP },
  ConsentRequired: {
    status: 403,
    title: "Instagram asks for consent",
    hint: "Accept Instagram's terms in the app, then retry.",
  },
  GeoBlockRequired: {
    status: 403,
    title: "Not available in this region",
    hint: "Use a proxy in the account's country.",
  },
  LoginRequired: {
    status: 401,
    title: "Instagram has logged the session out",
    hint: "Log in again with PATCH /auth/relogin or POST /auth/login, or import its settings again with PATCH /auth/settings.",
  },
  AccountSuspended: {
    status: 403,
    title: "Instagram has suspended the account",
    hint: "No code ends this. Its owner can ask Instagram for a review: log in with the app or at instagram.com and follow the steps there, within 180 days.",
  },
  AccountDisabled: {
    status: 403,
    title: "Instagram has disabled the account",
    hint: "No code ends this. Its owner can appeal: the app shows how after a login, or the form at help.instagram.com for disabled accounts.",
  },
  UpgradeRequired: {
    status: 403,
    title: "Instagram refuses the app version",
    hint: "Move the session to a newer app profile: bun run cli sessions move-profile.",
  },
  FeedbackRequired: {
    status: 429,
    title: "Instagram blocks this action for now",
    hint: THROTTLED,
    retryAfter: 3600,
  },
  PleaseWaitFewMinutes: {
    status: 429,
    title: "Instagram asks to wait a few minutes",
    hint: THROTTLED,
    retryAfter: 300,
  },
  RateLimitError: {
    status: 429,
    title: "Instagram's rate limit",
    hint: THROTTLED,
    retryAfter: 300,
  },
  SentryBlock: {
    status: 403,
    title: "Instagram has blocked this account or address",
    hint: "Stop automation for this account and check it in the app.",
  },
  PrivateAccount: {
    status: 403,
    title: "The account is private",
    hint: "Only followers see it: follow it with the session's account first.",
  },
  UserNotFound: { status: 404, title: "User not found" },
  MediaNotFound: { status: 404, title: "Media not found" },
  StoryNotFound: { status: 404, title: "Story not found" },
  HighlightNotFound: { status: 404, title: "Highlight not found" },
  CommentNotFound: { status: 404, title: "Comment not found" },
  CollectionNotFound: { status: 404, title: "Collection not found" },
  HashtagNotFound: { status: 404, title: "Hashtag not found" },
  LocationNotFound: { status: 404, title: "Location not found" },
  TrackNotFound: { status: 404, title: "Track not found" },
  NoteNotFound: { status: 404, title: "Note not found" },
  DirectThreadNotFound: { status: 404, title: "Direct thread not found" },
  DirectMessageNotFound: { status: 404, title: "Direct message not found" },
  DirectMessageRequestsDisabled: {
    status: 403,
    title: "The account takes no new message requests",
    hint: "It can be written to once it follows the session's account or has written itself.",
  },
  UserError: {
    status: 403,
    title: "Not for this kind of account",
    hint: "Instagram offers this to professional accounts only: switch the account to one in the app.",
  },
  MediaError: { status: 403, title: "Not for this post" },
  InvalidTargetUser: { status: 404, title: "Invalid target user" },
  InvalidMediaId: { status: 404, title: "Invalid media id" },
  MediaUnavailable: { status: 404, title: "Media is unavailable" },
  CommentUnavailable: { status: 404, title: "Comment is unavailable" },
  CommentsDisabled: { status: 403, title: "Comments are disabled" },
  HashtagPageWarning: { status: 403, title: "Instagram hides this hashtag" },
  VideoTooLongException: { status: 422, title: "The video is too long" },
  AspectRatioNotAllowed: {
    status: 422,
    title: "Instagram does not take this aspect ratio",
    hint: "Crop or pad the file. Posts take 4:5 to 1.91:1 (width to height), Reels and stories 9:16.",
  },
  TranscodeError: {
    status: 422,
    title: "Instagram cannot convert the video",
    hint: "Encode it again: MP4 with H.264 video (yuv420p) and AAC sound, at most 60 frames a second.",
  },
  MediaNeedsReupload: {
    status: 422,
    title: "Instagram cannot use the uploaded file",
    hint: "Upload it again. If that is refused as well, encode it again: JPEG for photos, MP4 (H.264, AAC) for videos.",
  },
  ClientForbiddenError: { status: 403, title: "Instagram forbids this" },
  ClientUnauthorizedError: {
    status: 401,
    title: "Instagram does not accept the session for this",
    hint: "Log in again with PATCH /auth/relogin or POST /auth/login.",
  },
  ClientNotFoundError: { status: 404, title: "Not found at Instagram" },
  ClientErrorWithTitle: { status: 400, title: "Instagram refused" },
  ClientStatusFail: { status: 400, title: "Instagram refused" },
  UnknownError: { status: 400, title: "Instagram refused" },
};

const UNREACHABLE: Record<UnreachableKind, ProblemKind> = {
  ProxyError: {
    status: 502,
    title: "The session's proxy fails",
    hint: "Check the proxy, or set another with PATCH /auth/settings. Nothing was sent past it.",
  },
  UpstreamError: {
    status: 502,
    title: "Instagram could not be used",
    hint: "Retry later. Check first whether an action took place before repeating it.",
  },
  UpstreamTimeout: {
    status: 504,
    title: "Instagram did not answer in time",
    hint: "Check first whether an action took place before repeating it.",
  },
};

export type GatewayProblem = keyof typeof GATEWAY;
export type ProblemType = GatewayProblem | RefusalKind | UnreachableKind;

export const problemKinds: Readonly<Record<ProblemType, ProblemKind>> = {
  ...GATEWAY,
  ...REFUSED,
  ...UNREACHABLE,
};

/** An error that the gateway itself answers with. */
export class Problem extends Error {
  override readonly name = "Problem";
  constructor(
    readonly type: GatewayProblem,
    detail: string,
    readonly extra: { headers?: Record<string, string>; hint?: string } = {},
  ) {
    super(detail);
  }
}

/** One thing wrong with the input; `message` never quotes the value. */
export interface FieldProblem {
  field: string;
  message: string;
}

/** Input that does not fit its schema, all faults at once. */
export class ValidationFailed extends Error {
  override readonly name = "ValidationFailed";
  constructor(readonly problems: readonly FieldProblem[]) {
    super(problems.map(({ field, message }) => `${field} ${message}`).join("; "));
  }
}
