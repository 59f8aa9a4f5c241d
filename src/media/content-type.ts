import { HEAD_BYTES, mediaTypeIn } from "../files/media-type.ts";
import type { SavedFile } from "../files/saved-file.ts";
import { InvalidInput } from "../problems/problem.ts";
import { unsupported } from "./faults.ts";

const HEIC = "image/heic";
const PHOTO_TYPES: ReadonlySet<string> = new Set([
  "image/jpeg",
  "image/png",
  "image/webp",
  "image/avif",
  "image/gif",
  HEIC,
]);
const VIDEO_TYPES: ReadonlySet<string> = new Set(["video/mp4", "video/quicktime"]);

/** Whether a photo is coded as phones do it, which the library for photos cannot decode. */
export const isHeic = (type: string): boolean => type === HEIC;

const TAKEN = {
  photo: "JPEG, PNG, WebP, AVIF, HEIC and GIF are taken",
  video: "MP4 and MOV are taken",
  audio: "AAC in MP4 (.m4a) is taken",
} as const;

/** The content type of a photo. Throws UnsupportedMedia for other files, InvalidInput for an empty one. */
export const photoType = (file: SavedFile, field: string): Promise<string> =>
  typeAmong(PHOTO_TYPES, file, field, TAKEN.photo);

/** The content type of a video, as photoType(). */
export const videoType = (file: SavedFile, field: string): Promise<string> =>
  typeAmong(VIDEO_TYPES, file, field, TAKEN.video);

/** The content type of a voice message, as photoType(). Recorders call an MP4 with sound alone a video too. */
export const audioType = (file: SavedFile, field: string): Promise<string> =>
  typeAmong(VIDEO_TYPES.union(new Set(["audio/mp4"])), file, field, TAKEN.audio);

/** Whether a file is a photo or a video, as photoType(). */
export async function photoOrVideo(file: SavedFile, field: string): Promise<"photo" | "video"> {
  const both = `${TAKEN.photo} as photos, ${TAKEN.video} as videos`;
  const type = await typeAmong(PHOTO_TYPES.union(VIDEO_TYPES), file, field, both);
  return PHOTO_TYPES.has(type) ? "photo" : "video";
}

async function typeAmong(
  types: ReadonlySet<string>,
  file: SavedFile,
  field: string,
  taken: string,
): Promise<string> {
  if (file.length === 0) throw new InvalidInput(field, "is empty");
  const type = mediaTypeIn(await file.read(0, HEAD_BYTES));
  if (type !== null && types.has(type)) return type;
  const what = type === null ? "is a file of a type that is not known here" : `is ${type}`;
  throw unsupported(field, `${what}: ${taken}`);
}
