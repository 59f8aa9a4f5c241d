import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer } from "../errors.ts";
import { isJsonObject, type JsonText, type VerbatimJsonObject } from "../json.ts";
import { passthrough, verbatimJson } from "../readings.ts";
import { path } from "../signing.ts";
import { send } from "../transport.ts";

/** The first page of the explore grid, as Instagram answers it: `GET discover/topical_explore/`. */
export function getExplore(client: Client): Promise<JsonText> {
  return send(client, passthrough, {
    effect: "read",
    method: "GET",
    path: path`discover/topical_explore/`,
  });
}

/**
 * A post as the explore grid opens it: `media_or_ad` of `GET discover/media_metadata/`, handed on
 * unchanged. Throws UpstreamRefused (MediaNotFound).
 */
export async function getExploreMedia(
  client: Client,
  mediaPk: string,
): Promise<VerbatimJsonObject> {
  const { media_or_ad: media } = await notFoundAs("MediaNotFound", "Media not found", () =>
    send(client, verbatimJson, {
      effect: "read",
      method: "GET",
      path: path`discover/media_metadata/`,
      query: [["media_id", mediaPk]],
    }),
  );
  if (!isJsonObject(media)) throw notInAnswer("MediaNotFound", "Media not found");
  return media;
}
