import type { ExactJson } from "../../../src/instagram/json.ts";
import { nameOf, type RecordedRequest, type Trace } from "./trace.ts";

/**
 * Where this product leaves the recordings on purpose. Everything else is followed to the letter.
 * (What no comparison can show: the runtime's fetch sorts header names on the wire.)
 */
interface Deviation {
  reason: string;
  /** Positions of the recorded requests that are expected; default all that rules() leaves. */
  requests?: number[];
  /** The variant of the same operation whose result is expected instead. */
  resultOf?: string;
  /** What is answered, with 200, where the recorded result is a fault of the Python service. */
  result?: ExactJson;
  /** Parameters sent beside the recorded ones. */
  params?: Record<string, string>;
  /** Cookies of the imported session instead of the fixture's. */
  cookies?: Record<string, string>;
  /** Texts in recorded bodies and in the result, and what stands there instead. */
  replaced?: Record<string, string>;
  /** Base of the headers where the recorded ones are another program's. */
  headersOf?: "common_headers_web";
}

const ONE_LOOKUP =
  "a username costs one request: usernameinfo/ is answered with the whole profile, as in 1.12.13";
const PYTHON_HEADERS =
  "the share link was opened by a bare Python HTTP client; here by the browser-like surface";

const WRONG_MODEL =
  "the Python service answers 500: its response model does not fit what the client read";
const CDN = "https://scontent-fra3-1.cdninstagram.com/v";
const INSTAGRAM = {
  pk: "25025320",
  username: "instagram",
  full_name: "Full Name",
  profile_pic_url: `${CDN}/t51.2885-19/avatar.jpg?stp=dst-jpg_s150x150&_nc_ht=x`,
  profile_pic_url_hd: null,
  is_private: false,
  stories: [],
};
const DIRECT_PHOTO = {
  id: "3456789012345678901_25025320",
  media_type: 1,
  user: INSTAGRAM,
  thumbnail_url: `${CDN}/t51.2885-15/photo.jpg?x=1`,
  video_url: null,
  audio_url: null,
};

const DEVIATIONS: Record<string, Deviation> = {
  "getUser: username, web surface refuses": { reason: ONE_LOOKUP, requests: [1] },
  "getUserIdFromUsername: private fallback": { reason: ONE_LOOKUP, requests: [1] },
  "getUserFollowers: cursor, upstream answers 500 once": {
    reason: "a repetition keeps its cursor: without it a page would silently be the first one",
    requests: [0, 2],
    resultOf: "cursor",
  },
  "getDirectMedia: one page": { reason: WRONG_MODEL, result: [DIRECT_PHOTO] },
  "getDirectMedia: two pages": { reason: WRONG_MODEL, result: [DIRECT_PHOTO, DIRECT_PHOTO] },
  "getMediaComments: bare pk": {
    reason:
      "a page has amount items: it takes no second upstream page, and goes on inside the first",
    requests: [0, 1],
    result: {
      items: [
        {
          pk: "18000000000000011",
          text: "nice",
          user: INSTAGRAM,
          created_at_utc: "2025-10-09T08:53:20Z",
          content_type: "comment",
          status: "Active",
          replied_to_comment_id: null,
          has_liked: false,
          like_count: 1,
        },
      ],
      next_cursor: "gw1.",
    },
  },
  "getMediaOembed: default": {
    reason: WRONG_MODEL,
    result: {
      title: "t",
      author_name: "instagram",
      author_url: "https://www.instagram.com/instagram",
      author_id: "25025320",
      media_id: "3456789012345678901_25025320",
      provider_name: "Instagram",
      provider_url: "https://www.instagram.com/",
      type: "rich",
      width: 658,
      height: null,
      html: "<b/>",
      thumbnail_url: "https://scontent-fra3-1.cdninstagram.com/t.jpg",
      thumbnail_width: 640,
      thumbnail_height: 800,
      can_view: true,
    },
  },
  "getMedia: share url": { reason: PYTHON_HEADERS, headersOf: "common_headers_web" },
  "getMediaPkFromUrl: share url": { reason: PYTHON_HEADERS, headersOf: "common_headers_web" },
  "patchAuthRelogin: default": {
    reason: "an imported session has no password, so the call brings it",
    params: { username: "me.account", password: "S3cret Pass" },
  },
  "postStoryUpload: photo plain, no media in the answer that the client reads": {
    reason: "the story is read from the answer of the call that makes it, where Instagram names it",
    requests: [0, 1, 2],
    resultOf: "photo plain",
  },
  "postStoryUpload: video with mentions, hashtag, location, link, sticker": {
    reason:
      "videos are sent as they are: no name is drawn into them, so a mention stays where the caller put it",
    replaced: {
      "0.49892962": "0.49",
      "0.953125": "0.3",
      "0.8333333333333334": "0.6",
      "0.140625": "0.05",
    },
  },
  "postAuthChallengeResolve: contact form (HTML)": {
    reason: "recorded with a session that has neither csrftoken nor mid cookies",
    cookies: { ds_user_id: "49123456789" },
  },
};

