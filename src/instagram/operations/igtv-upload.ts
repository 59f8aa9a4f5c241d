import { signedByDevice } from "../actions.ts";
import type { Client } from "../client.ts";
import { locationText } from "../location-text.ts";
import type { Media } from "../models/media.ts";
import { path, spacedJson } from "../signing.ts";
import type { ConfigureCall } from "../upload/configure.ts";
import { dateTimeOriginal, secondsOf, sizeIn } from "../upload/post-fields.ts";
import { uploadVideo } from "../upload/rupload.ts";
import { tagsIn } from "../usertags.ts";
import { type NewVideo, OF_VIDEO, postVideo } from "./video-upload.ts";

export interface NewIgtvVideo extends NewVideo {
  title: string;
}

/**
 * Posts an IGTV video: `rupload_igvideo/`, `rupload_igphoto/` with its cover, then
 * `media/configure_to_igtv/`. A place without its external id costs one more request, or two. Throws
 * as publish(), and UpstreamRefused: IGTVNotUpload, PhotoNotUpload, IGTVConfigureError,
 * LocationNotFound.
 */
export function uploadIgtv(client: Client, post: NewIgtvVideo): Promise<Media> {
  return postVideo(client, post, {
    send: (uploadId) => uploadVideo(client, post.video, { uploadId, use: "igtv" }),
    configure: (uploadId) => configure(client, post, uploadId),
    notMade: "IGTVConfigureError",
  });
}

async function configure(
  client: Client,
  { video, title, caption, usertags, location }: NewIgtvVideo,
  uploadId: string,
): Promise<ConfigureCall> {
  const { state } = client;
  const length = secondsOf(video);
  return {
    path: path`media/configure_to_igtv/`,
    query: OF_VIDEO,
    body: signedByDevice(client, {
      igtv_ads_toggled_on: "0",
      filter_type: "0",
      timezone_offset: String(state.timezoneOffset),
      media_folder: "ScreenRecorder",
      location: await locationText(client, location),
      source_type: "4",
      title,
      caption,
      usertags: spacedJson(tagsIn(usertags)),
      date_time_original: dateTimeOriginal(client),
      igtv_share_preview_to_feed: "1",
      upload_id: uploadId,
      igtv_composer_session_id: crypto.randomUUID(),
      device: state.device,
      length,
      clips: [{ length, source_type: "4" }],
      extra: sizeIn(video),
      audio_muted: false,
      poster_frame_index: 70,
    }),
  };
}
