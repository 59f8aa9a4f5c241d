import type { Request, Row } from "./row.ts";

const THREAD = "340282366841710300949128137443944319108";
const OTHER_THREAD = "340282366841710300949128137443944319110";
const MESSAGE = "31111111111111111111111111111111111";
const TOKEN = "<mutation_token>";

type Pairs = [name: string, value: string][];

const DEVICE: Pairs = [
  ["_uuid", "<session.uuid>"],
  ["device_id", "<session.android_device_id>"],
];
const NAVIGATION: Pairs = [
  ["btt_dual_send", "false"],
  [
    "nav_chain",
    "1qT:feed_timeline:1,1qT:feed_timeline:2,1qT:feed_timeline:3,7Az:direct_inbox:4,7Az:direct_inbox:5,5rG:direct_thread:7",
  ],
  ["is_ae_dual_send", "false"],
];
const writing = (attribution: string): Pairs => [
  ...DEVICE,
  ["action", "send_item"],
  ["is_x_transport_forward", "false"],
  ["send_silently", "false"],
  ["is_shh_mode", "0"],
  ["send_attribution", attribution],
  ["client_context", TOKEN],
  ["mutation_token", TOKEN],
  ...NAVIGATION,
  ["offline_threading_id", TOKEN],
];

const ack = {
  action: "item_ack",
  status_code: "200",
  payload: {
    client_context: "6812345678901234567",
    item_id: MESSAGE,
    timestamp: "1760000000000000",
    thread_id: THREAD,
  },
  message_metadata: [],
  status: "ok",
};
const broadcast = (kind: string, form: Pairs, answer: unknown = ack): Request => ({
  send: `POST /api/v1/direct_v2/threads/broadcast/${kind}`,
  form,
  answer,
});
const done = { status: "ok" };
const inThread = (action: string) => `POST /api/v1/direct_v2/threads/${THREAD}/${action}/`;
const UUID = { _uuid: "<session.uuid>" };

const info = (pk: string, owner: number): Request => ({
  send: `GET /api/v1/media/${pk}/info/`,
  answer: { items: [{ pk, id: `${pk}_${owner}`, user: { pk: owner, username: "u" } }], ...done },
});

const shared = (attribution: string, mediaId: string, ...more: Pairs): Pairs => [
  ...DEVICE,
  ["recipient_users", "[[25025320,3012345678901234567]]"],
  ["action", "send_item"],
  ["is_shh_mode", "0"],
  ["send_attribution", attribution],
  ["client_context", TOKEN],
  ["media_id", mediaId],
  ["mutation_token", TOKEN],
  ...NAVIGATION,
  ["offline_threading_id", TOKEN],
  ...more,
];
const story = (pk: string, id: string, recipients: Pairs[number]): Pairs => [
  ...DEVICE,
  ["action", "send_item"],
  ["is_shh_mode", "0"],
  ["send_attribution", "reel_feed_timeline"],
  ["client_context", TOKEN],
  ["mutation_token", TOKEN],
  [
    "nav_chain",
    "1qT:feed_timeline:1,ReelViewerFragment:reel_feed_timeline:4,DirectShareSheetFragment:direct_reshare_sheet:5",
  ],
  ["reel_id", pk],
  ["containermodule", "reel_feed_timeline"],
  ["story_media_id", id],
  ["offline_threading_id", TOKEN],
  recipients,
];
const reaction = (status: string, emoji: string, source: string, ...more: Pairs): Request =>
  broadcast("reaction/", [
    ...writing("message_reaction"),
    ["thread_ids", `["${THREAD}"]`],
    ["item_type", "reaction"],
    ["reaction_type", "like"],
    ["reaction_status", status],
    ["node_type", "item"],
    ["item_id", MESSAGE],
    ["emoji", emoji],
    ["reaction_action_source", source],
    ...more,
  ]);

const OF_MESSAGE = `thread_id=${THREAD}&message_id=${MESSAGE}`;
const USERS = "25025320,3012345678901234567";
const POST = "3755350675776297567";

