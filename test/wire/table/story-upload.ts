import { DEVICE, exposed, photo, video } from "./post-upload.ts";
import type { Request, Row } from "./row.ts";
import { CAPABILITIES } from "./story.ts";

const PK = "3456789012345678912";
const OK = { status: "ok" };
const ID = "<upload_id>";
const OWN = { pk: 49_123_456_789, username: "me.account" };
const device = { _uuid: "<session.uuid>", device_id: "<session.android_device_id>" };

const story = (device_timestamp?: number) => ({
  pk: PK,
  id: `${PK}_49123456789`,
  taken_at: 1_760_000_000,
  media_type: 1,
  user: OWN,
  ...(device_timestamp === undefined ? {} : { device_timestamp }),
});

/** JSON text inside of JSON text. */
const q = (text: string): string => JSON.stringify(text);
const signed = (fields: string): string => `${JSON.stringify(device).slice(0, -1)}, ${fields}}`;

const transformation = (width: number, height: number): string =>
  q(
    `{"width":"${width}","height":"${height}","x_transform":"0","y_transform":"0","zoom":"1.0","rotation":"0.0","background_coverage":"0.0"}`,
  );

interface Said {
  stickerIds?: string;
  /** Further fields, each with a comma before it. */
  more?: string;
  answer?: object;
}

const configuredPhoto = ({
  stickerIds = "",
  more = "",
  answer = { media: story(), ...OK },
}: Said = {}): Request => ({
  send: "POST /api/v1/media/configure_to_story/",
  signed: signed(
    `"text_metadata": ${q('[{"font_size":40.0,"scale":1.0,"width":611.0,"height":169.0,"x":0.51414347,"y":0.8487708,"rotation":0.0}]')}, "supported_capabilities_new": ${q(CAPABILITIES)}, "has_original_sound": "1", "camera_session_id": "<session.client_session_id>", "scene_capture_type": "", "timezone_offset": "<session.timezone_offset>", "client_shared_at": "<unix seconds -5 s>", "story_sticker_ids": ${q(stickerIds)}, "media_folder": "Camera", "configure_mode": "1", "source_type": "4", "creation_surface": "camera", "imported_taken_at": {"$number": "<unix seconds -3 days>"}, "capture_type": "normal", "rich_text_format_types": ${q('["default"]')}, "upload_id": "${ID}", "client_timestamp": "<unix seconds>", "device": ${DEVICE}, "_uid": {"$number": "<session.user_id>"}, "composition_id": "<uuid>", "app_attribution_android_namespace": "", "media_transformation_info": ${transformation(800, 800)}, "original_media_type": "photo", "camera_entry_point": "<random 25..164>", "edits": {"crop_original_size": [800.0, 800.0], "filter_type": 0, "filter_strength": 1.0}, "extra": {"source_width": 800, "source_height": 800}${more}`,
  ),
  answer,
});

const storyVideo = video({
  "Accept-Encoding": "gzip, deflate",
  "X-Instagram-Rupload-Params": `{"extract_cover_frame":"1","content_tags":"has-overlay","for_album":"1","retry_context":"{\\"num_step_auto_retry\\":0,\\"num_reupload\\":0,\\"num_step_manual_retry\\":0}","media_type":"2","xsharing_user_ids":"[<session.user_id>]","upload_id":"${ID}","upload_media_duration_ms":"4000","upload_media_width":"720","upload_media_height":"1280"}`,
});

const configuredVideo = ({ more = "" }: Said = {}): Request => ({
  send: "POST /api/v1/media/configure_to_story/?video=1",
  signed: signed(
    `"_uid": "<session.user_id>", "supported_capabilities_new": ${q(CAPABILITIES.replaceAll(/([,:]) /g, "$1"))}, "has_original_sound": "1", "filter_type": "0", "camera_session_id": "<session.client_session_id>", "camera_entry_point": "<random 35..164>", "composition_id": "<uuid #9>", "timezone_offset": "<session.timezone_offset>", "client_timestamp": "<unix seconds>", "client_shared_at": "<unix seconds -7 s>", "date_time_original": "<local time as YYYYMMDDTHHMMSS.000Z>", "configure_mode": "1", "source_type": "3", "video_result": "", "creation_surface": "camera", "capture_type": "normal", "upload_id": "${ID}", "original_media_type": "video", "camera_position": "back", "device": ${DEVICE}, "length": 4.0, "clips": [{"length": 4.0, "source_type": "3", "camera_position": "back"}], "media_transformation_info": ${transformation(720, 1280)}, "extra": {"source_width": 720, "source_height": 1280}, "audio_muted": false, "poster_frame_index": 0${more}`,
  ),
  answer: { media: { ...story(), media_type: 2 }, ...OK },
});

const checked = (url: string): Request => ({
  send: "POST /api/v1/media/validate_reel_url/",
  signed: { url, _uid: "<session.user_id>", _uuid: "<session.uuid>" },
  answer: OK,
});

const place = (pk: string): Request => ({
  send: `GET /api/v1/locations/${pk}/location_info/`,
  answer: {
    location_id: pk,
    facebook_places_id: "111777152182368",
    name: "Berlin, Germany",
    lat: 52.51,
    lng: 13.38,
    ...OK,
  },
});
const located = (id: string): Request =>
  configuredPhoto({
    stickerIds: "location_sticker",
    more: `, "tap_models": ${q(`[{"x":0.5,"y":0.5,"z":0,"width":0.5,"height":0.2,"rotation":0.0,"type":"location","location_id":"${id}","is_sticker":true,"tap_state":0,"tap_state_str_id":"location_sticker_vibrant"}]`)}`,
  });

