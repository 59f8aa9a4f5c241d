import { Type } from "@sinclair/typebox";
import { type Operation, operations } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { uploadIgtv } from "../instagram/operations/igtv-upload.ts";
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
import { notBlank } from "./parameters.ts";
import { thumbnail, VIDEO_BYTES, videoFile } from "./upload-fields.ts";

const { post } = operations("IGTV (Legacy)");

const fields = {
  title: Type.String({ minLength: 1, description: "Title.", examples: ["A day at the sea"] }),
  thumbnail,
  ...postFields,
};

const errors = [...videoErrors, "IGTVNotUpload", "IGTVConfigureError"] as const;

const rulesIn = (field: string) => ({ ...videoLimits.igtv, field, coverField: "thumbnail" });

/** `/igtv/upload`: IGTV videos that are posted. */
export const igtvUploadRoutes = (uploads: UploadDependencies): readonly Operation[] => [
  post(
    "/igtv/upload",
    {
      ...postUpload,
      operationId: "postIgtvUpload",
      summary: "Post an IGTV video",
      description: `A preview shows in the feed. The answer comes when Instagram has converted it. ${RETRIES}`,
      body: { file: videoFile(), ...fields },
      errors,
    },
    async ({ body, session, files }) => {
      const title = notBlank(body.title, "title");
      const rules = rulesIn("file");
      const video = await uploads.media.video(files, body.file, rules, body.thumbnail);
      return session.upload(uploadIgtv, { video, title, ...newPostOf(body) });
    },
  ),
  post(
    "/igtv/upload/by/url",
    {
      ...postUpload,
      operationId: "postIgtvUploadByUrl",
      summary: "Post an IGTV video from a URL",
      description: `The video is fetched, and posted as by POST /igtv/upload. ${RETRIES}`,
      body: { url: fileUrl(SANDBOX_VIDEO), ...fields },
      errors: [...errors, "UrlNotAllowed", "UrlUnreachable"],
    },
    async ({ body, session, files }) => {
      const title = notBlank(body.title, "title");
      const file = await fetched(uploads, { session, files }, body.url, VIDEO_BYTES);
      const rules = rulesIn("url");
      const video = await uploads.media.video(files, file, rules, body.thumbnail);
      return session.upload(uploadIgtv, { video, title, ...newPostOf(body) });
    },
  ),
];
