import { Type } from "@sinclair/typebox";
import type { Downloads, FileToDownload } from "../http/downloads.ts";
import { FileReference } from "../http/file-reference.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import { parseMediaRef } from "../instagram/ids.ts";
import type { Media } from "../instagram/models/media.ts";
import { getMedia } from "../instagram/operations/media.ts";
import { InvalidInput } from "../problems/problem.ts";
import { DOWNLOAD_ERRORS, folder, PHOTO_URL, returnFile } from "./download-fields.ts";
import { MediaPk, notBlank } from "./parameters.ts";

const { get } = operations("Album (Carousel)");

const ALBUM = 8;
const VIDEO = 2;
/** Instagram takes 20 items in an album. */
const MOST_FILES = 50;

const ONE_ZIP =
  "One ZIP with the files in their order, not compressed. They are fetched one after another while it is sent; if one fails, the connection is broken off.";

/** `/album/download`: all items of an album. */
export const albumDownloadRoutes = (downloads: Downloads): Operation[] => [
  get(
    "/album/download",
    {
      operationId: "getAlbumDownload",
      summary: "Download an album by media pk",
      description: ONE_ZIP,
      access: withSession("read"),
      query: {
        media_pk: Type.String({ ...MediaPk, examples: ["3751528007822170719"] }),
        folder,
        returnFile,
      },
      returns: Type.Array(FileReference),
      fileTypes: ["application/zip"],
      errors: [...DOWNLOAD_ERRORS, "MediaUnavailable", "PrivateAccount"],
    },
    async ({ query, ...input }) => {
      const { pk } = parseMediaRef(query.media_pk, "media_pk");
      const media = await input.session.read(getMedia, pk);
      return downloads.zip(input, `${media.user.username}_${pk}`, filesOf(media), {
        returnFile: query.returnFile ?? true,
        hosts: "public",
      });
    },
  ),
  get(
    "/album/download/by/urls",
    {
      operationId: "getAlbumDownloadByUrls",
      summary: "Download several files by their URLs",
      description: ONE_ZIP,
      access: withSession("read"),
      query: {
        urls: Type.Array(Type.String({ minLength: 1 }), {
          minItems: 1,
          maxItems: MOST_FILES,
          description:
            "URLs of Instagram's files, as answers have them: repeat the parameter. They expire some days after the answer.",
          examples: [[PHOTO_URL]],
        }),
        folder,
        returnFile,
      },
      returns: Type.Array(FileReference),
      fileTypes: ["application/zip"],
      errors: DOWNLOAD_ERRORS,
    },
    ({ query, ...input }) =>
      downloads.zip(
        input,
        "album",
        query.urls.map((url) => ({ url: notBlank(url, "urls"), name: "", kind: null })),
        { returnFile: query.returnFile ?? true },
      ),
  ),
];

/** The files of an album. Throws InvalidInput for another kind of post. */
function filesOf({ media_type, user, resources }: Media): FileToDownload[] {
  if (media_type !== ALBUM && resources.length === 0)
    throw new InvalidInput(
      "media_pk",
      "is no album: GET /photo/download and GET /video/download take posts of one file",
    );
  return resources.map((item) => {
    const kind = item.media_type === VIDEO ? "video" : "photo";
    const url = (kind === "video" ? item.video_url : item.thumbnail_url) ?? "";
    return { url, name: `${user.username}_${item.pk}`, kind };
  });
}
