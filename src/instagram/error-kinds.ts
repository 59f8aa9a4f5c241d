import type { KindDescription } from "../problems/problem.ts";

const THROTTLED =
  "Instagram is throttling this account or action. Pause automation, reduce the request rate, check the account and its proxy, then retry later.";

/** What a caller can do where Instagram refuses the address, and not the account. */
export const ADDRESS_BLOCKED =
  "Instagram blocks the address that the request came from: the proxy's, or without one this gateway's. Use another proxy. The login and the password are not at fault.";

const NOT_TAKEN =
  "Upload it again. If that is refused as well, encode it again: JPEG for photos, MP4 (H.264, AAC) for videos.";
const NOT_CONFIGURED =
  "Look first whether it is there, as Instagram may show it late. If it is not, upload it again.";

/** What a caller can do about a challenge. It depends on the challenge's state. */
export const challengeHints = {
  inTheApp:
    "Resolve the challenge in the Instagram app, then log in again or import a saved session.",
  haveCodeSent: "Send last_json to POST /auth/challenge/resolve to have a code sent.",
  sendCode: "Retry POST /auth/challenge/resolve with last_json and security_code.",
  beforeLogin: (sessionId: string) =>
    `Send last_json to POST /auth/challenge/resolve with X-Session-ID: ${sessionId} to have a code sent, send it again with security_code, then retry POST /auth/login.`,
} as const;

/**
 * The reasons why Instagram refuses. The names are those that clients of aiograpi match on
 * (`exc_type`). UnknownUsername, UpgradeRequired, AccountDisabled and the three about media are
 * added for answers that aiograpi has no name for.
 */
