import { ownPk, signedByDevice } from "../actions.ts";
import { SUPPORTED_CAPABILITIES } from "../app-profiles.ts";
import type { Client } from "../client.ts";
import type { RefusalKind } from "../error-kinds.ts";
import { answerUnusable } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import { completeLocation } from "../location-text.ts";
import { Story } from "../models/story.ts";
import { pythonFloat } from "../python-json.ts";
import { randomBetween } from "../random.ts";
import { json } from "../readings.ts";
import { asciiJson, path, signed } from "../signing.ts";
import { send } from "../transport.ts";
import { type ConfigureCall, publish } from "../upload/configure.ts";
import type { Photo, Video } from "../upload/files.ts";
import { dateTimeOriginal, secondsOf, sizeIn } from "../upload/post-fields.ts";
import { uploadPhoto, uploadVideo } from "../upload/rupload.ts";
import type { StoryDecoration } from "../upload/story-decoration.ts";
import { decorationOfPhoto, decorationOfVideo, sentSticker } from "../upload/story-tap-models.ts";
import { CAPABILITIES_TEXT, ownStories } from "./story.ts";

/** What a new story is to be, besides its picture or video. */
export interface NewStory {
  /** Only a photo's is sent: the app sends none with a video. */
  caption: string;
  decoration: StoryDecoration;
}

/** A new story, with what the caller put on top of it. */
export type UploadedStory = Omit<Story, "stickers"> & Pick<StoryDecoration, "stickers">;

/**
 * Shows a photo as a story: `rupload_igphoto/`, then `media/configure_to_story/`. Places that lack an
 * id or coordinates cost one more request each, or two; a link costs one. Throws as publish(), and
 * UpstreamRefused: PhotoNotUpload, PhotoConfigureStoryError, LocationNotFound.
 */
export function uploadStoryPhoto(
  client: Client,
  photo: Photo,
  story: NewStory,
): Promise<UploadedStory> {
  const composition = crypto.randomUUID();
  return publishStory(client, story, {
    mediaType: 1,
    notMade: "PhotoConfigureStoryError",
    bytes: photo.file.length,
    // The recorded client names its JPEG like this, whatever the photo was.
    upload: (uploadId) =>
      uploadPhoto(
        client,
        { ...photo, madeOf: "image/jpeg" },
        { uploadId, waterfallId: composition },
      ),
    configure: (uploadId, prepared) => ({
      path: path`media/configure_to_story/`,
      body: signedByDevice(client, {
        ...photoFields(client, photo, uploadId, composition),
        ...(prepared.caption === "" ? {} : { caption: prepared.caption }),
        ...decorationOfPhoto(prepared.decoration),
      }),
    }),
  });
}

/**
 * Shows a video as a story: `rupload_igvideo/`, then `media/configure_to_story/?video=1`. Instagram
 * makes the cover itself. Costs and throws as uploadStoryPhoto(), with VideoNotUpload and
 * VideoConfigureStoryError.
 */
export function uploadStoryVideo(
  client: Client,
  video: Video,
  story: NewStory,
): Promise<UploadedStory> {
  return publishStory(client, story, {
    mediaType: 2,
    notMade: "VideoConfigureStoryError",
    bytes: video.file.length,
    upload: (uploadId) => uploadVideo(client, video, { uploadId, use: "story" }),
    configure: (uploadId, { decoration }) => ({
      path: path`media/configure_to_story/`,
      query: [["video", "1"]],
      body: signedByDevice(client, {
        ...videoFields(client, video, uploadId),
        ...decorationOfVideo(decoration),
      }),
    }),
  });
}

/** How stories of one kind are made. */
interface StoryKind {
  mediaType: 1 | 2;
  notMade: RefusalKind;
  bytes: number;
  upload(uploadId: string): Promise<void>;
  configure(uploadId: string, story: NewStory): ConfigureCall;
}

async function publishStory(
  client: Client,
  story: NewStory,
  { mediaType, notMade, bytes, upload, configure }: StoryKind,
): Promise<UploadedStory> {
  const { tokens, progress } = client.caller;
  const uploadId = tokens.uploadId();
  let { decoration } = story;
  const made = await publish(client, {
    uploadId,
    caption: mediaType === 1 ? story.caption : "",
    mediaType,
    newest: ownStories,
    notMade,
    upload: async () => {
      progress.sending(bytes);
      await upload(uploadId);
      decoration = await prepared(client, decoration);
      return configure(uploadId, { ...story, decoration });
    },
  });
  return storyIn(client, made, decoration);
}