const upload = (files: Row["files"], form: Record<string, unknown>, requests: Request[]): Row => ({
  operation: "postStoryUpload",
  call: "POST /story/upload",
  files: files ?? [],
  form: Object.fromEntries(
    Object.entries(form).map(([name, value]) => [
      name,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  ),
  requests,
});
const PNG: Row["files"] = [["file", "photo.png"]];
const MP4: Row["files"] = [["file", "video.mp4"]];

export const storyUploadRows: Row[] = [
  // A place by pk alone is looked up once.
  upload(PNG, { locations: { location: { pk: 213385402, name: "Berlin, Germany" } } }, [
    photo(),
    place("213385402"),
    located("111777152182368"),
    exposed,
  ]),
  // With both ids, but no coordinates, it is looked up for these.
  upload(
    PNG,
    { locations: { location: { pk: "213385402", name: "Berlin", external_id: 111777152182368 } } },
    [photo(), place("213385402"), located("111777152182368"), exposed],
  ),
  // By its external id alone, for its pk.
  upload(PNG, { locations: { location: { name: "Berlin", external_id: "111777152182368" } } }, [
    photo(),
    place("111777152182368"),
    located("111777152182368"),
    exposed,
  ]),
  // Numbers are floats or integers as the recorded client makes them; extra outranks the others.
  upload(
    PNG,
    {
      caption: "",
      links: [{ webUri: "HTTP://Example.com", x: 0, y: "1", z: 2, rotation: 1 }],
      stickers:
        '[{"type": null, "x": 1, "y": 0.00390625, "z": null, "width": 1e-5, "height": 2, "rotation": null, "extra": {"z": 7, "count": 1.0, "text": "é"}}, {"id": "one", "x": 0, "y": 0, "width": 0, "height": 0, "extra": null}]',
    },
    [
      photo(),
      checked("http://example.com/"),
      configuredPhoto({
        stickerIds: "link_sticker_default,one",
        more: `, "has_animated_sticker": "1", "tap_models": ${q('[{"x":1.0,"y":0.00390625,"z":7,"width":1e-05,"height":2.0,"rotation":null,"type":null,"is_sticker":true,"selected_index":0,"tap_state":0,"count":1.0,"text":"\\u00e9"},{"x":0.0,"y":0.0,"z":1000005,"width":0.0,"height":0.0,"rotation":0.0,"type":"gif","is_sticker":true,"selected_index":0,"tap_state":0,"str_id":"one"},{"x":0.0,"y":1.0,"z":2,"width":0.50998676,"height":0.25875,"rotation":1.0,"type":"story_link","is_sticker":true,"selected_index":0,"tap_state":0,"link_type":"web","url":"http://example.com/","tap_state_str_id":"link_sticker_default"}]')}`,
      }),
      exposed,
    ],
  ),
  // Of two links the first is taken.
  upload(
    MP4,
    {
      caption: "is not sent with a video",
      mentions: [{ user: { pk: 1 } }, { user: { pk: "2" }, x: 0.25, y: 0.75, rotation: 0.5 }],
      links: [{ webUri: "https://example.com/1" }, { webUri: "https://example.com/2" }],
      stickers: [{ type: "poll", x: 0.123456789, y: 0.00390625, width: 0.2, height: 0.50998676 }],
    },
    [
      ...storyVideo,
      checked("https://example.com/1"),
      configuredVideo({
        more: `, "text_metadata": ${q('[{"font_size":24.0,"scale":1.0,"width":366.0,"height":102.0,"x":0.5,"y":0.5,"rotation":0.0},{"font_size":24.0,"scale":1.0,"width":366.0,"height":102.0,"x":0.25,"y":0.75,"rotation":0.0}]')}, "tap_models": ${q('[{"x":0.5,"y":0.5,"z":0,"width":0.5,"height":0.2,"rotation":0.0,"type":"mention","user_id":"1","is_sticker":false,"display_type":"mention_username","tap_state":0,"tap_state_str_id":"mention_text"},{"x":0.25,"y":0.75,"z":0,"width":0.5,"height":0.2,"rotation":0.0,"type":"mention","user_id":"2","is_sticker":false,"display_type":"mention_username","tap_state":0,"tap_state_str_id":"mention_text"},{"x":0.1234568,"y":0.0039062,"z":1000005,"width":0.2,"height":0.5099868,"rotation":0.0,"type":"poll","is_sticker":true,"selected_index":0,"tap_state":0},{"x":0.5126011,"y":0.5168225,"z":0,"width":0.5099868,"height":0.25875,"rotation":0.0,"type":"story_link","is_sticker":true,"selected_index":0,"tap_state":0,"link_type":"web","url":"https://example.com/1","tap_state_str_id":"link_sticker_default"}]')}, "story_sticker_ids": "link_sticker_default"`,
      }),
      exposed,
    ],
  ),
  // Where the answer names no story, it is the newest one of the account that names no upload.
  upload(PNG, { caption: "new story" }, [
    photo(),
    configuredPhoto({ more: ', "caption": "new story"', answer: OK }),
    exposed,
    {
      send: `GET /api/v1/feed/user/<session.user_id>/story/?supported_capabilities_new=${encodeURIComponent(CAPABILITIES)}`,
      answer: {
        reel: {
          items: [
            { ...story(1_700_000_000_000), pk: "1", id: "1_49123456789" },
            { ...story(), taken_at: 4_000_000_000, caption: { text: "new story" } },
          ],
        },
        ...OK,
      },
    },
  ]),
];
