import type { Answer, TestClient } from "./client.ts";

/* Posts that tests make of uploads, with the fields of the recordings. */

const DEVICE = {
  android_version: 34,
  android_release: "14",
  manufacturer: "Google",
  model: "Pixel 8 Pro",
};

const LENGTH = { length: 4.0, clips: [{ length: 4.0, source_type: "4" }], audio_muted: false };

const COMMON = {
  timezone_offset: "3600",
  source_type: "4",
  device: DEVICE,
  location: "{}",
  usertags: '{"in": []}',
  date_time_original: "20251127T134332.000Z",
};

type More = Record<string, unknown>;

/** Makes a post of a photo. */
export const configurePhoto = (client: TestClient, upload_id: string, more: More = {}) =>
  client.post("media/configure/", {
    ...COMMON,
    media_folder: "Camera",
    caption: "a photo",
    upload_id,
    edits: { crop_original_size: [1080.0, 1350.0], crop_center: [0.0, 0.0], crop_zoom: 1.0 },
    extra: { source_width: 1080, source_height: 1350 },
    ...more,
  });

const video =
  (path: string) =>
  (client: TestClient, upload_id: string, more: More = {}) =>
    client.send("POST", `/api/v1/media/${path}/`, {
      query: { video: "1" },
      signed: {
        ...COMMON,
        ...LENGTH,
        filter_type: "0",
        caption: "a video",
        upload_id,
        poster_frame_index: 0,
        extra: { source_width: 720, source_height: 900 },
        ...more,
      },
    });

/** Makes a post of a video. */
export const configureVideo = video("configure");
/** Makes a Reel. */
export const configureReel = video("configure_to_clips");
/** Makes a long video. */
export const configureIgtv = video("configure_to_igtv");

/** An item of an album, as the app describes it. */
export const child = (upload_id: string, more: More = {}): More => ({
  source_type: "4",
  timezone_offset: "3600",
  device: JSON.stringify(DEVICE),
  upload_id,
  extra: '{"source_width":1080,"source_height":1350}',
  ...more,
});

/** Makes an album. */
export const configureAlbum = (
  client: TestClient,
  children_metadata: readonly More[],
  more: More = {},
): Promise<Answer> =>
  client.post("media/configure_sidecar/", {
    timezone_offset: "3600",
    source_type: "4",
    location: "{}",
    caption: "an album",
    client_sidecar_id: "1795487999999",
    upload_id: "1795487999999",
    device: DEVICE,
    children_metadata,
    ...more,
  });
