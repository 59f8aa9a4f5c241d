import { type Operation, operations } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { uploadClip } from "../instagram/operations/clip-upload.ts";
import { videoLimits } from "../media/limits.ts";
import {
  fetched,
  fileUrl,
  newPostOf,
  postFields,
  postUpload,
  RETRIES,
  SANDBOX_VIDEO,
  videoErrors,
} from "./new-post.ts";
import { thumbnail, VIDEO_BYTES, videoFile } from "./upload-fields.ts";

const { post } = operations("Clip (Reels)");

const errors = [...videoErrors, "ClipNotUpload", "ClipConfigureError"] as const;

const rulesIn = (field: string) => ({ ...videoLimits.clip, field, coverField: "thumbnail" });

/** `/clip/upload`: Reels that are posted. */
export const clipUploadRoutes = (uploads: UploadDependencies): readonly Operation[] => [
  post(
    "/clip/upload",
    {
      ...postUpload,
      operationId: "postClipUpload",
      summary: "Post a Reel",
      description: `It shows in the feed, too. The answer comes when Instagram has converted it. ${RETRIES}`,
      body: { file: videoFile(), thumbnail, ...postFields },
      errors,
    },
    async ({ body, session, files }) => {
      const rules = rulesIn("file");
      const video = await uploads.media.video(files, body.file, rules, body.thumbnail);
      return session.upload(uploadClip, { video, ...newPostOf(body) });
    },
  ),
  post(
    "/clip/upload/by/url",
    {
      ...postUpload,
      operationId: "postClipUploadByUrl",
      summary: "Post a Reel from a URL",
      description: `The video is fetched, and posted as by POST /clip/upload. ${RETRIES}`,
      body: { url: fileUrl(SANDBOX_VIDEO), thumbnail, ...postFields },
      errors: [...errors, "UrlNotAllowed", "UrlUnreachable"],
    },
    async ({ body, session, files }) => {
      const file = await fetched(uploads, { session, files }, body.url, VIDEO_BYTES);
      const rules = rulesIn("url");
      const video = await uploads.media.video(files, file, rules, body.thumbnail);
      return session.upload(uploadClip, { video, ...newPostOf(body) });
    },
  ),
];
