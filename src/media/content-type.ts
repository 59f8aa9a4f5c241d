import type { SavedFile } from "../files/saved-file.ts";
import { InvalidInput } from "../problems/problem.ts";
import { unsupported } from "./faults.ts";

/** As many bytes as tell the type of a file. */
const HEAD_BYTES = 4100;

/** HEVC in HEIF, as phones save it. */
export const HEIC_TYPES: ReadonlySet<string> = new Set([
  "image/heic",
  "image/heic-sequence",
  "image/heif",
  "image/heif-sequence",
]);

const PHOTO_TYPES: ReadonlySet<string> = new Set([
  "image/jpeg",
  "image/png",
  "image/apng",
  "image/webp",
  "image/avif",
  "image/gif",
  ...HEIC_TYPES,
]);

const VIDEO_TYPES: ReadonlySet<string> = new Set(["video/mp4", "video/x-m4v", "video/quicktime"]);

const AUDIO_TYPES: ReadonlySet<string> = new Set(["audio/mp4", "audio/x-m4a"]);

const TAKEN = {
  photo: "JPEG, PNG, WebP, AVIF, HEIC and GIF are taken",
  video: "MP4 and MOV are taken",
  audio: "AAC in MP4 (.m4a) is taken",
} as const;

/** What its content says a file is, such as `image/jpeg`; null if that is not known. */
export async function contentTypeOf(file: SavedFile): Promise<string | null> {
  const { fileTypeFromBuffer } = await import("file-type");
  const head = await file.read(0, HEAD_BYTES);
  const type = (await fileTypeFromBuffer(head))?.mime ?? null;
  // A HEIF whose first brand leaves open how it is coded.
  const isAvif = type === "image/heif" && Buffer.from(head).subarray(0, 64).includes("avif");
  return isAvif ? "image/avif" : type;
}

/** The content type of a photo. Throws UnsupportedMedia for other files, InvalidInput for an empty one. */
export const photoType = (file: SavedFile, field: string): Promise<string> =>
  typeAmong(PHOTO_TYPES, file, field, TAKEN.photo);

/** The content type of a video, as photoType(). */
export const videoType = (file: SavedFile, field: string): Promise<string> =>
  typeAmong(VIDEO_TYPES, file, field, TAKEN.video);

/** The content type of a voice message, as photoType(). Recorders call an MP4 with sound alone a video too. */
export const audioType = (file: SavedFile, field: string): Promise<string> =>
  typeAmong(AUDIO_TYPES.union(VIDEO_TYPES), file, field, TAKEN.audio);

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
  const type = await contentTypeOf(file);
  if (type !== null && types.has(type)) return type;
  const what = type === null ? "is a file of a type that is not known here" : `is ${type}`;
  throw unsupported(field, `${what}: ${taken}`);
}
