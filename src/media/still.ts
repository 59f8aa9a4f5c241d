import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import type { Photo, Video } from "../instagram/upload/files.ts";
import { InvalidInput } from "../problems/problem.ts";
import { ChildFailed } from "./child.ts";
import type { Means } from "./create-media-tools.ts";
import type { PhotoRules } from "./media-tools.ts";
import { toPhoto } from "./photo.ts";
import { loadSharp } from "./sharp.ts";

/* A story that is a photo, as the reference client makes it: 720 × 1280 and 15 seconds long. */

const WIDTH = 720;
const HEIGHT = 1280;
const SECONDS = 15;
/** A photo with more room above it than this stands higher than the middle by `RAISED`. */
const ROOM = 90;
const RAISED = 50;
const COST_BYTES = 100 * 1024 * 1024;

/** As MediaTools.photoAsVideo(). */
export async function toVideoOfPhoto(
  means: Means,
  files: FileScope,
  file: SavedFile,
  rules: PhotoRules,
): Promise<Video> {
  const { ffmpeg, budget } = means;
  const photo = await toPhoto(means, files, file, rules);
  if (!(await ffmpeg.isThere()))
    throw new InvalidInput("as_video", "is not possible here: this gateway has no ffmpeg");
  const video = await budget.run(files, COST_BYTES, async () => {
    try {
      return await ffmpeg.still(files, await onBlack(photo.file), SECONDS);
    } catch (error) {
      if (!(error instanceof ChildFailed)) throw error;
      throw new InvalidInput("as_video", "is not possible here: ffmpeg cannot make the video");
    }
  });
  return {
    file: video,
    width: WIDTH,
    height: HEIGHT,
    seconds: SECONDS,
    durationMs: SECONDS * 1000,
    cover: null,
  };
}

/** The photo as wide as the video, as a PNG. What does not fit is cut off above and below. */
async function onBlack(jpeg: Photo["file"]): Promise<Buffer> {
  const sharp = await loadSharp();
  const bytes = await new Response(jpeg.stream()).arrayBuffer();
  const { data, info } = await sharp(bytes)
    .resize({ width: WIDTH })
    .toBuffer({ resolveWithObject: true });
  const top = Math.round((HEIGHT - info.height) / 2);
  const raised = top > ROOM ? top - RAISED : top;
  const hidden = Math.max(0, -raised);
  const shown = Math.min(HEIGHT, info.height - hidden);
  const visible = await sharp(data)
    .extract({ left: 0, top: hidden, width: WIDTH, height: shown })
    .toBuffer();
  return sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: "black" } })
    .composite([{ input: visible, left: 0, top: Math.max(0, raised) }])
    .png({ compressionLevel: 1 })
    .toBuffer();
}
