import type { Request, Row } from "./row.ts";

const PAGE = { sections: [], more_available: false, status: "ok" };

/** The form of a tab's page, without and with what continues the list. */
const tab = (filter: string, maxId?: string, ids = ""): [string, string][] => [
  ["media_recency_filter", filter],
  ["_uuid", "<session.uuid>"],
  ["include_persistent", "false"],
  ["rank_token", "<session.uuid>"],
  ...(maxId === undefined
    ? []
    : ([
        ["max_id", maxId],
        ["next_media_ids", ids],
      ] as [string, string][])),
];

/** A cursor as aiograpi-rest hands it out. */
const cursor = (json: string): string => encodeURIComponent(Buffer.from(json).toString("base64"));

const follow = (verb: string, name: string): Request => ({
  send: `POST /api/v1/web/tags/${verb}/${name}/`,
  signed: {
    _uuid: "<session.uuid>",
    device_id: "<session.android_device_id>",
    radio_type: "wifi-none",
    user_id: { $number: "<session.user_id>" },
  },
  answer: { status: "ok" },
});

export const hashtagRows: Row[] = [
  {
    operation: "getHashtag",
    call: "GET /hashtag?name=berlin",
    requests: [
      {
        send: "GET /api/v1/tags/berlin/info/",
        answer: { id: 17843787490014522n.toString(), name: "berlin", status: "ok" },
      },
    ],
  },
  {
    operation: "getHashtag",
    // With the dots of the ö as a character of their own.
    call: "GET /hashtag?name=%20%23Gro%CC%88%C3%9Fe%20",
    requests: [
      {
        send: "GET /api/v1/tags/Gr%C3%B6%C3%9Fe/info/",
        answer: { id: 1, name: "größe", status: "ok" },
      },
    ],
  },
  {
    operation: "getHashtagMediasTop",
    call: "GET /hashtag/medias/top?name=berlin&amount=3",
    requests: [{ send: "POST /api/v1/tags/berlin/sections/", form: tab("default"), answer: PAGE }],
  },
  {
    operation: "getHashtagMediasRecent",
    call: `GET /hashtag/medias/recent?name=berlin&cursor=${cursor('["QVFC", [3456789012345678999, "17", 18]]')}`,
    requests: [
      {
        send: "POST /api/v1/tags/berlin/sections/",
        form: tab("top_recent_posts", "QVFC", '[3456789012345678999,"17",18]'),
        answer: PAGE,
      },
    ],
  },
  {
    operation: "getHashtagMediasRecent",
    call: `GET /hashtag/medias/recent?name=berlin&cursor=${cursor("[3456789012345678999, null]")}`,
    requests: [
      {
        send: "POST /api/v1/tags/berlin/sections/",
        form: tab("top_recent_posts", "3456789012345678999", "null"),
        answer: PAGE,
      },
    ],
  },
  {
    operation: "getHashtagReels",
    call: "GET /hashtag/reels?name=berlin&amount=2",
    requests: [
      {
        send: "POST /api/v1/tags/berlin/sections/",
        form: tab("clips"),
        answer: { ...PAGE, more_available: true, next_max_id: "QVFC" },
      },
      {
        send: "POST /api/v1/tags/berlin/sections/",
        form: tab("clips", "QVFC", "null"),
        answer: PAGE,
      },
    ],
  },
  {
    operation: "getHashtagRelated",
    call: "GET /hashtag/related?name=berlin",
    requests: [
      {
        send: "GET /explore/tags/berlin/?__a=1&__d=dis",
        host: "www.instagram.com",
        web: {},
        answer: { graphql: { hashtag: { edge_hashtag_to_related_tags: { edges: [] } } } },
      },
    ],
  },
  {
    operation: "postHashtagFollow",
    call: "POST /hashtag/follow",
    form: { hashtag: " #Größe" },
    requests: [follow("follow", "Gr%C3%B6%C3%9Fe")],
  },
  {
    operation: "postHashtagFollow",
    call: "POST /hashtag/follow",
    form: { hashtag: "berlin", unfollow: "true" },
    requests: [follow("unfollow", "berlin")],
  },
  {
    operation: "deleteHashtagFollow",
    call: "DELETE /hashtag/follow?hashtag=berlin",
    requests: [follow("unfollow", "berlin")],
  },
];
