import type { Request, Row } from "./row.ts";

const PK = "3456789012345678912";
const OK = { status: "ok" };
const ID = "<upload_id>";
const device = { _uuid: "<session.uuid>", device_id: "<session.android_device_id>" };
const NO_RETRIES =
  '{\\"num_step_auto_retry\\":0,\\"num_reupload\\":0,\\"num_step_manual_retry\\":0}';
const PLACE =
  '{"pk": 213385402, "name": "Berlin, Germany", "lat": 52.51, "lng": 13.38, "external_id": 111777152182368, "external_id_source": "facebook_places"}';
const PLACE_TEXT =
  '{"name":"Berlin, Germany","address":"","lat":52.51,"lng":13.38,"external_source":"facebook_places","facebook_places_id":111777152182368}';
const TAG = '{"user": {"pk": "25025320", "username": "instagram"}, "x": 0, "y": 1e-5}';
const TAG_LIST = '[{"user_id": "25025320", "position": [0.0, 1e-05]}]';
const COMPACT_TAG_LIST = '[{"user_id":"25025320","position":[0.0,1e-05]}]';
const TIME = "<local time as YYYYMMDDTHHMMSS.000Z>";
/** What a device is in the fields `device`, whose numbers pass as they are saved. */
export const DEVICE = `{"android_version": {"$number": "<session.device.android_version>"}, "android_release": "<session.device.android_release>", "manufacturer": "<session.device.manufacturer>", "model": "<session.device.model>"}`;
const DEVICE_TEXT =
  '{"android_version":<session.device.android_version>,"android_release":"<session.device.android_release>","manufacturer":"<session.device.manufacturer>","model":"<session.device.model>"}';

const made = (fields: object = {}) => ({
  media: {
    pk: PK,
    id: `${PK}_49123456789`,
    code: "C_5DDHCoJ-1",
    taken_at: 1_760_000_000,
    media_type: 1,
    user: { pk: 49_123_456_789, username: "me.account" },
    ...fields,
  },
  ...OK,
});
const tagged = made({ usertags: { in: [] } });

/** JSON text of a signed body that begins with the device. */
const signed = (fields: string): string => `${JSON.stringify(device).slice(0, -1)}, ${fields}}`;

/** A photo on its way; `n` tells apart what is made up for several of them. */
export const photo = (
  upload = ID,
  n = "",
  { type = "image/jpeg", sidecar = false }: { type?: string; sidecar?: boolean } = {},
): Request => {
  const name = `${upload}_0_<random 1000000000..9999999999${n}>`;
  return {
    send: `POST /rupload_igphoto/${name}`,
    binary: true,
    extra: {
      "Accept-Encoding": "gzip",
      "X-Instagram-Rupload-Params": `{"retry_context": "${NO_RETRIES}", "media_type": "1", "xsharing_user_ids": "[]", "upload_id": "${upload}", "image_compression": "{\\"lib_name\\": \\"moz\\", \\"lib_version\\": \\"3.1.m\\", \\"quality\\": \\"80\\"}"${sidecar ? ', "is_sidecar": "1"' : ""}}`,
      X_FB_PHOTO_WATERFALL_ID: `<uuid${n}>`,
      "X-Entity-Type": type,
      Offset: "0",
      "X-Entity-Name": name,
      "X-Entity-Length": "<size>",
      "Content-Type": "application/octet-stream",
    },
    answer: { upload_id: "1", ...OK },
  };
};

