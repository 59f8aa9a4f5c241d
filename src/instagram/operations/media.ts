import type { Client } from "../client.ts";
import { InvalidInput, notFoundAs, notInAnswer } from "../errors.ts";
import { browserHeaders, webGraphqlHeaders } from "../headers.ts";
import { parsePostUrl, shortcodeOfPk } from "../ids.ts";
import { isJsonObject, objectOr } from "../json.ts";
import { type Media, readMedia } from "../models/media.ts";
import { form, path } from "../signing.ts";
import { send, sendJson } from "../transport.ts";

/**
 * A post by pk: `GET media/{pk}/info/`. Throws UpstreamRefused: MediaNotFound, and what every
 * operation can meet.
 */
export async function getMedia(client: Client, pk: string): Promise<Media> {
  const operation = "getMedia";
  const body = await notFoundAs("MediaNotFound", "Media not found", () =>
    sendJson(client, { operation, method: "GET", path: path`media/${pk}/info/` }),
  );
  const items = Array.isArray(body.items) ? body.items : [];
  const media = readMedia(items.at(-1), client.drift);
  if (!media) throw notInAnswer("MediaNotFound", "Media not found", operation);
  return media;
}

const MEDIA_DOC_ID = "8845758582119845";

/**
 * The full media id `<pk>_<owner pk>` of a pk: with a login by `media/{pk}/info/`, without one by
 * the web's public query, which knows public posts only. Throws UpstreamRefused (MediaNotFound).
 */
export async function getMediaId(client: Client, pk: string): Promise<string> {
  const owner = client.state.userId
    ? (await getMedia(client, pk)).user.pk
    : await publicOwner(client, pk);
  return `${pk}_${owner}`;
}

async function publicOwner(client: Client, pk: string): Promise<string> {
  const operation = "getMediaId";
  const shortcode = shortcodeOfPk(pk);
  const body = await sendJson(client, {
    operation,
    method: "POST",
    host: "www.instagram.com",
    path: "/graphql/query/",
    surface: webGraphqlHeaders(`https://www.instagram.com/p/${shortcode}/`),
    body: form([
      ["variables", JSON.stringify({ shortcode })],
      ["doc_id", MEDIA_DOC_ID],
      ["server_timestamps", "true"],
    ]),
    needsLogin: false,
  });
  const data = objectOr(body.data);
  const media = data.xdt_shortcode_media ?? data.shortcode_media;
  const owner = isJsonObject(media) && isJsonObject(media.owner) ? media.owner.id : undefined;
  if (typeof owner === "string" || typeof owner === "number" || typeof owner === "bigint")
    return String(owner);
  throw notInAnswer("MediaNotFound", "Media not found", operation);
}

/**
 * The media pk behind a link. Links to posts are decoded here; a share link is asked where it leads
 * (`www.instagram.com/share/…`, its redirect is read, not followed).
 * Throws InvalidInput for a link to something else.
 */
export async function resolvePostUrl(client: Client, url: string): Promise<string> {
  const link = parsePostUrl(url);
  if (link.kind === "post") return link.pk;
  const host = "www.instagram.com";
  const location = await redirectOf(client, host, new URL(link.url).pathname);
  const target = location ? parsePostUrl(URL.parse(location, link.url)?.href ?? "") : null;
  if (target?.kind !== "post")
    throw new InvalidInput("url", "is a share link that leads to no post");
  return target.pk;
}

async function redirectOf(client: Client, host: string, linkPath: string): Promise<string | null> {
  const answer = await send(client, {
    operation: "resolvePostUrl",
    method: "GET",
    host,
    path: linkPath,
    surface: browserHeaders(),
    needsLogin: false,
    redirect: "read",
  });
  return answer.headers.get("location");
}