/** Looks up what places lack, and has Instagram check the link. */
async function prepared(client: Client, decoration: StoryDecoration): Promise<StoryDecoration> {
  const locations: StoryDecoration["locations"][number][] = [];
  for (const place of decoration.locations)
    locations.push({ ...place, location: await completeLocation(client, place.location) });
  if (decoration.link !== null) await checkLink(client, decoration.link.webUri);
  return { ...decoration, locations };
}

async function checkLink(client: Client, url: string): Promise<void> {
  await send(client, json, {
    effect: "step",
    method: "POST",
    path: path`media/validate_reel_url/`,
    body: signed({ url, _uid: client.state.userId, _uuid: client.state.ids.uuid }),
  });
}

/**
 * A story that was made. What lies on top of it is as the caller gave it. When it was imported is
 * something that the client makes up.
 */
function storyIn(client: Client, raw: JsonObject, decoration: StoryDecoration): UploadedStory {
  const story = Story.read(raw, client.drift);
  if (!story) throw answerUnusable("it names no story");
  const { mentions, hashtags, locations, link, stickers } = decoration;
  return {
    ...story,
    imported_taken_at: null,
    is_paid_partnership: story.is_paid_partnership ?? false,
    mentions: [...mentions],
    links: link === null ? [] : [link],
    hashtags: [...hashtags],
    locations: [...locations],
    stickers: stickers.map(sentSticker),
    medias: [],
    polls: [],
  };
}

const DAYS = 24 * 3_600;

function photoFields(client: Client, photo: Photo, uploadId: string, composition: string) {
  const { state } = client;
  const seconds = Math.floor(client.now() / 1_000);
  return {
    text_metadata:
      '[{"font_size":40.0,"scale":1.0,"width":611.0,"height":169.0,"x":0.51414347,"y":0.8487708,"rotation":0.0}]',
    supported_capabilities_new: CAPABILITIES_TEXT,
    has_original_sound: "1",
    camera_session_id: state.ids.client_session_id,
    scene_capture_type: "",
    timezone_offset: String(state.timezoneOffset),
    client_shared_at: String(seconds - 5),
    story_sticker_ids: "",
    media_folder: "Camera",
    configure_mode: "1",
    source_type: "4",
    creation_surface: "camera",
    imported_taken_at: seconds - 3 * DAYS,
    capture_type: "normal",
    rich_text_format_types: '["default"]',
    upload_id: uploadId,
    client_timestamp: String(seconds),
    device: state.device,
    _uid: ownPk(client),
    composition_id: composition,
    app_attribution_android_namespace: "",
    media_transformation_info: transformation(photo),
    original_media_type: "photo",
    camera_entry_point: String(randomBetween(25, 164)),
    edits: {
      crop_original_size: [pythonFloat(photo.width), pythonFloat(photo.height)],
      filter_type: 0,
      filter_strength: pythonFloat(1),
    },
    extra: sizeIn(photo),
  };
}

function videoFields(client: Client, video: Video, uploadId: string) {
  const { state } = client;
  const seconds = Math.floor(client.now() / 1_000);
  const length = secondsOf(video);
  return {
    _uid: state.userId,
    supported_capabilities_new: asciiJson(SUPPORTED_CAPABILITIES),
    has_original_sound: "1",
    filter_type: "0",
    camera_session_id: state.ids.client_session_id,
    camera_entry_point: String(randomBetween(35, 164)),
    composition_id: crypto.randomUUID(),
    timezone_offset: String(state.timezoneOffset),
    client_timestamp: String(seconds),
    client_shared_at: String(seconds - 7),
    date_time_original: dateTimeOriginal(client),
    configure_mode: "1",
    source_type: "3",
    video_result: "",
    creation_surface: "camera",
    capture_type: "normal",
    upload_id: uploadId,
    original_media_type: "video",
    camera_position: "back",
    device: state.device,
    length,
    clips: [{ length, source_type: "3", camera_position: "back" }],
    media_transformation_info: transformation(video),
    extra: sizeIn(video),
    audio_muted: false,
    poster_frame_index: 0,
  };
}

/** The picture as it is, not moved, turned or enlarged. */
const transformation = ({ width, height }: Photo | Video): string =>
  asciiJson({
    width: String(width),
    height: String(height),
    x_transform: "0",
    y_transform: "0",
    zoom: "1.0",
    rotation: "0.0",
    background_coverage: "0.0",
  });
