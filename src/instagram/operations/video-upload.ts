import { signedByDevice } from "../actions.ts";
import type { Client } from "../client.ts";
import type { RefusalKind } from "../error-kinds.ts";
import { locationText } from "../location-text.ts";
import type { Media } from "../models/media.ts";
import { asciiJson, path } from "../signing.ts";
import { type ConfigureCall, publish } from "../upload/configure.ts";
import type { Video } from "../upload/files.ts";
import {
  bytesOf,
  dateTimeOriginal,
  type NewPost,
  postIn,
  secondsOf,
  sizeIn,
} from "../upload/post-fields.ts";
import { ownPosts } from "../upload/posted.ts";
import { asJpeg, uploadPhoto, uploadVideo } from "../upload/rupload.ts";
import { tagsIn } from "../usertags.ts";

const VIDEO = 2;

export interface NewVideo extends NewPost {
  video: Video;
}

/**
 * Posts a video: `rupload_igvideo/`, `rupload_igphoto/` with its cover, then `media/configure/`. A
 * place without its external id costs one more request, or two. Throws as publish(), and
 * UpstreamRefused: VideoNotUpload, PhotoNotUpload, VideoConfigureError, LocationNotFound.
 */
export function uploadVideoPost(client: Client, post: NewVideo): Promise<Media> {
  return postVideo(client, post, {
    send: (uploadId) => uploadVideo(client, post.video, { uploadId, use: "feed" }),
    configure: (uploadId) => configure(client, post, uploadId),
    notMade: "VideoConfigureError",
  });
}

/** How a kind of video is posted. */
interface VideoPosting {
  /** Sends the video itself. */
  send(uploadId: string): Promise<void>;
  configure(uploadId: string): Promise<ConfigureCall>;
  notMade: RefusalKind;
}

/** Posts a video with its cover. Throws as publish(), what `posting` throws, and PhotoNotUpload. */
export async function postVideo(
  client: Client,
  { video, caption }: NewVideo,
  { send, configure, notMade }: VideoPosting,
): Promise<Media> {
  const { tokens, progress } = client.caller;
  const uploadId = tokens.uploadId();
  const made = await publish(client, {
    uploadId,
    caption,
    mediaType: VIDEO,
    newest: ownPosts,
    notMade,
    upload: async () => {
      progress.sending(bytesOf(video));
      await send(uploadId);
      await uploadCover(client, video, uploadId);
      return configure(uploadId);
    },
  });
  return postIn(client, made);
}

/** Uploads the cover of a video that is uploaded, if it has one. */
export async function uploadCover(
  client: Client,
  { cover }: Video,
  uploadId: string,
): Promise<void> {
  if (cover) await uploadPhoto(client, asJpeg(cover), { uploadId });
}

/** Asks for a video in the query of a configure call. */
export const OF_VIDEO = [["video", "1"]] as const;

async function configure(
  client: Client,
  { video, caption, usertags, location }: NewVideo,
  uploadId: string,
): Promise<ConfigureCall> {
  const { state } = client;
  const length = secondsOf(video);
  return {
    path: path`media/configure/`,
    query: OF_VIDEO,
    body: signedByDevice(client, {
      multi_sharing: "1",
      creation_logger_session_id: state.ids.client_session_id,
      upload_id: uploadId,
      source_type: "4",
      location: await locationText(client, location),
      poster_frame_index: 0,
      length,
      audio_muted: false,
      usertags: asciiJson(tagsIn(usertags)),
      filter_type: "0",
      date_time_original: dateTimeOriginal(client),
      timezone_offset: String(state.timezoneOffset),
      clips: [{ length, source_type: "4" }],
      extra: sizeIn(video),
      device: state.device,
      caption,
    }),
  };
}
