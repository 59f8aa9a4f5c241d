import { InvalidInput } from "../../problems/problem.ts";
import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer, withoutLogin } from "../errors.ts";
import { browserHeaders, webGraphqlHeaders } from "../headers.ts";
import { type MediaRef, parsePostUrl, shortcodeOfPk } from "../ids.ts";
import { isJsonObject, objectOr } from "../json.ts";
import { readList } from "../models/lists.ts";
import { Media } from "../models/media.ts";
import { MediaOembed } from "../models/media-oembed.ts";
import { UserShort } from "../models/user-short.ts";
import { json, wholeOrRedirect } from "../readings.ts";
import { form, path } from "../signing.ts";
import { send } from "../transport.ts";

/**
 * A post by pk: `GET media/{pk}/info/`. Throws UpstreamRefused: MediaNotFound, and what every
 * operation can throw.
 */
export async function getMedia(client: Client, pk: string): Promise<Media> {
  const body = await mediaOrNotFound(() =>
    send(client, json, { effect: "read", method: "GET", path: path`media/${pk}/info/` }),
  );
  const items = Array.isArray(body.items) ? body.items : [];
  const media = Media.read(items.at(-1), client.drift);
  if (!media) throw notInAnswer("MediaNotFound", "Media not found");
  return media;
}

/** Makes a request for a post: a 404 means that there is no such post. */
export const mediaOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("MediaNotFound", "Media not found", request);

/** The user who posted a post, by pk. Costs and throws what getMedia() does. */
export async function getMediaAuthor(client: Client, pk: string): Promise<UserShort> {
  return (await getMedia(client, pk)).user;
}

/** A post's id: `<pk>_<owner pk>` if the owner is known, else the pk. */
export const mediaIdOf = ({ pk, owner }: MediaRef): string =>
  owner === null ? pk : `${pk}_${owner}`;

/**
 * The full media id `<pk>_<owner pk>`. Costs nothing if the owner is known, else one
 * `media/{pk}/info/`. Throws what getMedia() does.
 */
export async function resolveMediaId(client: Client, { pk, owner }: MediaRef): Promise<string> {
  return mediaIdOf({ pk, owner: owner ?? (await getMediaAuthor(client, pk)).pk });
}

/**
 * Users who like a post, as many as Instagram shows: `GET media/{id}/likers/`. Costs one more
 * request if the owner is not known. Throws UpstreamRefused: MediaNotFound.
 */
export async function getMediaLikers(client: Client, media: MediaRef): Promise<UserShort[]> {
  const mediaId = await resolveMediaId(client, media);
  const body = await mediaOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`media/${mediaId}/likers/`,
    }),
  );
  return readList(body.users, UserShort.read, client.drift, client.operation, "users");
}

/**
 * Data for embedding a post in a website, by its link: `GET oembed`. Throws as getMediaLikers().
 */
export async function getMediaOembed(client: Client, url: string): Promise<MediaOembed> {
  const body = await mediaOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`oembed`,
      query: [["url", url]],
    }),
  );
  const oembed = MediaOembed.read(body, client.drift);
  if (!oembed) throw notInAnswer("MediaNotFound", "Media not found");
  return oembed;
}

const MEDIA_DOC_ID = "8845758582119845";
const LOGIN_WANTED =
  "Instagram's website wants a login before it tells whose post it is: send a session";

/**
 * The full media id `<pk>_<owner pk>` of a pk. With a login from `media/{pk}/info/`; without one
 * from the website's public query, which knows only public posts. Throws UpstreamRefused:
 * MediaNotFound, ClientForbiddenError if the website requires a login.
 */
export async function getMediaId(client: Client, pk: string): Promise<string> {
  const owner = client.state.userId
    ? (await getMedia(client, pk)).user.pk
    : await publicOwner(client, pk);
  return `${pk}_${owner}`;
}

async function publicOwner(client: Client, pk: string): Promise<string> {
  const shortcode = shortcodeOfPk(pk);
  const body = await withoutLogin(LOGIN_WANTED, () =>
    send(client, json, {
      effect: "read",
      method: "POST",
      host: "www.instagram.com",
      path: "/graphql/query/",
      as: { browser: webGraphqlHeaders(`https://www.instagram.com/p/${shortcode}/`) },
      body: form([
        ["variables", JSON.stringify({ shortcode })],
        ["doc_id", MEDIA_DOC_ID],
        ["server_timestamps", "true"],
      ]),
    }),
  );
  const data = objectOr(body.data);
  const media = data.xdt_shortcode_media ?? data.shortcode_media;
  const owner = isJsonObject(media) && isJsonObject(media.owner) ? media.owner.id : undefined;
  if (typeof owner === "string" || typeof owner === "number") return String(owner);
  throw notInAnswer("MediaNotFound", "Media not found");
}

/**
 * The media pk of a link. A link to a post is decoded here. A share link
 * (`www.instagram.com/share/…`) is requested; the redirect in its answer is read, not followed.
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
  const answer = await send(client, wholeOrRedirect, {
    effect: "read",
    method: "GET",
    host,
    path: linkPath,
    as: { browser: browserHeaders() },
  });
  return answer.headers.get("location");
}