export const refusalKinds = {
  BadPassword: {
    status: 401,
    title: "Wrong password",
    retryable: true,
    hint: "Check the password. If it is right, Instagram distrusts the IP address: use another proxy.",
  },
  UnknownUsername: {
    status: 401,
    title: "Unknown username",
    retryable: true,
    hint: "Check the Instagram username and retry POST /auth/login.",
  },
  TwoFactorRequired: {
    status: 401,
    title: "Two-factor code required",
    retryable: true,
    hint: "Retry POST /auth/login with verification_code.",
  },
  ChallengeRequired: {
    status: 403,
    title: "Instagram asks for a challenge",
    retryable: true,
    hint: challengeHints.inTheApp,
  },
  CheckpointRequired: {
    status: 403,
    title: "Instagram asks for a checkpoint",
    retryable: true,
    hint: challengeHints.inTheApp,
  },
  ConsentRequired: {
    status: 403,
    title: "Instagram asks for consent",
    retryable: true,
    hint: "Accept Instagram's terms in the app, then retry.",
  },
  GeoBlockRequired: {
    status: 403,
    title: "Not available in this region",
    retryable: true,
    hint: "Use a proxy in the account's country.",
  },
  LoginRequired: {
    status: 401,
    title: "Instagram has logged the session out",
    retryable: true,
    hint: "Log in again with PATCH /auth/relogin or POST /auth/login, or import its settings again with PATCH /auth/settings.",
  },
  AccountSuspended: {
    status: 403,
    title: "Instagram has suspended the account",
    retryable: true,
    hint: "No code ends this. Its owner can ask Instagram for a review: log in with the app or at instagram.com and follow the steps there, within 180 days.",
  },
  AccountDisabled: {
    status: 403,
    title: "Instagram has disabled the account",
    retryable: true,
    hint: "No code ends this. Its owner can appeal: the app shows how after a login, or the form at help.instagram.com for disabled accounts.",
  },
  UpgradeRequired: {
    status: 403,
    title: "Instagram refuses the app version",
    retryable: true,
    hint: "Move the session to a newer app profile: bun run cli sessions move-profile.",
  },
  FeedbackRequired: {
    status: 429,
    title: "Instagram blocks this action for now",
    retryable: true,
    hint: THROTTLED,
    retryAfter: 3600,
  },
  PleaseWaitFewMinutes: {
    status: 429,
    title: "Instagram asks to wait a few minutes",
    retryable: true,
    hint: THROTTLED,
    retryAfter: 300,
  },
  RateLimitError: {
    status: 429,
    title: "Instagram's rate limit",
    retryable: true,
    hint: THROTTLED,
    retryAfter: 300,
  },
  SentryBlock: {
    status: 403,
    title: "Instagram has blocked this account or address",
    retryable: true,
    hint: "Use another proxy. If that does not help, stop automation for this account and check it in the app.",
  },
  ProxyAddressIsBlocked: {
    status: 403,
    title: "Instagram blocks the address",
    retryable: true,
    hint: ADDRESS_BLOCKED,
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
  VideoTooLongException: { status: 422, title: "The video is too long", retryable: true },
  AspectRatioNotAllowed: {
    status: 422,
    title: "Instagram does not take this aspect ratio",
    retryable: true,
    hint: "Crop or pad the file. Posts take 3:4 to 1.91:1 (width to height), Reels and stories 9:16.",
  },
  TranscodeError: {
    status: 422,
    title: "Instagram cannot convert the video",
    retryable: true,
    hint: "Encode it again: MP4 with H.264 video (yuv420p) and AAC sound, at most 60 frames a second.",
  },
  MediaNeedsReupload: {
    status: 422,
    title: "Instagram cannot use the uploaded file",
    retryable: true,
    hint: NOT_TAKEN,
  },
  PhotoNotUpload: {
    status: 422,
    title: "Instagram did not take the photo",
    retryable: true,
    hint: NOT_TAKEN,
  },
  VideoNotUpload: {
    status: 422,
    title: "Instagram did not take the video",
    retryable: true,
    hint: NOT_TAKEN,
  },
  ClipNotUpload: {
    status: 422,
    title: "Instagram did not take the Reel",
    retryable: true,
    hint: NOT_TAKEN,
  },
  IGTVNotUpload: {
    status: 422,
    title: "Instagram did not take the video",
    retryable: true,
    hint: NOT_TAKEN,
  },
  PhotoConfigureError: {
    status: 502,
    title: "Instagram made no post of the upload",
    retryable: true,
    hint: NOT_CONFIGURED,
  },
  VideoConfigureError: {
    status: 502,
    title: "Instagram made no post of the upload",
    retryable: true,
    hint: NOT_CONFIGURED,
  },
  ClipConfigureError: {
    status: 502,
    title: "Instagram made no Reel of the upload",
    retryable: true,
    hint: NOT_CONFIGURED,
  },
  IGTVConfigureError: {
    status: 502,
    title: "Instagram made no video of the upload",
    retryable: true,
    hint: NOT_CONFIGURED,
  },
  AlbumConfigureError: {
    status: 502,
    title: "Instagram made no album of the upload",
    retryable: true,
    hint: NOT_CONFIGURED,
  },
  PhotoConfigureStoryError: {
    status: 502,
    title: "Instagram made no story of the upload",
    retryable: true,
    hint: NOT_CONFIGURED,
  },
  VideoConfigureStoryError: {
    status: 502,
    title: "Instagram made no story of the upload",
    retryable: true,
    hint: NOT_CONFIGURED,
  },
  ClientForbiddenError: { status: 403, title: "Instagram forbids this" },
  ClientUnauthorizedError: {
    status: 401,
    title: "Instagram does not accept the session for this",
    retryable: true,
    hint: "Log in again with PATCH /auth/relogin or POST /auth/login.",
  },
  ClientNotFoundError: { status: 404, title: "Not found at Instagram" },
  ClientErrorWithTitle: { status: 400, title: "Instagram refused" },
  ClientStatusFail: { status: 400, title: "Instagram refused" },
  UnknownError: { status: 400, title: "Instagram refused" },
} as const satisfies Record<string, KindDescription>;

export type RefusalKind = keyof typeof refusalKinds;

/** The reasons why there is no usable answer. */
export const unreachableKinds = {
  ProxyError: {
    status: 502,
    title: "The session's proxy failed",
    hint: "Nothing was sent past the proxy. Check it, or take another: logins take proxy_id, PATCH /session gives a session one.",
  },
  UpstreamError: {
    status: 502,
    title: "No usable answer from Instagram",
    hint: "Retry later.",
  },
  UpstreamTimeout: {
    status: 504,
    title: "Instagram did not answer in time",
    hint: "Retry later.",
  },
} as const satisfies Record<string, KindDescription>;

export type UnreachableKind = keyof typeof unreachableKinds;

export const callerGone = { status: 499, title: "The caller hung up" } as const;
