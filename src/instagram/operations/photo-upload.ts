import { Problem } from "../../problems/problem.ts";
import { signedByDevice } from "../actions.ts";
import type { Client } from "../client.ts";
import { isJsonObject, type JsonObject, scalarText } from "../json.ts";
import { locationText } from "../location-text.ts";
import type { Media } from "../models/media.ts";
import { pythonFloat } from "../python-json.ts";
import { path, spacedJson } from "../signing.ts";
import { type ConfigureCall, publish } from "../upload/configure.ts";
import type { Photo } from "../upload/files.ts";
import { dateTimeOriginal, type NewPost, postIn, sizeIn } from "../upload/post-fields.ts";
import { ownPosts } from "../upload/posted.ts";
import { asJpeg, uploadPhoto } from "../upload/rupload.ts";
import { tagsIn } from "../usertags.ts";
import { tagMedia } from "./media-actions.ts";

const PHOTO = 1;

export interface NewPhoto extends NewPost {
  photo: Photo;
  /** The caller's own id for the upload; null for a new one. */
  uploadId: string | null;
}

/**
 * Posts a photo: `rupload_igphoto/`, then `media/configure/`. A place without its external id costs
 * one more request, or two; so do tags that the new post lacks. Throws as publish(), and
 * UpstreamRefused: PhotoNotUpload, PhotoConfigureError, LocationNotFound.
 */
export async function uploadPhotoPost(client: Client, post: NewPhoto): Promise<Media> {
  const { photo, caption, usertags } = post;
  const uploadId = post.uploadId ?? client.caller.tokens.uploadId();
  const made = await publish(client, {
    uploadId,
    caption,
    mediaType: PHOTO,
    newest: ownPosts,
    notMade: "PhotoConfigureError",
    upload: async () => {
      client.caller.progress.sending(photo.file.length);
      await uploadPhoto(client, asJpeg(photo), { uploadId });
      return configure(client, post, uploadId);
    },
    finish: async (raw) => {
      const isUntagged = usertags.length > 0 && !isJsonObject(raw.usertags);
      return isUntagged ? tagged(client, raw, post) : raw;
    },
  });
  return postIn(client, made);
}

async function configure(
  client: Client,
  { photo, caption, usertags, location }: NewPhoto,
  uploadId: string,
): Promise<ConfigureCall> {
  const { state } = client;
  const { model, manufacturer, android_release: release } = state.device;
  const time = dateTimeOriginal(client);
  return {
    path: path`media/configure/`,
    body: signedByDevice(client, {
      timezone_offset: String(state.timezoneOffset),
      camera_model: model,
      camera_make: manufacturer,
      scene_type: "?",
      nav_chain: NAVIGATION,
      date_time_original: time,
      date_time_digitalized: time,
      creation_logger_session_id: state.ids.client_session_id,
      scene_capture_type: "standard",
      software: `${scalarText(model)}-user+${scalarText(release)}+${BUILD}`,
      multi_sharing: "1",
      location: await locationText(client, location),
      media_folder: "Camera",
      source_type: "4",
      caption,
      upload_id: uploadId,
      device: state.device,
      usertags: spacedJson(tagsIn(usertags)),
      edits: {
        crop_original_size: [pythonFloat(photo.width), pythonFloat(photo.height)],
        crop_center: [pythonFloat(0), pythonFloat(0)],
        crop_zoom: pythonFloat(1),
      },
      extra: sizeIn(photo),
    }),
  };
}

const BUILD = "OPR1.170623.032+V10.2.3.0.OAGMIXM+release-keys";
const NAVIGATION =
  "8rL:self_profile:4,ProfileMediaTabFragment:self_profile:5,UniversalCreationMenuFragment:universal_creation_menu:7,ProfileMediaTabFragment:self_profile:8,MediaCaptureFragment:tabbed_gallery_camera:9,Dd3:photo_filter:10,FollowersShareFragment:metadata_followers_share:11";

/**
 * Tags a new photo whose answer has no tags: then Instagram has dropped them. The photo is there, so
 * a failure leaves it as it is.
 */
async function tagged(client: Client, made: JsonObject, post: NewPost): Promise<JsonObject> {
  try {
    const { id, pk } = postIn(client, made);
    const { media } = await tagMedia(client, id || pk, post);
    return isJsonObject(media) ? media : made;
  } catch (error) {
    if (error instanceof Problem) return made;
    throw error;
  }
}