/** A video on its way: how much of it is there, then its bytes. */
export const video = (
  extra: Record<string, string>,
  { upload = ID, n = " #8", typeInGet = false } = {},
): Request[] => {
  const name = `${upload}_0_<random 1000000000..9999999999${n}>`;
  const headers = { ...extra, X_FB_VIDEO_WATERFALL_ID: `<uuid${n}>` };
  const type = { "X-Entity-Type": "video/mp4" };
  return [
    {
      send: `GET /rupload_igvideo/${name}`,
      extra: { ...headers, ...(typeInGet ? type : {}) },
      answer: { offset: 0 },
    },
    {
      send: `POST /rupload_igvideo/${name}`,
      binary: true,
      extra: {
        Offset: "0",
        "X-Entity-Name": name,
        "X-Entity-Length": "<size>",
        "Content-Type": "application/octet-stream",
        ...type,
        ...headers,
      },
      answer: { upload_id: "1", ...OK },
    },
  ];
};
const feedVideo = video({
  "Accept-Encoding": "gzip, deflate",
  "X-Instagram-Rupload-Params": `{"retry_context":"${NO_RETRIES}","media_type":"2","xsharing_user_ids":"[<session.user_id>]","upload_id":"${ID}","upload_media_duration_ms":"4000","upload_media_width":"720","upload_media_height":"1280"}`,
});
const igtvVideo = video(
  {
    "Accept-Encoding": "gzip",
    "X-Instagram-Rupload-Params": `{"is_igtv_video": "1", "retry_context": "${NO_RETRIES}", "media_type": "2", "xsharing_user_ids": "[<session.user_id>]", "upload_id": "${ID}", "upload_media_duration_ms": "4000", "upload_media_width": "720", "upload_media_height": "1280"}`,
  },
  { typeInGet: true },
);
const albumVideo = (upload: string): Request[] =>
  video(
    {
      "Segment-Start-Offset": "0",
      "Segment-Type": "3",
      "Accept-Encoding": "gzip, deflate",
      "X-Instagram-Rupload-Params": `{"retry_context":"${NO_RETRIES}","media_type":"2","xsharing_user_ids":"[<session.user_id>]","upload_id":"${upload}","upload_media_duration_ms":"4000","upload_media_width":"720","upload_media_height":"1280","is_sidecar":"1"}`,
    },
    { upload },
  );

export const exposed: Request = {
  send: "POST /api/v1/qe/expose/",
  signed: { ...device, id: "<session.uuid>", experiment: "ig_android_profile_contextual_feed" },
  answer: OK,
};

interface Said {
  caption?: string;
  upload?: string;
  location?: string;
  tags?: string;
  answer?: object;
}

const q = (text: string): string => JSON.stringify(text);

const configuredPhoto = (
  [width, height]: [number, number],
  { caption = "new photo", upload = ID, location = "{}", tags = "[]", answer = made() }: Said = {},
): Request => ({
  send: "POST /api/v1/media/configure/",
  signed: signed(
    `"timezone_offset": "<session.timezone_offset>", "camera_model": "<session.device.model>", "camera_make": "<session.device.manufacturer>", "scene_type": "?", "nav_chain": "8rL:self_profile:4,ProfileMediaTabFragment:self_profile:5,UniversalCreationMenuFragment:universal_creation_menu:7,ProfileMediaTabFragment:self_profile:8,MediaCaptureFragment:tabbed_gallery_camera:9,Dd3:photo_filter:10,FollowersShareFragment:metadata_followers_share:11", "date_time_original": "${TIME}", "date_time_digitalized": "${TIME}", "creation_logger_session_id": "<session.client_session_id>", "scene_capture_type": "standard", "software": "<session.device.model>-user+<session.device.android_release>+OPR1.170623.032+V10.2.3.0.OAGMIXM+release-keys", "multi_sharing": "1", "location": ${q(location)}, "media_folder": "Camera", "source_type": "4", "caption": ${q(caption)}, "upload_id": "${upload}", "device": ${DEVICE}, "usertags": ${q(`{"in": ${tags}}`)}, "edits": {"crop_original_size": [${width}.0, ${height}.0], "crop_center": [0.0, 0.0], "crop_zoom": 1.0}, "extra": {"source_width": ${width}, "source_height": ${height}}`,
  ),
  answer,
});

const LENGTH = '"length": 4.0, "clips": [{"length": 4.0, "source_type": "4"}]';
const SIZE = '"extra": {"source_width": 720, "source_height": 1280}';

const configuredVideo = ({ location = "{}", tags = "[]" }: Said = {}): Request => ({
  send: "POST /api/v1/media/configure/?video=1",
  signed: signed(
    `"multi_sharing": "1", "creation_logger_session_id": "<session.client_session_id>", "upload_id": "${ID}", "source_type": "4", "location": ${q(location)}, "poster_frame_index": 0, "length": 4.0, "audio_muted": false, "usertags": ${q(`{"in":${tags}}`)}, "filter_type": "0", "date_time_original": "${TIME}", "timezone_offset": "<session.timezone_offset>", "clips": [{"length": 4.0, "source_type": "4"}], ${SIZE}, "device": ${DEVICE}, "caption": "new video"`,
  ),
  answer: made({ media_type: 2 }),
});

