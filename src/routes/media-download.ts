import { Type } from "@sinclair/typebox";
import type { Downloads } from "../http/downloads.ts";
import { FileReference } from "../http/file-reference.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import { parseMediaRef } from "../instagram/ids.ts";
import type { Media } from "../instagram/models/media.ts";
import { getMedia } from "../instagram/operations/media.ts";
import { InvalidInput } from "../problems/problem.ts";
import {
  FILE_ERRORS,
  filename,
  fileUrl,
  folder,
  PHOTO_TYPES,
  PHOTO_URL,
  returnFile,
  VIDEO_TYPES,
  VIDEO_URL,
} from "./download-fields.ts";
import { MediaPk, notBlank } from "./parameters.ts";

/** A kind of posts that consist of one file. */
interface Kind {
  tag: string;
  path: "/photo" | "/video" | "/clip" | "/igtv";
  operationIds: readonly [byPk: string, byUrl: string];
  /** In the summary. */
  what: string;
  file: "photo" | "video";
  fileTypes: readonly string[];
  /** Media pk of a post of this kind, and the URL of its file. */
  examples: readonly [pk: string, url: string];
}

/** A Reel's and a video's file differ in nothing: each of the three routes takes both. */
const VIDEO = { file: "video", fileTypes: VIDEO_TYPES } as const;
const KINDS: readonly Kind[] = [
  {
    tag: "Photo",
    path: "/photo",
    operationIds: ["getPhotoDownload", "getPhotoDownloadByUrl"],
    what: "a photo",
    file: "photo",
    fileTypes: PHOTO_TYPES,
    examples: ["3753137810898115167", PHOTO_URL],
  },
  {
    ...VIDEO,
    tag: "Video",
    path: "/video",
    operationIds: ["getVideoDownload", "getVideoDownloadByUrl"],
    what: "a video",
    examples: ["3755350675776297567", VIDEO_URL],
  },
  {
    ...VIDEO,
    tag: "Clip (Reels)",
    path: "/clip",
    operationIds: ["getClipDownload", "getClipDownloadByUrl"],
    what: "a Reel",
    examples: ["3755350675776297567", VIDEO_URL],
  },
  {
    ...VIDEO,
    tag: "IGTV (Legacy)",
    path: "/igtv",
    operationIds: ["getIgtvDownload", "getIgtvDownloadByUrl"],
    what: "an IGTV video",
    examples: ["3755350675776297567", VIDEO_URL],
  },
];

/** `/photo/download`, `/video/download`, `/clip/download`, `/igtv/download`: by pk and by URL. */
export const mediaDownloadRoutes = (downloads: Downloads): Operation[] =>
  KINDS.flatMap((kind) => downloadsOf(kind, downloads));

function downloadsOf(
  { tag, path, operationIds, what, file, fileTypes, examples }: Kind,
  downloads: Downloads,
): Operation[] {
  const { get } = operations(tag);
  return [
    get(
      `${path}/download`,
      {
        operationId: operationIds[0],
        summary: `Download ${what} by media pk`,
        access: withSession("read"),
        query: {
          media_pk: Type.String({ ...MediaPk, examples: [examples[0]] }),
          folder,
          returnFile,
        },
        returns: FileReference,
        fileTypes,
        errors: [...FILE_ERRORS, "MediaUnavailable", "PrivateAccount"],
      },
      async ({ query, ...input }) => {
        const { pk } = parseMediaRef(query.media_pk, "media_pk");
        const media = await input.session.read(getMedia, pk);
        const name = `${media.user.username}_${pk}`;
        return downloads.file(
          input,
          { url: fileOf(media, file), name, kind: file },
          { returnFile: query.returnFile ?? true, hosts: "public" },
        );
      },
    ),
    get(
      `${path}/download/by/url`,
      {
        operationId: operationIds[1],
        summary: `Download ${what} by the URL of its file`,
        access: withSession("read"),
        query: { url: fileUrl(examples[1]), filename, folder, returnFile },
        returns: FileReference,
        fileTypes,
        errors: FILE_ERRORS,
      },
      ({ query, ...input }) =>
        downloads.file(
          input,
          { url: notBlank(query.url, "url"), name: query.filename ?? "", kind: file },
          { returnFile: query.returnFile ?? true },
        ),
    ),
  ];
}

const KIND_OF: Readonly<Record<number, string>> = { 1: "photo", 2: "video", 8: "album" };

/**
 * The URL of a post's file; empty if Instagram tells none. Throws InvalidInput for a post of another
 * kind.
 */
function fileOf(media: Media, wanted: "photo" | "video"): string {
  const kind = KIND_OF[media.media_type] ?? wanted;
  if (kind !== wanted)
    throw new InvalidInput(
      "media_pk",
      `is no ${wanted}, but ${kind === "album" ? "an" : "a"} ${kind}: GET /${kind}/download takes it`,
    );
  return (wanted === "photo" ? media.thumbnail_url : media.video_url) ?? "";
}
