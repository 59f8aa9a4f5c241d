import type { Request, Row } from "./row.ts";

/** The timeline's body as the login sends it too, with blanks after the separators. */
const TIMELINE =
  '{"has_camera_permission": "1", "feed_view_info": "[]", "phone_id": "<session.phone_id>", "reason": "pull_to_refresh", "battery_level": 100, "timezone_offset": "<session.timezone_offset>", "device_id": "<session.uuid>", "request_id": "<session.request_id>", "_uuid": "<session.uuid>", "is_charging": {"$number": "<random 0 or 1>"}, "is_dark_mode": 1, "will_sound_on": {"$number": "<random 0 or 1>"}, "session_id": "<session.client_session_id>", "bloks_versioning_id": "<session.bloks_versioning_id>", "is_pull_to_refresh": "1"}';

const post = (pk: string) => ({ pk, id: `${pk}_1`, media_type: 1, user: { pk: 1 } });

const liked = (query: string, answer: object): Request => ({
  send: `GET /api/v1/feed/liked/?include_igtv_preview=false${query}`,
  answer: { status: "ok", ...answer },
});

export const accountRows: Row[] = [
  {
    operation: "getAccount",
    call: "GET /account",
    requests: [
      {
        send: "GET /api/v1/accounts/current_user/?edit=true",
        answer: { user: { pk: 49123456789, username: "me.account" }, status: "ok" },
      },
    ],
  },
  {
    operation: "getAccountFeedTimeline",
    call: "GET /account/feed/timeline",
    requests: [
      {
        send: "POST /api/v1/feed/timeline/",
        json: TIMELINE,
        extra: {
          "X-Ads-Opt-Out": "0",
          "X-DEVICE-ID": "<session.uuid>",
          "X-CM-Bandwidth-KBPS": "-1.000",
          "X-CM-Latency": "<random 1..5>",
        },
        answer: { feed_items: [], status: "ok" },
      },
    ],
  },
  {
    // Everything: under either name of the cursor, until a page is empty.
    operation: "getAccountLikedMedia",
    call: "GET /account/liked/media?amount=0",
    requests: [
      liked("", { items: [post("3"), post("2")], next_max_id: "2_1" }),
      liked("&max_id=2_1", { items: [post("1")], more_available: true, max_id: 17 }),
      liked("&max_id=17", { items: [], next_max_id: "more" }),
    ],
  },
  {
    // 21 where nothing is said, and no page after the one that holds the last post seen.
    operation: "getAccountLikedMedia",
    call: "GET /media/liked?last_media_pk=1_25025320",
    requests: [
      liked("", { items: [post("3"), post("2")], next_max_id: "a" }),
      liked("&max_id=a", { items: [post("1")], next_max_id: "b" }),
    ],
  },
];
