import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { RequestContext } from "../http/context.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
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
import type { LiveSession } from "../sessions/live-session.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import { MediaId, MediaName, MediaPk, oneWay, onlyOne, useCache } from "./parameters.ts";

const TAG = "Media (Post)";

const Code = Type.String({ minLength: 1, description: "Shortcode.", examples: ["DQdr4r8q1pf"] });
const Url = Type.String({
  minLength: 1,
  description: "Link to the post.",
  examples: ["https://www.instagram.com/p/DQdr4r8q1pf/"],
});
const ReturnedPk = Type.String({ description: "Media pk.", examples: ["3755350675776297567"] });

/** `/media`: posts, and the ways to name one. */
export const mediaRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/media",
      ({ query, session, context }) => {
        const media = namedMedia(query);
        return session.read(context, async (client) =>
          getMedia(client, "pk" in media ? media.pk : await resolvePostUrl(client, media.url)),
        );
      },
      {
        withSession: "read",
        query: fields({
          pk: oneWay(MediaPk),
          id: oneWay(MediaId),
          code: oneWay(Code),
          url: oneWay(Url),
          use_cache: useCache,
        }),
        detail: operation(TAG, "session", {
          operationId: "getMedia",
          summary: "Get media details",
          description: "By pk, id, code or url: give exactly one.",
          returns: Media.schema,
          errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
          aliases: ["/media/info"],
        }),
      },
    )
    .get(
      "/media/author",
      ({ query, session, context }) => {
        const { pk } = parseMediaRef(query.media_pk, "media_pk");
        return session.read(context, (client) => getMediaAuthor(client, pk));
      },
      {
        withSession: "read",
        query: fields({ media_pk: MediaPk }),
        detail: operation(TAG, "session", {
          operationId: "getMediaAuthor",
          summary: "Get the author of a post",
          returns: UserShort.schema,
          errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
          aliases: ["/media/user"],
        }),
      },
    )
    .get(
      "/media/likers",
      ({ query, session, context }) => {
        const media = parseMediaRef(query.media_id);
        return session.read(context, (client) => getMediaLikers(client, media));
      },
      {
        withSession: "read",
        query: fields({ media_id: MediaName }),
        detail: operation(TAG, "session", {
          operationId: "getMediaLikers",
          summary: "List who likes a post",
          description: "As many as Instagram tells: of a post that many like it is a part of them.",
          returns: Type.Array(UserShort.schema),
          errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/media/oembed",
      ({ query, session, context }) => {
        const url = postUrl(query.url);
        return session.read(context, (client) => getMediaOembed(client, url));
      },
      {
        withSession: "read",
        query: fields({ url: Url }),
        detail: operation(TAG, "session", {
          operationId: "getMediaOembed",
          summary: "Get what another website shows of a post",
          returns: MediaOembed.schema,
          errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/media/id",
      ({ query, key, session, context }) => {
        const media = parseMediaRef(query.media_pk, "media_pk");
        // One that names its owner already is the answer.
        if (media.owner !== null) return mediaIdOf(media);
        return anyClient(deps, key, session, context, (client) => getMediaId(client, media.pk));
      },
      {
        withOptionalSession: "read",
        query: fields({ media_pk: MediaPk }),
        detail: operation(TAG, "optional-session", {
          operationId: "getMediaId",
          summary: "Get the full media id of a pk",
          description:
            "Works without a session for public posts, as far as Instagram's website shows them without a login; with one it also finds what the account may see.",
          returns: Type.String({ examples: ["3755350675776297567_25025320"] }),
          errors: ["MediaNotFound", "ClientForbiddenError"],
        }),
      },
    )
    .get("/media/pk", ({ query }) => pkOfMediaId(query.media_id), {
      withKey: "read",
      query: fields({ media_id: MediaId }),
      detail: operation(TAG, "key", {
        operationId: "getMediaPk",
        summary: "Get the pk in a media id",
        returns: ReturnedPk,
      }),
    })
    .get("/media/pk/from/code", ({ query }) => pkOfShortcode(query.code), {
      withKey: "read",
      query: fields({ code: Code }),
      detail: operation(TAG, "key", {
        operationId: "getMediaPkFromCode",
        summary: "Get the media pk of a shortcode",
        returns: ReturnedPk,
      }),
    })
    .get(
      "/media/pk/from/url",
      ({ query, key, session, context }) => {
        const link = parsePostUrl(query.url);
        if (link.kind === "post") return link.pk;
        return anyClient(deps, key, session, context, (client) =>
          resolvePostUrl(client, query.url),
        );
      },
      {
        withOptionalSession: "read",
        query: fields({ url: Url }),
        detail: operation(TAG, "optional-session", {
          operationId: "getMediaPkFromUrl",
          summary: "Get the media pk of a link",
          description: "Only share links cost a request; a session, if given, lends its proxy.",
          returns: ReturnedPk,
        }),
      },
    );

/** Runs an operation with the session's client, or with one of nobody's where none was given. */
function anyClient<T>(
  deps: Dependencies,
  key: AuthenticatedKey,
  session: LiveSession | null,
  context: RequestContext,
  run: (client: Client) => Promise<T>,
): Promise<T> {
  return session
    ? session.read(context, run)
    : run(deps.sessions.anonymousClient(key.tenantId, key.mode, context));
}

/** A link to a post as Instagram takes it: with its scheme. Throws InvalidInput. */
function postUrl(text: string): string {
  const url = text.trim();
  parsePostUrl(url);
  return /^https?:/i.test(url) ? url : `https://${url}`;
}

const MEDIA_NAMES = ["pk", "id", "code", "url"] as const;
type MediaNames = Partial<Record<(typeof MEDIA_NAMES)[number], string>>;

/** A post by one of its names; a link may be one that only the web can resolve. Throws InvalidInput. */
function namedMedia(query: MediaNames): { pk: string } | { url: string } {
  const [field, value] = onlyOne(query, MEDIA_NAMES);
  if (field === "url") return { url: value };
  return { pk: field === "code" ? pkOfShortcode(value) : parseMediaRef(value, field).pk };
}
