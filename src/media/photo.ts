import type { Metadata, Sharp } from "sharp";
import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import type { Photo } from "../instagram/upload/files.ts";
import { InvalidInput } from "../problems/problem.ts";
import { isHeic, photoType } from "./content-type.ts";
import type { Means } from "./create-media-tools.ts";
import { broken, checkRatio } from "./faults.ts";
import { decodeHeic, HEIC_COST } from "./heic.ts";
import type { PhotoLimits, PhotoRules } from "./media-tools.ts";
import { loadSharp } from "./sharp.ts";

/** Of the JPEG. Instagram compresses it again: what is lost here is lost for good. */
const QUALITY = 90;
const TIME_LIMIT_SECONDS = 30;
const MEGAPIXEL = 1_000_000;
/** What a photo takes that is decoded line by line, beside its own bytes. */
const SMALLEST_COST = 56 * 1024 * 1024;
const LARGEST_COST = 150 * 1024 * 1024;
/** Of photos that are decoded line by line, and so take time rather than memory. */
const MOST_PIXELS = 120 * MEGAPIXEL;
/** Smaller photos are enlarged, as the reference client does. */
const SMALLEST = { width: 320, height: 167 };

/** As MediaTools.photo(). */
export async function toPhoto(
  { budget }: Means,
  files: FileScope,
  file: SavedFile,
  rules: PhotoRules,
): Promise<Photo> {
  const type = await photoType(file, rules.field);
  if (isHeic(type))
    return budget.run(files, HEIC_COST, () => convertHeic(files, file, rules, type));
  let cost = SMALLEST_COST + file.length;
  while (true) {
    const result = await budget.run(files, cost, () => convert(files, file, rules, type, cost));
    if (typeof result !== "number") return result;
    cost = result;
  }
}

/** Makes the JPEG; or answers how many bytes that takes, if these are more than `budget`. */
async function convert(
  files: FileScope,
  file: SavedFile,
  rules: PhotoRules,
  type: string,
  budget: number,
): Promise<Photo | number> {
  const sharp = await loadSharp();
  try {
    const bytes = await file.read(0, file.length);
    const metadata = await sharp(bytes, { limitInputPixels: false }).metadata();
    const cost = costOf(metadata, rules.field) + file.length;
    if (cost > budget) return cost;
    // As it is shown: cameras turn photos by a note.
    const size = metadata.autoOrient;
    checkRatio(rules.field, size, rules.ratio);
    const image = sharp(bytes, { failOn: "error", limitInputPixels: MOST_PIXELS }).autoOrient();
    return await madePhoto(files, image, { ...size, type }, rules);
  } catch (error) {
    if (error instanceof InvalidInput) throw error;
    throw broken(rules.field, faultOf(error, type));
  }
}

async function convertHeic(
  files: FileScope,
  file: SavedFile,
  rules: PhotoRules,
  type: string,
): Promise<Photo> {
  const { tiff, ...size } = await decodeHeic(file, files.signal, rules);
  checkRatio(rules.field, size, rules.ratio);
  const sharp = await loadSharp();
  return madePhoto(files, sharp(tiff), { ...size, type }, rules);
}

/** `photo`: the caller's. Instagram is told its size, not that of the JPEG, as by the reference client. */
async function madePhoto(
  files: FileScope,
  image: Sharp,
  photo: { width: number; height: number; type: string },
  rules: PhotoRules,
): Promise<Photo> {
  const { width, height } = photo;
  const jpeg = await toJpeg(image, photo, rules);
  return { file: await saveJpeg(files, jpeg), width, height, madeOf: madeOf(photo.type) };
}

/** What Instagram is told a photo was made of: the types that the reference client knows. */
const madeOf = (type: string): string =>
  type === "image/png" || type === "image/webp" ? type : "image/jpeg";

/** The image as Instagram takes it, without metadata. */
export function toJpeg(
  image: Sharp,
  size: { width: number; height: number },
  limits: Pick<PhotoLimits, "largest">,
): Promise<Buffer> {
  return image
    .resize({ ...fitted(size, limits.largest), fit: "fill" })
    .flatten({ background: "white" })
    .toColourspace("srgb")
    .jpeg({ quality: QUALITY })
    .timeout({ seconds: TIME_LIMIT_SECONDS })
    .toBuffer();
}

export function saveJpeg(files: FileScope, jpeg: Uint8Array): Promise<SavedFile> {
  return files.save(inOnePiece(jpeg), { name: "", type: "image/jpeg" }, UNLIMITED);
}

const UNLIMITED = {
  maxBytes: Number.POSITIVE_INFINITY,
  tooLarge: () => new Error("cannot be reached"),
};

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function fitted(
  { width, height }: { width: number; height: number },
  largest: { width: number; height: number },
): { width: number; height: number } {
  let scale = 1;
  if (width > largest.width || height > largest.height)
    scale = Math.min(largest.width / width, largest.height / height);
  else if (width < SMALLEST.width || height < SMALLEST.height)
    scale = Math.max(SMALLEST.width / width, SMALLEST.height / height);
  const scaled = (side: number): number => Math.max(1, Math.round(side * scale));
  return { width: scaled(width), height: scaled(height) };
}

/**
 * The memory that decoding takes at most, in bytes. Throws InvalidInput where it is too much: such a
 * photo has more pixels than any camera's, or it is made to fill the memory.
 */
function costOf(metadata: Metadata, field: string): number {
  const pixels = metadata.width * metadata.height;
  const each = bytesAPixel(metadata);
  const most = Math.floor(Math.min(MOST_PIXELS, each ? LARGEST_COST / each : MOST_PIXELS));
  if (pixels > most)
    throw new InvalidInput(
      field,
      `has ${metadata.width} × ${metadata.height} pixels: in this format at most ${Math.floor(most / MEGAPIXEL)} megapixels are taken`,
    );
  return Math.max(SMALLEST_COST, pixels * each);
}

/** Of decoders that hold the whole image, as measured with 12 to 48 megapixels. */
function bytesAPixel({
  format,
  isProgressive,
  channels,
  depth,
  chromaSubsampling,
}: Metadata): number {
  if (format === "heif") return 18;
  if (format === "gif") return 6;
  if (!isProgressive) return 0;
  if (format === "png") return channels * (depth === "ushort" ? 2.5 : 1.25);
  // Its coefficients have two bytes each, and colours fewer of them in what cameras make.
  return chromaSubsampling === "4:2:0" ? 3.5 : channels * 2.2;
}

/** What is wrong with the file, from the decoder's words. */
function faultOf(error: unknown, type: string): string {
  const text = error instanceof Error ? error.message : "";
  if (/timeout/i.test(text)) return `decoding it takes more than ${TIME_LIMIT_SECONDS} seconds`;
  if (/premature|truncated|unexpected end|end of (file|image|stream)|not enough/i.test(text))
    return `it ends before its ${type} does`;
  return `its ${type} cannot be decoded`;
}