/** The three operations that have nothing but the web's surface, and one login's last resort. */
const WEB_ONLY = new Set([
  "getHashtagRelated",
  "getMediaCommentLikers",
  "getSearchLocations",
  "postAuthLoginBySessionid",
]);

/** Recordings of what the client can do, but no route of the service does. */
const NOT_ROUTED = new Set(["postMediaCommentCheckOffensive: second client method"]);

/** True for a recording that shows nothing of the service's own routes. */
export const isNotRouted = (trace: Trace): boolean => NOT_ROUTED.has(nameOf(trace));

export const deviationOf = (trace: Trace): Deviation | undefined => DEVIATIONS[nameOf(trace)];

/** True when the recording shows nothing that this product does: the web answered everything. */
export function isWebAlone(trace: Trace): boolean {
  return trace.web_surface === "answers" && expectedRequests(trace).length === 0;
}

/** The requests that this product is to make, in order. */
export function expectedRequests(trace: Trace): RecordedRequest[] {
  const deviation = deviationOf(trace);
  const picked = deviation?.requests?.map((position) => trace.requests[position]!);
  return (
    (picked ?? trace.requests)
      .filter((request) => isOurs(trace, request))
      // A login is posted once, whatever comes back: each attempt counts for Instagram.
      .flatMap((request) =>
        request.surface === undefined || request.repeated === undefined
          ? [request]
          : Array.from({ length: request.repeated }, () => request),
      )
      .map((request) => ({ ...request, ...withReplaced(trace, bodyOf(request)) }))
      .map((request) =>
        deviation?.headersOf && request.surface === "web"
          ? { ...request, headers_base: deviation.headersOf, headers_extra: {}, headers_absent: [] }
          : request,
      )
  );
}

const bodyOf = ({ body, writtenBody }: RecordedRequest) => ({ body, writtenBody });

/** A JSON value of a recording, with what stands there instead. */
export function withReplaced<T>(trace: Trace, value: T): T {
  const { replaced = {} } = deviationOf(trace) ?? {};
  let text = JSON.stringify(value);
  for (const [recorded, ours] of Object.entries(replaced)) text = text.replaceAll(recorded, ours);
  return JSON.parse(text);
}

/** The private API is asked at once where the recorded client tried the web's pages first. */
function isOurs(trace: Trace, request: RecordedRequest): boolean {
  if (request.surface !== "web") return true;
  return request.path.startsWith("/share/") || WEB_ONLY.has(trace.operationId);
}

/**
 * Headers that are newer here than in the recording: what an answer sets
 * (`x-ig-set-www-claim`, `ig-set-ig-u-rur`) goes along from the next request on; the recorded
 * client ignores both. The newest value wins.
 */
export function updatedHeaders(answered: ReadonlyMap<string, string>): Record<string, string> {
  const claim = answered.get("x-ig-set-www-claim");
  const rur = answered.get("ig-set-ig-u-rur");
  return {
    ...(claim === undefined ? {} : { "X-IG-WWW-Claim": claim }),
    ...(rur === undefined ? {} : { "IG-U-RUR": `"${rur}"` }),
  };
}
