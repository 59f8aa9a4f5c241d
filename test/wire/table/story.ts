import type { Request, Row } from "./row.ts";

/** Written as Python's json.dumps() does, with a blank after each comma and colon. */
export const CAPABILITIES =
  '[{"value": "119.0,120.0,121.0,122.0,123.0,124.0,125.0,126.0,127.0,128.0,129.0,130.0,131.0,132.0,133.0,134.0,135.0,136.0,137.0,138.0,139.0,140.0,141.0,142.0", "name": "SUPPORTED_SDK_VERSIONS"}, {"value": "14", "name": "FACE_TRACKER_VERSION"}, {"value": "ETC2_COMPRESSION", "name": "COMPRESSION"}, {"value": "gyroscope_enabled", "name": "gyroscope"}]';
const QUERY = `supported_capabilities_new=${encodeURIComponent(CAPABILITIES)}`;

const PK = "3456789012345678903";
const user = { pk: 25025320, username: "instagram" };
const story = { pk: PK, id: `${PK}_25025320`, media_type: 1, taken_at: 1760000000, user };

const reel: Request = {
  send: `GET /api/v1/feed/user/25025320/story/?${QUERY}`,
  answer: { broadcast: null, reel: { id: 25025320, user, items: [story] }, status: "ok" },
};
const info: Request = {
  send: `GET /api/v1/media/${PK}/info/`,
  answer: { items: [story], status: "ok" },
};

const viewers = (more: string, next: string | null, pk: number): Request => ({
  send: `GET /api/v1/media/${PK}/list_reel_media_viewer/?${QUERY}${more}`,
  answer: { viewers: [{ user: { pk } }], next_max_id: next, status: "ok" },
});

const archive = (query: string): Request => ({
  send: `GET /api/v1/archive/reel/day_shells_paginated/?timezone_offset=<session.timezone_offset>&${query}`,
  answer: {
    items: [{ id: "archiveDay:1", timestamp: 1760000000, media_count: 1, reel_type: "r" }],
    // More there may be: a page of this list is one request.
    max_id: "QVFC",
    status: "ok",
  },
});

const remove: Request = {
  send: `POST /api/v1/media/${PK}_25025320/delete/`,
  signed: {
    _uuid: "<session.uuid>",
    device_id: "<session.android_device_id>",
    media_id: `${PK}_25025320`,
  },
  answer: { did_delete: true, status: "ok" },
};

const like = (name: "send" | "unsend"): Request => ({
  send: `POST /api/v1/story_interactions/${name}_story_like`,
  signed: {
    _uuid: "<session.uuid>",
    device_id: "<session.android_device_id>",
    radio_type: "wifi-none",
    media_id: `${PK}_25025320`,
    _uid: "<session.user_id>",
    source_of_like: "button",
    tray_session_id: "<session.tray_session_id>",
    viewer_session_id: "<session.client_session_id>",
    container_module: "reel_feed_timeline",
  },
  answer: { status: "ok" },
});

/** Unix seconds at which the test's clock stands. */
const END = Date.UTC(2026, 10, 24, 6) / 1_000;
/** A number of its own for each story: it was looked at for 100 to 3000 seconds until now. */
export const viewed = (number: number): string[] => [
  `<random ${END - 3_000}..${END - 100} #${number}>_${END}`,
];
export const seen = (reels: object, skipped: object): Request => ({
  send: "POST /api/v2/media/seen/?reel=1&live_vod=0",
  signed: {
    _uuid: "<session.uuid>",
    device_id: "<session.android_device_id>",
    container_module: "feed_timeline",
    live_vods_skipped: {},
    nuxes_skipped: {},
    nuxes: {},
    reels,
    live_vods: {},
    reel_media_skipped: skipped,
  },
  answer: { status: "ok" },
});

export const storyRows: Row[] = [
  { operation: "getStory", call: `GET /story?story_pk=${PK}`, requests: [info, reel] },
  { operation: "getStory", call: `GET /story?story_pk=${PK}_25025320`, requests: [reel] },
  {
    operation: "getStory",
    call: `GET /story/info?url=https://www.instagram.com/stories/12345/${PK}/&use_cache=false`,
    requests: [info, reel],
  },
  {
    operation: "getStoryPkFromUrl",
    call: `GET /story/pk/from/url?url=https://www.instagram.com/stories/instagram/${PK}/`,
    session: false,
    requests: [],
  },
  { operation: "getUserStories", call: "GET /user/stories?user_id=25025320", requests: [reel] },
  {
    operation: "getUserStories",
    call: "GET /story/user/stories?user_id=25025320&amount=1",
    requests: [reel],
  },
  {
    operation: "getStoryViewers",
    call: `GET /story/viewers?story_pk=${PK}_49123456789&amount=1`,
    requests: [viewers("", "QVFC", 1)],
  },
  {
    operation: "getStoryViewers",
    call: `GET /story/viewers?story_pk=${PK}&amount=3&cursor=QVFC`,
    requests: [viewers("&max_id=QVFC", "QVFD", 1), viewers("&max_id=QVFD", null, 2)],
  },
  {
    operation: "getStoryArchive",
    call: "GET /story/archive",
    requests: [archive("include_memories=1")],
  },
  {
    operation: "getStoryArchive",
    call: "GET /story/archive?amount=3&cursor=QVFB&include_memories=false&reel_id=archiveDay:1",
    requests: [archive("include_memories=0&max_id=QVFB&reel_id=archiveDay%3A1")],
  },
  {
    operation: "deleteStory",
    call: `DELETE /story?story_pk=${PK}_25025320`,
    requests: [remove],
  },
  {
    operation: "deleteStory",
    call: `DELETE /story?story_pk=https://www.instagram.com/stories/instagram/${PK}/`,
    requests: [info, remove],
  },
  {
    operation: "postStoryLike",
    call: "POST /story/like",
    form: { story_id: PK },
    requests: [info, like("send")],
  },
  {
    operation: "postStoryLike",
    call: "POST /story/like",
    form: { story_id: `${PK}_25025320`, revert: "true" },
    requests: [like("unsend")],
  },
  {
    operation: "deleteStoryLike",
    call: `DELETE /story/like?story_id=${PK}`,
    requests: [info, like("unsend")],
  },
  {
    operation: "patchStorySeen",
    call: "PATCH /story/seen",
    form: { story_pks: PK },
    requests: [info, seen({ [`${PK}_25025320_25025320`]: viewed(1) }, {})],
  },
  {
    operation: "patchStorySeen",
    call: "PATCH /story/seen",
    form: {
      story_pks: `${PK}_25025320,3456789012345678904_49123456789`,
      skipped_story_pks: PK,
    },
    requests: [
      info,
      seen(
        {
          [`${PK}_25025320_25025320`]: viewed(2),
          "3456789012345678904_49123456789_49123456789": viewed(3),
        },
        { [`${PK}_25025320_25025320`]: viewed(4) },
      ),
    ],
  },
];