export const directActionRows: Row[] = [
  {
    operation: "postDirectMessage",
    call: "POST /direct/message",
    form: { text: "hello größe", thread_ids: `${THREAD},${OTHER_THREAD}` },
    requests: [
      broadcast("text/", [
        ...writing("message_button"),
        ["text", "hello größe"],
        ["thread_ids", `[${THREAD},${OTHER_THREAD}]`],
      ]),
    ],
  },
  {
    operation: "postDirectMessage",
    call: "POST /direct/message",
    form: { text: "see http://a.example/größe?x=1&y,  or https", user_ids: USERS },
    requests: [
      broadcast("link/", [
        ...writing("message_button"),
        ["link_text", "see http://a.example/größe?x=1&y,  or https"],
        ["link_urls", '["http://a.example/gr\\u00f6\\u00dfe?x=1&y,"]'],
        ["recipient_users", `[[${USERS}]]`],
      ]),
    ],
  },
  {
    operation: "postDirectMessage",
    call: "POST /direct/message",
    form: { text: "http it is", thread_ids: THREAD, send_attribute: "inbox_search" },
    requests: [
      broadcast("link/", [
        ...writing("inbox_search"),
        ["link_text", "http it is"],
        ["link_urls", "[]"],
        ["thread_ids", `[${THREAD}]`],
      ]),
    ],
  },
  {
    operation: "postDirectMedia",
    call: "POST /direct/media",
    form: { media_id: `${POST}_25025320`, user_ids: USERS },
    requests: [
      broadcast(
        "media_share/?media_type=photo",
        shared("feed_timeline", `${POST}_25025320`, ["inventory_source", "media_or_ad"]),
      ),
    ],
  },
  ...["feed_contextual_chain", "feed_short_url"].map(
    (send_attribute): Row => ({
      operation: "postDirectMedia",
      call: "POST /direct/media",
      form: { media_id: POST, user_ids: USERS, send_attribute, media_type: "video" },
      requests: [
        info(POST, 25025320),
        broadcast(
          "media_share/?media_type=video",
          shared(send_attribute, `${POST}_25025320`, [
            "inventory_source",
            "recommended_explore_grid_cover_model",
          ]),
        ),
      ],
    }),
  ),
  {
    operation: "postDirectMedia",
    call: "POST /direct/media",
    form: {
      media_id: `${POST}_25025320`,
      user_ids: USERS,
      send_attribute: "feed_contextual_profile",
    },
    requests: [
      broadcast(
        "media_share/?media_type=photo",
        shared("feed_contextual_profile", `${POST}_25025320`),
      ),
    ],
  },
  {
    operation: "postDirectProfile",
    call: "POST /direct/profile",
    form: { user_id: "25025320", thread_ids: THREAD },
    requests: [
      broadcast("profile/", [
        ...DEVICE,
        ["profile_user_id", "25025320"],
        ["action", "send_item"],
        ["is_shh_mode", "0"],
        ["send_attribution", "profile"],
        ["client_context", TOKEN],
        ["mutation_token", TOKEN],
        ...NAVIGATION,
        ["offline_threading_id", TOKEN],
        ["thread_ids", `[${THREAD}]`],
      ]),
    ],
  },
  {
    operation: "postDirectStory",
    call: "POST /direct/story",
    form: { story_id: "3513075028443486808_25025320", user_ids: USERS },
    requests: [
      broadcast(
        "story_share/",
        story("3513075028443486808", "3513075028443486808_25025320", [
          "recipient_users",
          `[[${USERS}]]`,
        ]),
      ),
    ],
  },
  {
    operation: "postDirectStory",
    call: "POST /direct/story",
    form: { story_id: "3513075028443486808", thread_ids: `${THREAD},${OTHER_THREAD}` },
    requests: [
      info("3513075028443486808", 25025320),
      broadcast(
        "story_share/",
        story("3513075028443486808", "3513075028443486808_25025320", [
          "thread_ids",
          `[${THREAD},${OTHER_THREAD}]`,
        ]),
      ),
    ],
  },
  {
    operation: "deleteDirectMessage",
    call: `DELETE /direct/message?${OF_MESSAGE}`,
    requests: [{ send: inThread(`items/${MESSAGE}/delete`), signed: UUID, answer: done }],
  },
  {
    operation: "deleteDirectMessageLike",
    call: `DELETE /direct/message/like?${OF_MESSAGE}&client_context=6812345678901234567`,
    requests: [
      reaction("deleted", "❤", "double_tap", [
        "original_message_client_context",
        "6812345678901234567",
      ]),
    ],
  },
  {
    operation: "postDirectMessageReaction",
    call: "POST /direct/message/reaction",
    form: {
      thread_id: THREAD,
      message_id: MESSAGE,
      emoji: "👍🏽",
      action_source: "emoji_tray",
      target_item_type: "voice_media",
    },
    requests: [reaction("created", "👍🏽", "emoji_tray", ["target_item_type", "voice_media"])],
  },
  {
    operation: "patchDirectThread",
    call: "PATCH /direct/thread",
    form: { thread_id: THREAD, title: "Größe ❤" },
    requests: [
      {
        send: inThread("update_title"),
        form: [
          ["_uuid", "<session.uuid>"],
          ["title", "Größe ❤"],
        ],
        answer: done,
      },
    ],
  },
  {
    operation: "postDirectThread",
    call: "POST /direct/thread",
    form: { user_ids: USERS, title: "Größe" },
    requests: [
      {
        send: "POST /api/v1/direct_v2/create_group_thread/",
        signed: {
          _uuid: "<session.uuid>",
          _uid: "<session.user_id>",
          client_context: TOKEN,
          is_partnership_folder: "false",
          recipient_users: `[${USERS}]`,
          thread_title: "Größe",
        },
        answer: { thread: { thread_id: THREAD }, ...done },
      },
    ],
  },
  ...["true", "false"].map(
    (moveToSpam): Row => ({
      operation: "deleteDirectThread",
      call: `DELETE /direct/thread?thread_id=${THREAD}&move_to_spam=${moveToSpam}`,
      requests: [
        {
          send: inThread("hide"),
          form: [
            ["should_move_future_requests_to_spam", moveToSpam],
            ["_uuid", "<session.uuid>"],
          ],
          answer: done,
        },
      ],
    }),
  ),
  {
    operation: "deleteDirectThreadVideoCallMute",
    call: `DELETE /direct/thread/video/call/mute?thread_id=${THREAD}`,
    requests: [{ send: inThread("unmute_video_call"), signed: UUID, answer: done }],
  },
  {
    operation: "postDirectThreadUser",
    call: "POST /direct/thread/user",
    form: { thread_id: THREAD, user_ids: USERS },
    requests: [
      {
        send: inThread("add_user"),
        form: [
          ["_uuid", "<session.uuid>"],
          ["user_ids", '["25025320","3012345678901234567"]'],
        ],
        answer: done,
      },
    ],
  },
];
