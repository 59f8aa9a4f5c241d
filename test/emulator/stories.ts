import { SANDBOX_PK } from "../../src/emulator/seed/fixtures.ts";
import { DEVICE, type ParsedJson, type TestClient } from "./client.ts";
import { uploadedPhoto } from "./uploading.ts";

/* Stories in tests: making them with requests as in the recordings, and reading them. */

const device = {
  android_version: 34,
  android_release: "14",
  manufacturer: "Google",
  model: "Pixel",
};

/** The fields of a photo, as in the recordings. */
export const photoFields = (upload_id: string, more: object = {}) => ({
  _uuid: DEVICE.guid,
  device_id: DEVICE.device_id,
  client_shared_at: "1795487694",
  configure_mode: "1",
  source_type: "4",
  imported_taken_at: 1795228494,
  upload_id,
  client_timestamp: "1795487699",
  device,
  _uid: SANDBOX_PK,
  original_media_type: "photo",
  edits: { crop_original_size: [1080, 1920], filter_type: 0, filter_strength: 1 },
  extra: { source_width: 1080, source_height: 1920 },
  ...more,
});

/** The fields of a video, as in the recordings. */
export const videoFields = (upload_id: string, more: object = {}) => ({
  _uuid: DEVICE.guid,
  device_id: DEVICE.device_id,
  _uid: String(SANDBOX_PK),
  client_shared_at: "1795487694",
  configure_mode: "1",
  source_type: "3",
  video_result: "",
  upload_id,
  device,
  length: 4,
  clips: [{ length: 4, source_type: "3", camera_position: "back" }],
  extra: { source_width: 720, source_height: 1280 },
  audio_muted: false,
  poster_frame_index: 0,
  ...more,
});

export const configure = (client: TestClient, fields: object, query: Record<string, string> = {}) =>
  client.send("POST", "/api/v1/media/configure_to_story/", { signed: fields, query });

export const spot = { x: 0.5, y: 0.5, z: 0, width: 0.4, height: 0.05, rotation: 0 };
export const tapModels = (...stickers: object[]) => ({
  tap_models: JSON.stringify(stickers.map((sticker) => ({ ...spot, ...sticker }))),
});
export const mention = (pk: number) => ({
  type: "mention",
  user_id: String(pk),
  is_sticker: false,
});

export const reelOf = async (client: TestClient, pk = SANDBOX_PK): Promise<ParsedJson> =>
  (await client.get(`feed/user/${pk}/story/`, { supported_capabilities_new: "[]" })).json.reel;

export const idsIn = (reel: ParsedJson): string[] => reel.items.map(({ id }: ParsedJson) => id);

/** Makes a story of a photo of 1080x1920; its media. */
export async function photoStory(client: TestClient, more: object = {}): Promise<ParsedJson> {
  const id = await uploadedPhoto(client, { width: 1_080, height: 1_920 });
  const answer = await configure(client, photoFields(id, { _uid: undefined, ...more }));
  if (answer.status !== 200) throw new Error(answer.text);
  return answer.json.media;
}
