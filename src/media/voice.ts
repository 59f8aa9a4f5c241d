import type { SavedFile } from "../files/saved-file.ts";
import type { Audio } from "../instagram/upload/files.ts";
import { checkVoice } from "./video.ts";

/** As MediaTools.audio(). */
export async function toAudio(file: SavedFile, field: string): Promise<Audio> {
  const seconds = await checkVoice(file, field);
  return { file, type: "audio/mp4", durationMs: Math.floor(seconds * 1000) };
}
