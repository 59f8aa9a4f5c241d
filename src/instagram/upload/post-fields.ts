import type { Client } from "../client.ts";
import { answerUnusable } from "../errors.ts";
import type { JsonObject } from "../json.ts";
import type { TaggedLocation } from "../location-text.ts";
import { Media } from "../models/media.ts";
import { pythonFloat } from "../python-json.ts";
import type { Usertag } from "../usertags.ts";
import type { Video } from "./files.ts";

/** What a new post is to say. */
export interface NewPost {
  caption: string;
  usertags: readonly Usertag[];
  location: TaggedLocation | null;
}

/** Local time of the device, such as `20251009T085320.000Z`. */
export function dateTimeOriginal({ state, now }: Client): string {
  const local = new Date(now() + state.timezoneOffset * 1_000).toISOString();
  return `${local.slice(0, 19).replace(/[-:]/g, "")}.000Z`;
}

/** Seconds, as the recorded client writes them: 4.0. */
export const secondsOf = ({ seconds }: Video) => pythonFloat(seconds);

/** The size of what was uploaded. */
export const sizeIn = ({ width, height }: { width: number; height: number }) => ({
  source_width: width,
  source_height: height,
});

/** All bytes of a video and its cover. */
export const bytesOf = ({ file, cover }: Video): number => file.length + (cover?.file.length ?? 0);

/** A post that was made. */
export function postIn(client: Client, raw: JsonObject): Media {
  const media = Media.read(raw, client.drift);
  if (!media) throw answerUnusable("it names no post");
  return media;
}
