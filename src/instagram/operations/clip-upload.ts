import { signedByDevice } from "../actions.ts";
import type { Client } from "../client.ts";
import { locationText } from "../location-text.ts";
import type { Media } from "../models/media.ts";
import { path, spacedJson } from "../signing.ts";
import type { ConfigureCall } from "../upload/configure.ts";
import { dateTimeOriginal, secondsOf, sizeIn } from "../upload/post-fields.ts";
import { uploadReel } from "../upload/reel.ts";
import { tagsIn } from "../usertags.ts";
import { type NewVideo, OF_VIDEO, postVideo } from "./video-upload.ts";

/**
 * Posts a Reel, which shows in the feed as well: `upload_settings/`, `rupload_igvideo/`,
 * `rupload_igphoto/` with its cover, then `media/configure_to_clips/`. A place without its external
 * id costs one more request, or two. Throws as publish(), and UpstreamRefused: ClipNotUpload,
 * PhotoNotUpload, ClipConfigureError, LocationNotFound.
 */
export function uploadClip(client: Client, post: NewVideo): Promise<Media> {
  return postVideo(client, post, {
    send: (uploadId) => uploadReel(client, post.video, uploadId),
    configure: (uploadId) => configure(client, post, uploadId),
    notMade: "ClipConfigureError",
  });
}

async function configure(
  client: Client,
  { video, caption, usertags, location }: NewVideo,
  uploadId: string,
): Promise<ConfigureCall> {
  const { state } = client;
  const length = secondsOf(video);
  return {
    path: path`media/configure_to_clips/`,
    query: OF_VIDEO,
    body: signedByDevice(client, {
      filter_type: "0",
      timezone_offset: String(state.timezoneOffset),
      media_folder: "ScreenRecorder",
      location: await locationText(client, location),
      source_type: "4",
      caption,
      usertags: spacedJson(tagsIn(usertags)),
      date_time_original: dateTimeOriginal(client),
      clips_share_preview_to_feed: "1",
      upload_id: uploadId,
      device: state.device,
      length,
      clips: [{ length, source_type: "4" }],
      extra: sizeIn(video),
      audio_muted: false,
      poster_frame_index: 70,
    }),
  };
}
