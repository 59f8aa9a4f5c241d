import { Type } from "@sinclair/typebox";
import {
  type InputByAccess,
  type Operation,
  operations,
  withKey,
  withOptionalSession,
  withSession,
} from "../http/route.ts";
import type { Client } from "../instagram/client.ts";
import { parseMediaRef, parsePostUrl, pkOfMediaId, pkOfShortcode } from "../instagram/ids.ts";
import { Media } from "../instagram/models/media.ts";
import { MediaOembed } from "../instagram/models/media-oembed.ts";
import { UserShort } from "../instagram/models/user-short.ts";
import {
  getMedia,
  getMediaAuthor,
  getMediaId,
  getMediaLikers,
  getMediaOembed,
  mediaIdOf,
  resolvePostUrl,
} from "../instagram/operations/media.ts";
import type { LiveSessions } from "../sessions/live-sessions.ts";
import { alternative, exactlyOne, MediaId, MediaName, MediaPk, useCache } from "./parameters.ts";

const { get } = operations("Media (Post)");

const Code = Type.String({ minLength: 1, description: "Shortcode.", examples: ["DQdr4r8q1pf"] });
const Url = Type.String({
  minLength: 1,
  description: "Link to the post.",
  examples: ["https://www.instagram.com/p/DQdr4r8q1pf/"],
});
const ReturnedPk = Type.String({ description: "Media pk.", examples: ["3755350675776297567"] });

/** `/media`: posts, and the ways to name one. */
export const mediaRoutes = (sessions: Pick<LiveSessions, "anonymousClient">): Operation[] => [
  get(
    "/media",
    {
      operationId: "getMedia",
      summary: "Get media details",
      description: "By pk, id, code or url: give exactly one.",
      access: withSession("read"),
      query: {
        pk: alternative(MediaPk),
        id: alternative(MediaId),
        code: alternative(Code),
        url: alternative(Url),
        use_cache: useCache,
      },
      returns: Media.schema,
      errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
      aliases: ["/media/info"],
    },
    ({ query, session }) => {
      const media = namedMedia(query);
      return session.read(async (client) =>
        getMedia(client, "pk" in media ? media.pk : await resolvePostUrl(client, media.url)),
      );
    },
  ),
  get(
    "/media/author",
    {
      operationId: "getMediaAuthor",
      summary: "Get the author of a post",
      access: withSession("read"),
      query: { media_pk: MediaPk },
      returns: UserShort.schema,
      errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
      aliases: ["/media/user"],
    },
    ({ query, session }) => {
      const { pk } = parseMediaRef(query.media_pk, "media_pk");
      return session.read(getMediaAuthor, pk);
    },
  ),
  get(
    "/media/likers",
    {
      operationId: "getMediaLikers",
      summary: "List who likes a post",
      description: "Only as many as Instagram sends: a part of them if a post has many likes.",
      access: withSession("read"),
      query: { media_id: MediaName },
      returns: Type.Array(UserShort.schema),
      errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
    },
    ({ query, session }) => session.read(getMediaLikers, parseMediaRef(query.media_id)),
  ),
  get(
    "/media/oembed",
    {
      operationId: "getMediaOembed",
      summary: "Get what another website shows of a post",
      access: withSession("read"),
      query: { url: Url },
      returns: MediaOembed.schema,
      errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
    },
    ({ query, session }) => session.read(getMediaOembed, postUrl(query.url)),
  ),
  get(
    "/media/id",
    {
      operationId: "getMediaId",
      summary: "Get the full media id of a pk",
      description:
        "Without a session it works for public posts that Instagram's website shows without a login; with one also for posts that the account may see.",
      access: withOptionalSession("read"),
      query: { media_pk: MediaPk },
      returns: Type.String({ examples: ["3755350675776297567_25025320"] }),
      errors: ["MediaNotFound", "ClientForbiddenError"],
    },
    ({ query, ...caller }) => {
      const media = parseMediaRef(query.media_pk, "media_pk");
      // If the owner is given too, the id is complete.
      if (media.owner !== null) return mediaIdOf(media);
      return withAnyClient(sessions, caller, (client) => getMediaId(client, media.pk));
    },
  ),
  get(
    "/media/pk",
    {
      operationId: "getMediaPk",
      summary: "Get the pk in a media id",
      access: withKey("read"),
      query: { media_id: MediaId },
      returns: ReturnedPk,
    },
    ({ query }) => pkOfMediaId(query.media_id),
  ),
  get(
    "/media/pk/from/code",
    {
      operationId: "getMediaPkFromCode",
      summary: "Get the media pk of a shortcode",
      access: withKey("read"),
      query: { code: Code },
      returns: ReturnedPk,
    },
    ({ query }) => pkOfShortcode(query.code),
  ),
  get(
    "/media/pk/from/url",
    {
      operationId: "getMediaPkFromUrl",
      summary: "Get the media pk of a link",
      description: "Only share links cost a request; a session, if given, lends its proxy.",
      access: withOptionalSession("read"),
      query: { url: Url },
      returns: ReturnedPk,
    },
    ({ query, ...caller }) => {
      const link = parsePostUrl(query.url);
      if (link.kind === "post") return link.pk;
      return withAnyClient(sessions, caller, (client) => resolvePostUrl(client, query.url));
    },
  ),
];

/** Reads with the session, or without a login if no session was given. */
function withAnyClient<T>(
  sessions: Pick<LiveSessions, "anonymousClient">,
  { key, session, context }: InputByAccess["optional-session"],
  read: (client: Client) => Promise<T>,
): Promise<T> {
  return session
    ? session.read(read)
    : read(sessions.anonymousClient(key.tenantId, key.mode, context));
}

/** A link to a post, with its scheme as Instagram requires. Throws InvalidInput. */
function postUrl(text: string): string {
  const url = text.trim();
  parsePostUrl(url);
  return /^https?:/i.test(url) ? url : `https://${url}`;
}

const MEDIA_NAMES = ["pk", "id", "code", "url"] as const;
type MediaNames = Partial<Record<(typeof MEDIA_NAMES)[number], string>>;

/**
 * The post that a query names. A link is returned as it is: some need a request. Throws
 * InvalidInput.
 */
function namedMedia(query: MediaNames): { pk: string } | { url: string } {
  const [field, value] = exactlyOne(query, MEDIA_NAMES);
  if (field === "url") return { url: value };
  return { pk: field === "code" ? pkOfShortcode(value) : parseMediaRef(value, field).pk };
}
