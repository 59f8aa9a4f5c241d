import type { Downloads } from "../http/downloads.ts";
import { FileReference } from "../http/file-reference.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import { soundHeaders } from "../instagram/headers.ts";
import {
  FILE_ERRORS,
  filename,
  fileUrl,
  folder,
  returnFile,
  SOUND_TYPES,
  SOUND_URL,
} from "./download-fields.ts";
import { notBlank } from "./parameters.ts";

const { get } = operations("Track (Music)");

/** `/track/download/by/url`: a piece of music or an original sound. */
export const trackDownloadRoutes = (downloads: Downloads): Operation[] => [
  get(
    "/track/download/by/url",
    {
      operationId: "getTrackDownloadByUrl",
      summary: "Download a sound by the URL of its file",
      access: withSession("read"),
      query: { url: fileUrl(SOUND_URL), filename, folder, returnFile },
      returns: FileReference,
      fileTypes: SOUND_TYPES,
      errors: FILE_ERRORS,
    },
    ({ query, ...input }) =>
      downloads.file(
        input,
        { url: notBlank(query.url, "url"), name: query.filename ?? "", kind: "sound" },
        { returnFile: query.returnFile ?? true, headers: soundHeaders },
      ),
  ),
];
