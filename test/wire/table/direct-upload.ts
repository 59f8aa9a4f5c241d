import type { Request, Row } from "./row.ts";

const THREAD = "340282366841710300949128137443944319108";
const OTHER_THREAD = "340282366841710300949128137443944319110";
const MESSAGE = "31111111111111111111111111111111112";
const TOKEN = "<mutation_token>";
const UPLOAD = "<upload_id>";
const RANDOM = "<random 1000000000..9999999999>";
const MEDIA = "1234567890123456";

type Pairs = [name: string, value: string][];

const DEVICE: Pairs = [
  ["_uuid", "<session.uuid>"],
  ["device_id", "<session.android_device_id>"],
];
const NAVIGATION =
  "<one of: 1qT:feed_timeline:1,7Az:direct_inbox:2,7Az:direct_inbox:3,5rG:direct_thread:4,6xQ:direct_media_picker_photos_fragment:5,5rG:direct_thread:6,5rG:direct_thread:7,6xQ:direct_media_picker_photos_fragment:8,5rG:direct_thread:9 | 6xQ:direct_media_picker_photos_fragment:1,5rG:direct_thread:2,5ME:direct_quick_camera_fragment:3,5ME:direct_quick_camera_fragment:4,4ju:reel_composer_preview:5,5rG:direct_thread:6,5rG:direct_thread:7,6xQ:direct_media_picker_photos_fragment:8,5rG:direct_thread:9>";

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

const photoSent = (type = "image/jpeg"): Request => ({
  send: `POST /rupload_igphoto/${UPLOAD}_0_${RANDOM}`,
  binary: true,
  extra: {
    "Accept-Encoding": "gzip",
    "X-Instagram-Rupload-Params": `{"retry_context": "{\\"num_step_auto_retry\\":0,\\"num_reupload\\":0,\\"num_step_manual_retry\\":0}", "media_type": "1", "xsharing_user_ids": "[]", "upload_id": "${UPLOAD}", "image_compression": "{\\"lib_name\\": \\"moz\\", \\"lib_version\\": \\"3.1.m\\", \\"quality\\": \\"80\\"}"}`,
    X_FB_PHOTO_WATERFALL_ID: "<uuid>",
    "X-Entity-Type": type,
    Offset: "0",
    "X-Entity-Name": `${UPLOAD}_0_${RANDOM}`,
    "X-Entity-Length": "<size>",
    "Content-Type": "application/octet-stream",
  },
  answer: { upload_id: "1", xsharing_nonces: {}, status: "ok" },
});

const configured = (
  kind: string,
  attribution: string,
  ofKind: Pairs,
  recipients: Pairs,
): Request => ({
  send: `POST /api/v1/direct_v2/threads/broadcast/${kind}/`,
  form: [
    ...DEVICE,
    ["action", "send_item"],
    ["is_shh_mode", "0"],
    ["send_attribution", attribution],
    ["client_context", TOKEN],
    ["mutation_token", TOKEN],
    ["nav_chain", NAVIGATION],
    ["offline_threading_id", TOKEN],
    ...ofKind,
    ...recipients,
    ["upload_id", UPLOAD],
  ],
  answer: ack,
});

const photoMessage = (recipients: Pairs): Request =>
  configured("configure_photo", "inbox", [["allow_full_aspect_ratio", "true"]], recipients);

const ATTACHMENT = {
  Accept: "*/*",
  Connection: "keep-alive",
  authorization: "<session.authorization>",
  "ig-intended-user-id": "<session.user_id>",
  "ig-u-ds-user-id": "<session.user_id>",
  "accept-encoding": "gzip",
  "accept-language": "en-US",
  priority: "u=6, i",
  "user-agent": "<session.user_agent>",
  "x-fb-client-ip": "True",
  "x-fb-friendly-name": "undefined:media-upload",
  "x-fb-http-engine": "Tigon/MNS/TCP",
  "x-fb-request-analytics-tags":
    '{"network_tags":{"product":"567067343352427","surface":"undefined","request_category":"media_upload","purpose":"none","retry_attempt":"0"}}',
  "x-fb-rmd": "state=URL_ELIGIBLE",
  "x-fb-server-cluster": "True",
  "x-tigon-is-retry": "False",
  "x-ig-salt-ids": "51052545",
  "ig-u-rur": '"<session.ig_u_rur>"',
  "x-mid": "<session.mid>",
};

/** A file on its way to the upload service of Direct. */
function attachment(
  path: string,
  name: string,
  type: string,
  headers: Record<string, string>,
): Request[] {
  const bare = { ...ATTACHMENT, ...headers };
  return [
    {
      send: `GET ${path}${name}`,
      host: "rupload.facebook.com",
      bare,
      answer: { offset: 0, status: "ok" },
    },
    {
      send: `POST ${path}${name}`,
      host: "rupload.facebook.com",
      bare: {
        ...bare,
        "content-type": "application/octet-stream",
        offset: "0",
        "x-entity-length": "<size>",
        "x-entity-name": name,
        "x-entity-type": type,
      },
      binary: true,
      answer: { media_id: Number(MEDIA), status: "ok" },
    },
  ];
}

const SHORT_UPLOAD = "<random 100000000000..999999999999>";
const HEX = "<random hex32>";

