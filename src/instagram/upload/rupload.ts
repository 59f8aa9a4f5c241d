import type { Client } from "../client.ts";
import type { Headers } from "../headers.ts";
import { randomBetween } from "../random.ts";
import { asciiJson, spacedJson } from "../signing.ts";
import { type Entity, sendRest, sendWhole } from "./entity.ts";
import type { FileBytes, Photo, Video } from "./files.ts";

/*
 * Photos and videos on their way to Instagram's upload service. Their headers are those of the
 * recorded client: each kind of upload has its own, down to the blanks in its JSON.
 */

const NO_RETRIES = '{"num_step_auto_retry":0,"num_reupload":0,"num_step_manual_retry":0}';

export interface PhotoUpload {
  /** The cover of a video has the video's. */
  uploadId: string;
  /** Whether it is an item of an album. */
  inAlbum?: boolean;
  /** A UUID under which Instagram's statistics know the upload; a new one unless given. */
  waterfallId?: string;
}

/**
 * Uploads a photo, or a video's cover: `POST /rupload_igphoto/{upload id}_0_{random}`. Throws
 * UpstreamRefused: PhotoNotUpload, and what every operation can throw.
 */
export function uploadPhoto(
  client: Client,
  { file, madeOf }: Photo,
  { uploadId, inAlbum = false, waterfallId }: PhotoUpload,
): Promise<void> {
  const parameters = {
    retry_context: NO_RETRIES,
    media_type: "1",
    xsharing_user_ids: "[]",
    upload_id: uploadId,
    image_compression: spacedJson({ lib_name: "moz", lib_version: "3.1.m", quality: "80" }),
    ...(inAlbum ? { is_sidecar: "1" } : {}),
  };
  const entityOf = (): Entity =>
    entity("/rupload_igphoto/", entityName(uploadId), file, {
      "Accept-Encoding": "gzip",
      "X-Instagram-Rupload-Params": spacedJson(parameters),
      X_FB_PHOTO_WATERFALL_ID: waterfallId ?? crypto.randomUUID(),
      "X-Entity-Type": madeOf,
    });
  return sendWhole(client, entityOf, "PhotoNotUpload");
}

/**
 * A photo that Instagram is not told the origin of. The recorded client tells it only of items of
 * albums, attachments of Direct and account pictures.
 */
export const asJpeg = (photo: Photo): Photo => ({ ...photo, madeOf: "image/jpeg" });

/** What a video is uploaded for. Reels have a protocol of their own, in reel.ts. */
export type VideoUse = "feed" | "album" | "story" | "igtv" | "direct";

export interface VideoUpload {
  uploadId: string;
  use: VideoUse;
}

/**
 * Uploads a video without its cover: `/rupload_igvideo/{upload id}_0_{random}`, by GET for how much
 * of it is there, then by POST. Throws UpstreamRefused: VideoNotUpload or IGTVNotUpload, and what
 * every operation can throw.
 */
export function uploadVideo(
  client: Client,
  video: Video,
  { uploadId, use }: VideoUpload,
): Promise<void> {
  const name = entityName(uploadId);
  const waterfall = { X_FB_VIDEO_WATERFALL_ID: crypto.randomUUID() };
  const parameters = videoParameters(client, video, uploadId);
  if (use === "igtv") {
    const headers = {
      "Accept-Encoding": "gzip",
      "X-Instagram-Rupload-Params": spacedJson({ is_igtv_video: "1", ...parameters }),
      ...waterfall,
      ...VIDEO_TYPE,
    };
    return sendRest(client, entity(VIDEOS, name, video.file, headers), "IGTVNotUpload");
  }
  const headers = {
    ...(use === "album" ? SEGMENT : {}),
    "Accept-Encoding": "gzip, deflate",
    "X-Instagram-Rupload-Params": asciiJson({
      ...(use === "story" ? STORY : {}),
      ...parameters,
      ...(use === "direct" ? { direct_v2: "1" } : {}),
      ...(use === "album" ? { is_sidecar: "1" } : {}),
    }),
    ...waterfall,
  };
  return sendRest(client, entity(VIDEOS, name, video.file, headers, VIDEO_TYPE), "VideoNotUpload");
}

const VIDEOS = "/rupload_igvideo/";
const VIDEO_TYPE = { "X-Entity-Type": "video/mp4" };
/** A file that is sent in one segment. */
const SEGMENT = { "Segment-Start-Offset": "0", "Segment-Type": "3" };
const STORY = { extract_cover_frame: "1", content_tags: "has-overlay", for_album: "1" };

/** The entity of a Reel: in one segment, and with a name of its own. */
export const reelEntity = (name: string, video: Video, headers: Headers): Entity =>
  entity(VIDEOS, name, video.file, { ...headers, ...VIDEO_TYPE, ...SEGMENT });

const videoParameters = ({ state }: Client, video: Video, uploadId: string) => ({
  retry_context: NO_RETRIES,
  media_type: "2",
  xsharing_user_ids: `[${state.userId}]`,
  upload_id: uploadId,
  upload_media_duration_ms: String(video.durationMs),
  upload_media_width: String(video.width),
  upload_media_height: String(video.height),
});

/** A file as most uploads describe it. `typeHeaders` go only with its bytes. */
function entity(
  directory: string,
  name: string,
  file: FileBytes,
  headers: Headers,
  typeHeaders: Headers = {},
): Entity {
  const postHeaders = (offset: number): Headers => ({
    Offset: String(offset),
    "X-Entity-Name": name,
    "X-Entity-Length": String(file.length),
    "Content-Type": "application/octet-stream",
    ...typeHeaders,
  });
  return { directory, name, file, headers, postHeaders };
}

const entityName = (uploadId: string): string =>
  `${uploadId}_0_${randomBetween(1_000_000_000, 9_999_999_999)}`;
