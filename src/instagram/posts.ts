import type { Client } from "./client.ts";
import { type JsonObject, objectOr } from "./json.ts";
import { Media } from "./models/media.ts";
import { listOf, type UpstreamPage } from "./paging.ts";
import { json } from "./readings.ts";
import type { UpstreamRequest } from "./transport/request.ts";
import { send } from "./transport.ts";

/**
 * Fetches one upstream page of posts. Its items are posts, or hold one as `media`. `nextOf` returns
 * the cursor of the next page, "" or null on the last.
 */
export async function postsPage(
  client: Client,
  request: UpstreamRequest,
  nextOf: (body: JsonObject) => string | null,
): Promise<UpstreamPage<Media>> {
  const body = await send(client, json, request);
  return {
    items: listOf(body.items, (raw) => Media.read(objectOr(raw).media ?? raw, client.drift)),
    next: nextOf(body),
  };
}
