import { Type } from "@sinclair/typebox";
import { type Operation, operations } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { uploadPhotoPost } from "../instagram/operations/photo-upload.ts";
import { photoLimits } from "../media/limits.ts";
import { optionalId } from "./media-actions.ts";
import {
  fetched,
  fileUrl,
  newPostOf,
  photoErrors,
  postFields,
  postUpload,
  RETRIES,
} from "./new-post.ts";
import { PHOTO_BYTES, photoFile } from "./upload-fields.ts";

const { post } = operations("Photo");

const fields = {
  upload_id: Type.Optional(
    Type.String({
      default: "",
      description: "An id of your own for the upload, in digits. Without it one is made.",
    }),
  ),
  ...postFields,
};

/** `/photo/upload`: photos that are posted. */
export const photoUploadRoutes = (uploads: UploadDependencies): readonly Operation[] => [
  post(
    "/photo/upload",
    {
      ...postUpload,
      operationId: "postPhotoUpload",
      summary: "Post a photo",
      description: `It is turned upright and sent as a JPEG without metadata. ${RETRIES}`,
      body: {
        file: photoFile("The photo, from 3:4 to 1.91:1"),
        ...fields,
      },
      errors: [...photoErrors, "PhotoConfigureError"],
    },
    async ({ body, session, files }) => {
      const uploadId = optionalId(body.upload_id?.trim(), "upload_id");
      const photo = await uploads.media.photo(files, body.file, {
        ...photoLimits.feed,
        field: "file",
      });
      return session.upload(uploadPhotoPost, { photo, uploadId, ...newPostOf(body) });
    },
  ),
  post(
    "/photo/upload/by/url",
    {
      ...postUpload,
      operationId: "postPhotoUploadByUrl",
      summary: "Post a photo from a URL",
      description: `The photo is fetched, and posted as by POST /photo/upload. ${RETRIES}`,
      body: {
        url: fileUrl("https://scontent.cdninstagram.com/v/t51.2885-15/sample_1080x1350.jpg"),
        ...fields,
      },
      errors: [...photoErrors, "PhotoConfigureError", "UrlNotAllowed", "UrlUnreachable"],
    },
    async ({ body, session, files }) => {
      const uploadId = optionalId(body.upload_id?.trim(), "upload_id");
      const file = await fetched(uploads, { session, files }, body.url, PHOTO_BYTES);
      const photo = await uploads.media.photo(files, file, { ...photoLimits.feed, field: "url" });
      return session.upload(uploadPhotoPost, { photo, uploadId, ...newPostOf(body) });
    },
  ),
];
