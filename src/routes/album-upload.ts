import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import { fileList } from "../http/file-field.ts";
import { type Operation, operations } from "../http/route.ts";
import type { UploadDependencies } from "../http/upload-dependencies.ts";
import { type AlbumItem, uploadAlbum } from "../instagram/operations/album-upload.ts";
import { photoLimits, videoLimits } from "../media/limits.ts";
import { newPostOf, postFields, postUpload, RETRIES, videoErrors } from "./new-post.ts";
import {
  PHOTO_BYTES,
  PHOTO_TYPES,
  requireAtMost,
  VIDEO_BYTES,
  VIDEO_TYPES,
} from "./upload-fields.ts";

const { post } = operations("Album (Carousel)");

/** `/album/upload`: photos and videos that are posted together. */
export const albumUploadRoutes = ({ media }: UploadDependencies): readonly Operation[] => [
  post(
    "/album/upload",
    {
      operationId: "postAlbumUpload",
      summary: "Post an album",
      description: `Photos and videos in one post. Users are tagged on the first of them. ${RETRIES}`,
      ...postUpload,
      body: {
        files: fileList({
          description: `The photos (${PHOTO_TYPES}, 8 MB at the most) and videos (${VIDEO_TYPES}, 650 MB at the most), in the order in which they show.`,
          maxBytes: VIDEO_BYTES,
          minItems: 2,
          maxItems: 20,
        }),
        ...postFields,
      },
      errors: [...videoErrors, "VideoNotUpload", "AlbumConfigureError"],
    },
    async ({ body, session, files }) => {
      const items: AlbumItem[] = [];
      for (const [index, file] of body.files.entries())
        items.push(await itemOf(media, files, file, `files[${index}]`));
      return session.upload(uploadAlbum, { items, ...newPostOf(body) });
    },
  ),
];

async function itemOf(
  media: UploadDependencies["media"],
  files: FileScope,
  file: SavedFile,
  field: string,
): Promise<AlbumItem> {
  if ((await media.kindOf(file, field)) === "video")
    return {
      video: await media.video(files, file, { ...videoLimits.album, field, coverField: null }),
    };
  requireAtMost(file, PHOTO_BYTES);
  return { photo: await media.photo(files, file, { ...photoLimits.feed, field }) };
}