const configuredIgtv = ({ location = "{}", tags = "[]" }: Said = {}): Request => ({
  send: "POST /api/v1/media/configure_to_igtv/?video=1",
  signed: signed(
    `"igtv_ads_toggled_on": "0", "filter_type": "0", "timezone_offset": "<session.timezone_offset>", "media_folder": "ScreenRecorder", "location": ${q(location)}, "source_type": "4", "title": "Title", "caption": "new video", "usertags": ${q(`{"in": ${tags}}`)}, "date_time_original": "${TIME}", "igtv_share_preview_to_feed": "1", "upload_id": "${ID}", "igtv_composer_session_id": "<uuid #7>", "device": ${DEVICE}, ${LENGTH}, ${SIZE}, "audio_muted": false, "poster_frame_index": 70`,
  ),
  answer: made({ media_type: 2, product_type: "igtv" }),
});

const photoChild = (upload: string, [width, height]: [number, number], tags = ""): string =>
  `{"source_type": "4", "timezone_offset": "<session.timezone_offset>", "device": ${q(DEVICE_TEXT)}, "upload_id": "${upload}", "edits": ${q(`{"crop_original_size":[${width},${height}],"crop_center":[0.0,-0.0],"crop_zoom":1.0}`)}, "extra": ${q(`{"source_width":${width},"source_height":${height}}`)}, "scene_capture_type": "", "scene_type": null${tags}}`;
const videoChild = (upload: string, tags = ""): string =>
  `{"source_type": "4", "timezone_offset": "<session.timezone_offset>", "device": ${q(DEVICE_TEXT)}, "upload_id": "${upload}", "clips": ${q('[{"length":4.0,"source_type":"4"}]')}, "extra": ${q('{"source_width":720,"source_height":1280}')}, "length": 4.0, "poster_frame_index": "0", "filter_type": "0", "video_result": "", "date_time_original": "${TIME}", "audio_muted": "false"${tags}}`;

const configuredAlbum = (children: string[], { location = "{}" }: Said = {}): Request => ({
  send: "POST /api/v1/media/configure_sidecar/",
  signed: signed(
    `"timezone_offset": "<session.timezone_offset>", "source_type": "4", "creation_logger_session_id": "<session.client_session_id>", "location": ${q(location)}, "caption": "new album", "client_sidecar_id": "<upload_id #9>", "upload_id": "<upload_id #9>", "suggested_venue_position": -1, "device": ${DEVICE}, "is_suggested_venue": false, "children_metadata": [${children.join(", ")}]`,
  ),
  answer: made({ media_type: 8 }),
});

const locationInfo: Request = {
  send: "GET /api/v1/locations/213385402/location_info/",
  answer: {
    location_id: "213385402",
    facebook_places_id: "111777152182368",
    name: "Berlin",
    lat: 52,
    lng: 13.38,
    location_address: "",
    ...OK,
  },
};
const KNOWN_TEXT =
  '{"name":"Berlin","address":"","lat":52.0,"lng":13.38,"external_source":null,"facebook_places_id":111777152182368}';
const venues: Request = {
  send: "GET /api/v1/location_search/?latitude=1e-05&longitude=13.0",
  answer: {
    venues: [
      {
        external_id: "111777152182369",
        external_id_source: "facebook_places",
        name: "Café",
        address: "Straße 1",
        lat: 1e-5,
        lng: -13,
      },
    ],
    ...OK,
  },
};
const VENUE_TEXT =
  '{"name":"Caf\\u00e9","address":"Stra\\u00dfe 1","lat":1e-05,"lng":-13.0,"external_source":"facebook_places","facebook_places_id":111777152182369}';

const edited: Request = {
  send: `POST /api/v1/media/${PK}_49123456789/edit_media/`,
  signed: {
    ...device,
    caption_text: "new photo",
    container_module: "edit_media_info",
    feed_position: "0",
    location: "{}",
    usertags: `{"in": ${TAG_LIST}}`,
    is_carousel_bumped_post: "false",
  },
  answer: tagged,
};