const videoMessage = (threadIds: string): Request[] => [
  ...attachment("/messenger_video/", `${HEX}-0-<video size>-${UPLOAD}-${UPLOAD}`, "video/mp4", {
    video_type: "FILE_ATTACHMENT",
    "segment-start-offset": "0",
    "segment-type": "3",
    ephemeral_media_view_mode: "2",
    ig_raven_metadata: "{}",
    x_fb_video_waterfall_id: `${SHORT_UPLOAD}_<hex12 upper case>_Mixed_0`,
  }),
  {
    send: "POST /api/v1/direct_v2/threads/broadcast/raven_attachment/?video=1",
    signed: `{"_uuid":"<session.uuid>","device_id":"<session.android_device_id>","recipient_users":"[]","view_mode":"permanent","has_camera_metadata":"1","camera_entry_point":"3","thread_ids":${JSON.stringify(threadIds)},"reshare_mode":"allow_reshare","original_media_type":"2","send_attribution":"direct_composer","client_context":"${TOKEN}","camera_session_id":"<uuid #1>","attachment_fbid":"${MEDIA}","include_e2ee_mentioned_user_list":"1","hide_from_profile_grid":"false","timezone_offset":"0","client_shared_at":"<unix seconds>","configure_mode":"2","source_type":"3","camera_position":"back","video_result":"${MEDIA}","_uid":"<session.user_id>","composition_id":"<uuid #2>","mutation_token":"${TOKEN}","creation_surface":"camera","has_ig_camera_edits":"false","capture_type":"normal","audience":"default","upload_id":"${SHORT_UPLOAD}","client_timestamp":"<unix seconds>","media_transformation_info":"{\\"width\\":\\"720\\",\\"height\\":\\"1280\\",\\"x_transform\\":\\"0\\",\\"y_transform\\":\\"0\\",\\"zoom\\":\\"1.0\\",\\"rotation\\":\\"0.0\\",\\"background_coverage\\":\\"0.0\\"}","clips":[{"length":4.0,"source_type":"3","camera_position":"back"}],"poster_frame_index":0,"length":4.0,"audio_muted":false,"edits":{"filter_type":0,"filter_strength":1.0},"extra":{"source_width":720,"source_height":1280},"device":{"manufacturer":"Google","model":"sdk_gphone_arm64","android_version":30,"android_release":"11"}}`,
    answer: ack,
  },
];

const lookUp = (users: string, answer: unknown): Request => ({
  send: `GET /api/v1/direct_v2/threads/get_by_participants/?recipient_users=${users}&seq_id=2580572&limit=20`,
  answer,
});

const voiceMessage = (threadIds: string, waveform: string): Request[] => [
  ...attachment("/messenger_audio/", `${UPLOAD}_0_<random signed 32-bit int>`, "audio/mp4", {
    audio_type: "FILE_ATTACHMENT",
  }),
  {
    send: "POST /api/v1/direct_v2/threads/broadcast/voice_attachment/",
    form: [
      ...DEVICE,
      ["action", "send_item"],
      ["thread_ids", threadIds],
      ["send_attribution", "inbox"],
      ["client_context", TOKEN],
      ["attachment_fbid", MEDIA],
      ["mutation_token", TOKEN],
      ["waveform", waveform],
      ["waveform_sampling_frequency_hz", "10"],
      ["upload_id", UPLOAD],
      ["offline_threading_id", TOKEN],
    ],
    answer: ack,
  },
];

export const directUploadRows: Row[] = [
  {
    operation: "postDirectPhoto",
    call: "POST /direct/photo",
    form: { user_ids: "25025320,314216" },
    files: [["file", "photo.jpg"]],
    requests: [photoSent(), photoMessage([["recipient_users", "[[25025320,314216]]"]])],
  },
  {
    operation: "postDirectPhoto",
    call: "POST /direct/photo",
    form: { thread_ids: `${THREAD},${OTHER_THREAD}` },
    files: [["file", "photo.png"]],
    requests: [
      photoSent("image/png"),
      photoMessage([["thread_ids", `[${THREAD},${OTHER_THREAD}]`]]),
    ],
  },
  {
    operation: "postDirectVideo",
    call: "POST /direct/video",
    form: { thread_ids: `${THREAD},${OTHER_THREAD}` },
    files: [["file", "video.mp4"]],
    requests: videoMessage(`["${THREAD}","${OTHER_THREAD}"]`),
  },
  {
    operation: "postDirectVideo",
    call: "POST /direct/video",
    form: { user_ids: "25025320" },
    files: [["file", "video.mp4"]],
    requests: [
      lookUp("[25025320]", { thread: { thread_id: THREAD, thread_v2_id: "17840000000000001" } }),
      ...videoMessage('["17840000000000001"]'),
    ],
  },
  {
    operation: "postDirectVoice",
    call: "POST /direct/voice",
    form: { user_ids: "25025320,314216", waveform: "0,0.5,1" },
    files: [["file", "voice.m4a"]],
    requests: [
      lookUp("[25025320,314216]", { thread_id: THREAD, users: [] }),
      ...voiceMessage(`[${THREAD}]`, "[0.0,0.5,1.0]"),
    ],
  },
  {
    operation: "postDirectFile",
    call: "POST /direct/file",
    form: { user_ids: "25025320" },
    files: [["file", "photo2.jpg"]],
    requests: [photoSent(), photoMessage([["recipient_users", "[[25025320]]"]])],
  },
];
