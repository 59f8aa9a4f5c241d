import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { RequestContext } from "../http/context.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import type { Client } from "../instagram/client.ts";
import { InvalidInput } from "../instagram/errors.ts";
import {
  numericId,
  parseMediaRef,
  parsePostUrl,
  pkOfMediaId,
  pkOfShortcode,
} from "../instagram/ids.ts";
import { MediaSchema } from "../instagram/models/media.ts";
import { MediaOembedSchema } from "../instagram/models/media-oembed.ts";
import { UserShortSchema } from "../instagram/models/user-short.ts";
import {
  getMedia,
  getMediaAuthor,
  getMediaId,
  getMediaLikers,
  getMediaOembed,
  resolvePostUrl,
} from "../instagram/operations/media.ts";
import type { LiveSession } from "../sessions/live-session.ts";
import type { AuthenticatedKey } from "../tenants/key-cache.ts";
import { MediaId, MediaName, MediaPk, useCache } from "./parameters.ts";

const TAG = "Media (Post)";

const Code = Type.String({ minLength: 1, description: "Shortcode.", examples: ["B-fKL9qpeab"] });
const Url = Type.String({
  minLength: 1,
  description: "Link to the post.",
  examples: ["https://www.instagram.com/p/B-fKL9qpeab/"],
});
const ReturnedPk = Type.String({ description: "Media pk.", examples: ["2278584739065882267"] });

/** `/media`: posts, and the ways to name one. */
export const mediaRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/media",
      ({ query, session, context }) => {
        const media = namedMedia(query);
        return session.read(deps.onCall(context), async (client) =>
          getMedia(client, "pk" in media ? media.pk : await resolvePostUrl(client, media.url)),
        );
      },
      {
        withSession: "read",
        query: fields({
          pk: Type.Optional(MediaPk),
          id: Type.Optional(MediaId),
          code: Type.Optional(Code),
          url: Type.Optional(Url),
          use_cache: useCache,
        }),
        detail: operation(TAG, "session", {
          operationId: "getMedia",
          summary: "Get media details",
          description: "By pk, id, code or url: give exactly one.",
          returns: MediaSchema,
          errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
          aliases: ["/media/info"],
        }),
      },
    )
    .get(
      "/media/author",
      ({ query, session, context }) => {
        const { pk } = parseMediaRef(query.media_pk, "media_pk");
        return session.read(deps.onCall(context), (client) => getMediaAuthor(client, pk));
      },
      {
        withSession: "read",
        query: fields({ media_pk: MediaPk }),
        detail: operation(TAG, "session", {
          operationId: "getMediaAuthor",
          summary: "Get the author of a post",
          returns: UserShortSchema,
          errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
          aliases: ["/media/user"],
        }),
      },
    )
    .get(
      "/media/likers",
      ({ query, session, context }) => {
        const media = parseMediaRef(query.media_id);
        return session.read(deps.onCall(context), (client) => getMediaLikers(client, media));
      },
      {
        withSession: "read",
        query: fields({ media_id: MediaName }),
        detail: operation(TAG, "session", {
          operationId: "getMediaLikers",
          summary: "List who likes a post",
          description: "As many as Instagram tells: of a post that many like it is a part of them.",
          returns: Type.Array(UserShortSchema),
          errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/media/oembed",
      ({ query, session, context }) => {
        const url = postUrl(query.url);
        return session.read(deps.onCall(context), (client) => getMediaOembed(client, url));
      },
      {
        withSession: "read",
        query: fields({ url: Url }),
        detail: operation(TAG, "session", {
          operationId: "getMediaOembed",
          summary: "Get what another website shows of a post",
          returns: MediaOembedSchema,
          errors: ["MediaNotFound", "MediaUnavailable", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/media/id",
      ({ query, key, session, context }) => {
        const pk = pkOfMediaId(query.media_pk, "media_pk");
        // One that names its owner already is the answer.
        if (query.media_pk.includes("_")) return query.media_pk.trim();
        return anyClient(deps, key, session, context, (client) => getMediaId(client, pk));
      },
      {
        withOptionalSession: "read",
        query: fields({ media_pk: MediaPk }),
        detail: operation(TAG, "optional-session", {
          operationId: "getMediaId",
          summary: "Get the full media id of a pk",
          description:
            "Works without a session for public posts; with one it also finds what the account may see.",
          returns: Type.String({ examples: ["2277033926878261772_1903424587"] }),
          errors: ["MediaNotFound"],
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
  const onCall = deps.onCall(context);
  return session
    ? session.read(onCall, run)
    : run(deps.sessions.anonymousClient(key.tenantId, key.mode, onCall));
}

/** A link to a post as Instagram takes it: with its scheme. Throws InvalidInput. */
function postUrl(text: string): string {
  const url = text.trim();
  parsePostUrl(url);
  return /^https?:/i.test(url) ? url : `https://${url}`;
}

interface MediaNames {
  pk?: string;
  id?: string;
  code?: string;
  url?: string;
}

/** Exactly one way to name a post. Throws InvalidInput. */
function namedMedia({ pk, id, code, url }: MediaNames): { pk: string } | { url: string } {
  const given = [pk, id, code, url].filter((value) => value !== undefined);
  if (given.length === 0) throw new InvalidInput("pk", "or id, code or url is required");
  if (given.length > 1)
    throw new InvalidInput("pk", "and id, code and url exclude each other: give one");
  if (pk !== undefined) return { pk: numericId(pk, "pk") };
  if (id !== undefined) return { pk: pkOfMediaId(id, "id") };
  if (code !== undefined) return { pk: pkOfShortcode(code) };
  return { url: url ?? "" };
}
