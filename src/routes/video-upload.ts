import { type Operation, operations } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { uploadVideoPost } from "../instagram/operations/video-upload.ts";
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

const { post } = operations("Video");

const errors = [...videoErrors, "VideoNotUpload", "VideoConfigureError"] as const;

const rulesIn = (field: string) => ({ ...videoLimits.feed, field, coverField: "thumbnail" });

/** `/video/upload`: videos that are posted in the feed. */
export const videoUploadRoutes = (uploads: UploadDependencies): readonly Operation[] => [
  post(
    "/video/upload",
    {
      ...postUpload,
      operationId: "postVideoUpload",
      summary: "Post a video",
      description: `The answer comes when Instagram has converted it. ${RETRIES}`,
      body: { file: videoFile(), thumbnail, ...postFields },
      errors,
    },
    async ({ body, session, files }) => {
      const rules = rulesIn("file");
      const video = await uploads.media.video(files, body.file, rules, body.thumbnail);
      return session.upload(uploadVideoPost, { video, ...newPostOf(body) });
    },
  ),
  post(
    "/video/upload/by/url",
    {
      ...postUpload,
      operationId: "postVideoUploadByUrl",
      summary: "Post a video from a URL",
      description: `The video is fetched, and posted as by POST /video/upload. ${RETRIES}`,
      body: { url: fileUrl(SANDBOX_VIDEO), thumbnail, ...postFields },
      errors: [...errors, "UrlNotAllowed", "UrlUnreachable"],
    },
    async ({ body, session, files }) => {
      const file = await fetched(uploads, { session, files }, body.url, VIDEO_BYTES);
      const rules = rulesIn("url");
      const video = await uploads.media.video(files, file, rules, body.thumbnail);
      return session.upload(uploadVideoPost, { video, ...newPostOf(body) });
    },
  ),
];
