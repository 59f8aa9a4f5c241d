import type { Client } from "../client.ts";
import { type JsonObject, objectOr, textOf } from "../json.ts";
import { toId, toInteger } from "../models/values.ts";
import { listOf } from "../paging.ts";
import { json } from "../readings.ts";
import { path } from "../signing.ts";
import { send } from "../transport.ts";

/** By what a post that was made of an upload is found again. */
export interface Post {
  uploadId: string;
  caption: string;
  /** As in the field `media_type`: 1 photo, 2 video, 8 album. */
  mediaType: number;
  /** The account's newest posts of the kind, as Instagram sends them. */
  newest(client: Client): Promise<JsonObject[]>;
}

/** Pauses before each look, in milliseconds: a post may show a little late. */
const LOOKS = [0, 2_000, 4_000];
/** How far the clocks of this machine and Instagram's may be apart. */
const CLOCK_SLACK_MS = 60_000;

/** The post that was made of an upload, if there is one. Costs up to three reads. */
export async function findPost(client: Client, post: Post): Promise<JsonObject | null> {
  for (const pause of LOOKS) {
    if (pause > 0) await client.sleep(pause);
    const found = (await post.newest(client)).find((raw) => isMadeOf(raw, post, client.now()));
    if (found) return found;
  }
  return null;
}

/** The newest posts of the session's own account: `GET feed/user/{pk}/`. */
export async function ownPosts(client: Client): Promise<JsonObject[]> {
  const { userId, ids } = client.state;
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`feed/user/${userId ?? "0"}/`,
    query: [
      ["max_id", ""],
      ["count", "12"],
      ["min_timestamp", ""],
      ["rank_token", ids.uuid],
      ["ranked_content", "true"],
    ],
  });
  return listOf(body.items, objectOr);
}

/** Unix milliseconds, as ids of uploads are; other ids of posts are longer or shorter. */
const UPLOAD_ID = /^\d{13}$/;

/**
 * Whether a post was made of the upload. Instagram keeps the upload's id as `device_timestamp`, some
 * releases in microseconds. Only a post that names no upload is told by its caption and its age.
 */
function isMadeOf(raw: JsonObject, { uploadId, caption, mediaType }: Post, now: number): boolean {
  const named = [raw.upload_id, raw.device_timestamp].map((value) => toId(value) ?? "");
  if (named.some((id) => id === uploadId || id === `${uploadId}000`)) return true;
  if (named.some((id) => UPLOAD_ID.test(id))) return false;
  const begun = UPLOAD_ID.test(uploadId) ? Number(uploadId) : now;
  return (
    toInteger(raw.media_type) === mediaType &&
    textOf(objectOr(raw.caption).text) === caption &&
    Number(raw.taken_at) * 1_000 >= begun - CLOCK_SLACK_MS
  );
}
