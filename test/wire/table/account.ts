import { photo } from "./post-upload.ts";
import type { Request, Row } from "./row.ts";

/** The timeline's body as the login sends it too, with blanks after the separators. */
const TIMELINE =
  '{"has_camera_permission": "1", "feed_view_info": "[]", "phone_id": "<session.phone_id>", "reason": "pull_to_refresh", "battery_level": 100, "timezone_offset": "<session.timezone_offset>", "device_id": "<session.uuid>", "request_id": "<session.request_id>", "_uuid": "<session.uuid>", "is_charging": {"$number": "<random 0 or 1>"}, "is_dark_mode": 1, "will_sound_on": {"$number": "<random 0 or 1>"}, "session_id": "<session.client_session_id>", "bloks_versioning_id": "<session.bloks_versioning_id>", "is_pull_to_refresh": "1"}';

const post = (pk: string) => ({ pk, id: `${pk}_1`, media_type: 1, user: { pk: 1 } });

const liked = (query: string, answer: object): Request => ({
  send: `GET /api/v1/feed/liked/?include_igtv_preview=false${query}`,
  answer: { status: "ok", ...answer },
});

const DEVICE = { _uuid: "<session.uuid>", device_id: "<session.android_device_id>" };
const OWN = { pk: 49123456789, username: "me.account", full_name: "Full Name" };

const edit = (fields: object): Request => ({
  send: "POST /api/v1/accounts/edit_profile/",
  signed: { ...DEVICE, ...fields },
  answer: { user: OWN, status: "ok" },
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
  {
    // Without both e-mail address and phone number the rest is asked for; what is missing is null.
    operation: "patchAccount",
    call: "PATCH /account",
    form: { username: " @New.Name", email: "new@example.com", full_name: "" },
    requests: [
      {
        send: "GET /api/v1/accounts/current_user/?edit=true",
        answer: { user: { ...OWN, biography: "" }, status: "ok" },
      },
      edit({
        external_url: null,
        username: "new.name",
        biography: "",
        phone_number: null,
        email: "new@example.com",
        first_name: "Full Name",
      }),
    ],
  },
  {
    // A biography that stays is set again, a name that is empty is not sent.
    operation: "patchAccount",
    call: "PATCH /account/profile",
    form: { phone_number: "+491700000000" },
    requests: [
      {
        send: "GET /api/v1/accounts/current_user/?edit=true",
        answer: {
          user: { ...OWN, full_name: "", biography: "bio", external_url: "https://example.com/" },
          status: "ok",
        },
      },
      edit({
        external_url: "https://example.com/",
        username: "me.account",
        biography: "bio",
        phone_number: "+491700000000",
        email: null,
      }),
      {
        send: "POST /api/v1/accounts/set_biography/",
        signed: { ...DEVICE, logged_in_uids: '["<session.user_id>"]', raw_text: "bio" },
        answer: { user: OWN, status: "ok" },
      },
    ],
  },
  {
    // With both, nothing else is sent.
    operation: "patchAccount",
    call: "PATCH /account",
    form: { phone_number: "+491700000000", email: "new@example.com" },
    requests: [edit({ phone_number: "+491700000000", email: "new@example.com" })],
  },
  {
    // The type is that of the caller's file, though a JPEG is sent.
    operation: "patchAccountPicture",
    call: "PATCH /account/picture",
    files: [["picture", "photo.png"]],
    requests: [
      photo("<upload_id>", "", { type: "image/png" }),
      {
        send: "POST /api/v1/accounts/change_profile_picture/",
        signed: { ...DEVICE, use_fbuploader: true, upload_id: "<upload_id>" },
        answer: { user: OWN, status: "ok" },
      },
    ],
  },
];
