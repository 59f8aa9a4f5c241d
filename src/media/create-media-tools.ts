import { Ffmpeg, type FfmpegSettings } from "./ffmpeg.ts";
import type { MediaTools } from "./media-tools.ts";
import { MemoryBudget } from "./memory-budget.ts";

/** What all conversions together may take, in bytes. */
const BUDGET_BYTES = 160 * 1024 * 1024;

/** What conversions share. */
export interface Means {
  budget: MemoryBudget;
  ffmpeg: Ffmpeg;
}

/** The tools. Each loads its libraries when a file is sent to it for the first time. */
export function createMediaTools(settings: { ffmpeg: FfmpegSettings | null }): MediaTools {
  const means: Means = {
    budget: new MemoryBudget(BUDGET_BYTES),
    ffmpeg: new Ffmpeg(settings.ffmpeg),
  };
  return {
    photo: async (...call) => (await import("./photo.ts")).toPhoto(means, ...call),
    video: async (...call) => (await import("./video.ts")).toVideo(means, ...call),
    photoAsVideo: async (...call) => (await import("./still.ts")).toVideoOfPhoto(means, ...call),
    audio: async (...call) => (await import("./voice.ts")).toAudio(...call),
    kindOf: async (...call) => (await import("./content-type.ts")).photoOrVideo(...call),
  };
}
