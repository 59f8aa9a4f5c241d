import type { SavedFile } from "../files/saved-file.ts";
import type { FileScope } from "../files/spool.ts";
import { ChildFailed, type ChildTask, runChild } from "./child.ts";

export interface FfmpegSettings {
  /** A path, or the name of a program on `searchPath`. */
  command: string;
  /** As in PATH. */
  searchPath: string;
}

const PROBE_LIMIT_MS = 5_000;
const FRAME_LIMIT_MS = 20_000;
const STILL_LIMIT_MS = 60_000;
const MOST_PRINTED_BYTES = 32 * 1024 * 1024;
/** Larger pictures (more than 4K) are not decoded: a file can claim any size. */
const MOST_PIXELS = 4096 * 2304;
/** In one piece. The tables of an hour take 10 MB, a picture 15; counts of frames that are not true take gigabytes. */
const MOST_ALLOCATED_BYTES = 128 * 1024 * 1024;
/** Of a frame that is taken from a video. */
const LONGEST_SIDE = 1920;

/**
 * The program that decodes and encodes videos, where the machine has one. It gets the content of files
 * whose type is known, may open nothing else, and is told how to read them, so that no playlist in
 * a file leads it elsewhere.
 */
export class Ffmpeg {
  #isThere: Promise<boolean> | null = null;

  /** `settings` is null where none may be used. */
  constructor(private readonly settings: FfmpegSettings | null) {}

  /** Whether the machine has it, as far as is known; asked until there is an answer. */
  isThere(): Promise<boolean> {
    this.#isThere ??= this.#probe();
    return this.#isThere;
  }

  async #probe(): Promise<boolean> {
    try {
      await this.#run(["-version"], { timeLimitMs: PROBE_LIMIT_MS, signal: null });
      return true;
    } catch (error) {
      if (!(error instanceof ChildFailed && error.reason === "time limit")) return false;
      // A busy machine has not said no: what is asked of it next has a limit of its own.
      this.#isThere = null;
      return true;
    }
  }

  /** The frame that an MP4 or MOV shows at that time, upright, as PNG; empty if there is none. Throws ChildFailed, CallerGone. */
  frame(video: SavedFile, seconds: number, signal: AbortSignal | null): Promise<Buffer> {
    const squarePixels = "scale=trunc(iw*sar/2)*2:ih";
    const smaller = `scale=w='min(iw,${LONGEST_SIDE})':h='min(ih,${LONGEST_SIDE})':force_original_aspect_ratio=decrease`;
    return this.#run(
      [
        ...["-max_pixels", `${MOST_PIXELS}`, "-enable_drefs", "0", "-f", "mov"],
        ...["-ss", `${seconds}`, "-i", "file:/dev/fd/3"],
        ...["-map", "0:v:0", "-frames:v", "1", "-vf", `${squarePixels},${smaller}`],
        ...["-f", "image2pipe", "-c:v", "png", "-compression_level", "1", "pipe:1"],
      ],
      { files: [video.fd], timeLimitMs: FRAME_LIMIT_MS, signal },
    );
  }

  /** An MP4 (H.264, without sound) that shows a PNG for so many seconds. Throws ChildFailed, CallerGone. */
  still(files: FileScope, png: Uint8Array, seconds: number): Promise<SavedFile> {
    return files.fill({ name: "", type: "video/mp4" }, async (fd) => {
      await this.#run(
        [
          ...["-f", "png_pipe", "-i", "pipe:0", "-vf", "loop=loop=-1:size=1:start=0,fps=24"],
          ...["-t", `${seconds}`, "-c:v", "libx264", "-preset", "ultrafast", "-tune", "stillimage"],
          ...["-threads", "1", "-crf", "18", "-pix_fmt", "yuv420p", "-movflags", "+faststart"],
          ...["-map_metadata", "-1", "-f", "mp4", "file:/dev/fd/3"],
        ],
        { input: png, files: [fd], timeLimitMs: STILL_LIMIT_MS, signal: files.signal },
      );
    });
  }

  async #run(
    instructions: string[],
    task: Pick<ChildTask, "input" | "files" | "timeLimitMs" | "signal">,
  ): Promise<Buffer> {
    const always = [
      "-v",
      "error",
      "-nostdin",
      "-y",
      "-threads",
      "1",
      "-protocol_whitelist",
      "file,pipe",
      "-max_alloc",
      `${MOST_ALLOCATED_BYTES}`,
    ];
    if (!this.settings) throw new ChildFailed("not started", "ffmpeg is not to be used");
    return runChild({
      ...this.settings,
      ...task,
      arguments: [...always, ...instructions],
      maxOutputBytes: MOST_PRINTED_BYTES,
    });
  }
}
