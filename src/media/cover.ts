import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import type { Photo } from "../instagram/upload/files.ts";
import { InvalidInput } from "../problems/problem.ts";
import { ChildFailed } from "./child.ts";
import type { Means } from "./create-media-tools.ts";
import type { Ffmpeg } from "./ffmpeg.ts";
import { photoLimits } from "./limits.ts";
import type { VideoRules } from "./media-tools.ts";
import { saveJpeg, toJpeg } from "./photo.ts";
import { loadSharp } from "./sharp.ts";

/** Decoded frames up to 4K, and the picture that is made of one. */
const COST_BYTES = 120 * 1024 * 1024;

/**
 * A cover taken from the middle of a video, as the reference client does it. Throws InvalidInput where
 * the machine cannot do that: then the caller has to send one.
 */
export async function coverFrom(
  { ffmpeg, budget }: Means,
  files: FileScope,
  video: SavedFile,
  { seconds, ratio, rules }: { seconds: number; ratio: number | null; rules: VideoRules },
): Promise<Photo> {
  if (!(await ffmpeg.isThere()))
    throw noCover(rules, "this gateway has no ffmpeg to take a picture from the video");
  return budget.run(files, COST_BYTES, async () => {
    const sharp = await loadSharp();
    const frame = sharp(await frameOf(ffmpeg, files, video, { seconds, rules }));
    const { width, height } = await frame.metadata();
    const cut = ratio === null ? width : Math.min(width, Math.round(height * ratio));
    const part = { left: (width - cut) >> 1, top: 0, width: cut, height };
    const jpeg = await toJpeg(frame.extract(part), part, photoLimits.cover);
    return { file: await saveJpeg(files, jpeg), width: cut, height, madeOf: "image/jpeg" };
  });
}

async function frameOf(
  ffmpeg: Ffmpeg,
  { signal }: FileScope,
  video: SavedFile,
  { seconds, rules }: { seconds: number; rules: VideoRules },
): Promise<Buffer> {
  try {
    // The sound may last longer than the pictures.
    for (const at of [seconds / 2, 0]) {
      const png = await ffmpeg.frame(video, at, signal);
      if (png.length > 0) return png;
    }
  } catch (error) {
    if (!(error instanceof ChildFailed)) throw error;
  }
  throw noCover(rules, "no picture can be taken from this video");
}

function noCover({ field, coverField }: VideoRules, reason: string): InvalidInput {
  return coverField === null
    ? new InvalidInput(field, `cannot have a video: ${reason}`)
    : new InvalidInput(coverField, `is needed: ${reason}`);
}