const row = (
  name: string,
  form: Record<string, string>,
  files: [field: string, name: string][],
  ...requests: Request[]
): Row => ({
  operation: `post${name}Upload`,
  call: `POST /${name.toLowerCase()}/upload`,
  form,
  files,
  requests,
});
const photoRow = (form: Record<string, string>, ...requests: Request[]): Row =>
  row("Photo", { caption: "new photo", ...form }, [["file", "photo.jpg"]], ...requests);

const SIZE_OF_PHOTO: [number, number] = [1080, 1350];
const SQUARE: [number, number] = [800, 800];
const WITH_COVER: [string, string][] = [
  ["file", "video.mp4"],
  ["thumbnail", "thumb.jpg"],
];

export const postUploadRows: Row[] = [
  photoRow({}, photo(), configuredPhoto(SIZE_OF_PHOTO), exposed),
  photoRow(
    { caption: "Größe 🙌\n#tag", upload_id: "1760000000123", usertags: "", location: "" },
    photo("1760000000123"),
    configuredPhoto(SIZE_OF_PHOTO, { caption: "Größe 🙌\n#tag", upload: "1760000000123" }),
    exposed,
  ),
  photoRow(
    { usertags: TAG, location: PLACE },
    photo(),
    configuredPhoto(SIZE_OF_PHOTO, { location: PLACE_TEXT, tags: TAG_LIST, answer: tagged }),
    exposed,
  ),
  photoRow(
    { usertags: `[${TAG}]` },
    photo(),
    configuredPhoto(SIZE_OF_PHOTO, { tags: TAG_LIST }),
    exposed,
    edited,
  ),
  photoRow(
    { location: '{"pk": "213385402", "name": "Any", "lat": 1, "lng": 2}' },
    photo(),
    locationInfo,
    configuredPhoto(SIZE_OF_PHOTO, { location: KNOWN_TEXT }),
    exposed,
  ),
  photoRow(
    { location: '{"name": "Any", "lat": 0.00001, "lng": 13}' },
    photo(),
    venues,
    configuredPhoto(SIZE_OF_PHOTO, { location: VENUE_TEXT }),
    exposed,
  ),
  row(
    "Photo",
    { caption: "" },
    [["file", "photo.png"]],
    photo(),
    configuredPhoto(SQUARE, { caption: "" }),
    exposed,
  ),
  row(
    "Video",
    { caption: "new video" },
    WITH_COVER,
    ...feedVideo,
    photo(),
    configuredVideo(),
    exposed,
  ),
  row(
    "Video",
    { caption: "new video", usertags: TAG, location: PLACE },
    WITH_COVER,
    ...feedVideo,
    photo(),
    configuredVideo({ location: PLACE_TEXT, tags: COMPACT_TAG_LIST }),
    exposed,
  ),
  row(
    "Igtv",
    { title: "Title", caption: "new video", usertags: TAG, location: PLACE },
    WITH_COVER,
    ...igtvVideo,
    photo(),
    configuredIgtv({ location: PLACE_TEXT, tags: TAG_LIST }),
    exposed,
  ),
  row(
    "Album",
    { caption: "new album" },
    [
      ["files", "photo.jpg"],
      ["files", "photo2.jpg"],
    ],
    photo("<upload_id #1>", " #1", { sidecar: true }),
    photo("<upload_id #2>", " #2", { sidecar: true }),
    configuredAlbum([
      photoChild("<upload_id #1>", SIZE_OF_PHOTO),
      photoChild("<upload_id #2>", SQUARE),
    ]),
    exposed,
  ),
  row(
    "Album",
    { caption: "new album", usertags: TAG, location: PLACE },
    [
      ["files", "photo.png"],
      ["files", "video.mp4"],
    ],
    photo("<upload_id #1>", " #1", { type: "image/png", sidecar: true }),
    ...albumVideo("<upload_id #2>"),
    photo("<upload_id #2>", " #2"),
    configuredAlbum(
      [
        photoChild("<upload_id #1>", SQUARE, `, "usertags": ${q(`{"in":${COMPACT_TAG_LIST}}`)}`),
        videoChild("<upload_id #2>"),
      ],
      { location: PLACE_TEXT },
    ),
    exposed,
  ),
];
