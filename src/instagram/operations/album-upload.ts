import { signedByDevice } from "../actions.ts";
import type { Client } from "../client.ts";
import type { JsonInput } from "../json.ts";
import { locationText } from "../location-text.ts";
import type { Media } from "../models/media.ts";
import { pythonFloat } from "../python-json.ts";
import { asciiJson, path } from "../signing.ts";
import { type ConfigureCall, publish } from "../upload/configure.ts";
import type { Photo, Video } from "../upload/files.ts";
import {
  bytesOf,
  dateTimeOriginal,
  type NewPost,
  postIn,
  secondsOf,
  sizeIn,
} from "../upload/post-fields.ts";
import { ownPosts } from "../upload/posted.ts";
import { uploadPhoto, uploadVideo } from "../upload/rupload.ts";
import { tagsIn } from "../usertags.ts";
import { uploadCover } from "./video-upload.ts";

const ALBUM = 8;

/** One photo or video of an album. */
export type AlbumItem = { readonly photo: Photo } | { readonly video: Video };

export interface NewAlbum extends NewPost {
  /** In the order in which they show. */
  items: readonly AlbumItem[];
}

/** What the configure call says of an item. */
type Child = Record<string, JsonInput>;

/**
 * Posts an album: each item through `rupload_igphoto/` or `rupload_igvideo/` with a cover, then
 * `media/configure_sidecar/`. Tags are on the first item. A place without its external id costs one
 * more request, or two. Throws as publish(), and UpstreamRefused: PhotoNotUpload, VideoNotUpload,
 * AlbumConfigureError, LocationNotFound.
 */
export async function uploadAlbum(client: Client, post: NewAlbum): Promise<Media> {
  const { items, caption } = post;
  const { tokens, progress } = client.caller;
  const uploads = items.map((item) => ({ item, uploadId: tokens.uploadId() }));
  const uploadId = tokens.uploadId();
  const made = await publish(client, {
    uploadId,
    caption,
    mediaType: ALBUM,
    newest: ownPosts,
    notMade: "AlbumConfigureError",
    upload: async () => {
      progress.sending(items.reduce((sum, item) => sum + bytesIn(item), 0));
      const children: Child[] = [];
      for (const upload of uploads) children.push(await uploadItem(client, upload));
      return configure(client, post, uploadId, children);
    },
  });
  return postIn(client, made);
}

const bytesIn = (item: AlbumItem): number =>
  "photo" in item ? item.photo.file.length : bytesOf(item.video);

async function uploadItem(
  client: Client,
  { item, uploadId }: { item: AlbumItem; uploadId: string },
): Promise<Child> {
  if ("photo" in item) {
    const { photo } = item;
    await uploadPhoto(client, photo, { uploadId, inAlbum: true });
    return {
      upload_id: uploadId,
      edits: asciiJson({
        crop_original_size: [photo.width, photo.height],
        crop_center: [pythonFloat(0), pythonFloat(-0)],
        crop_zoom: pythonFloat(1),
      }),
      extra: asciiJson(sizeIn(photo)),
      scene_capture_type: "",
      scene_type: null,
    };
  }
  const { video } = item;
  await uploadVideo(client, video, { uploadId, use: "album" });
  const length = secondsOf(video);
  const child = {
    upload_id: uploadId,
    clips: asciiJson([{ length, source_type: "4" }]),
    extra: asciiJson(sizeIn(video)),
    length,
    poster_frame_index: "0",
    filter_type: "0",
    video_result: "",
    date_time_original: dateTimeOriginal(client),
    audio_muted: "false",
  };
  await uploadCover(client, video, uploadId);
  return child;
}

async function configure(
  client: Client,
  { caption, usertags, location }: NewAlbum,
  uploadId: string,
  children: readonly Child[],
): Promise<ConfigureCall> {
  const { state } = client;
  const ofDevice = {
    source_type: "4",
    timezone_offset: String(state.timezoneOffset),
    device: asciiJson(state.device),
  };
  const tags = usertags.length > 0 ? { usertags: asciiJson(tagsIn(usertags)) } : {};
  return {
    path: path`media/configure_sidecar/`,
    body: signedByDevice(client, {
      timezone_offset: String(state.timezoneOffset),
      source_type: "4",
      creation_logger_session_id: state.ids.client_session_id,
      location: await locationText(client, location),
      caption,
      client_sidecar_id: uploadId,
      upload_id: uploadId,
      suggested_venue_position: -1,
      device: state.device,
      is_suggested_venue: false,
      children_metadata: children.map((child, index) => ({
        ...ofDevice,
        ...child,
        ...(index === 0 ? tags : {}),
      })),
    }),
  };
}
