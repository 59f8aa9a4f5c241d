import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import type { Client } from "../instagram/client.ts";
import { GuideSchema } from "../instagram/models/guide.ts";
import { Media, MediaPage } from "../instagram/models/media.ts";
import { parseUserRef, resolveUserPk } from "../instagram/operations/user.ts";
import {
  getUserClips,
  getUserGuides,
  getUserMedias,
  getUserPinnedPosts,
  getUserTaggedMedias,
  getUserVideos,
} from "../instagram/operations/user-posts.ts";
import { onePageOfUser } from "./cursors.ts";
import { namedUser, page, UserId, userNames } from "./parameters.ts";

const TAG = "User";

/** `/user`: what a user posted, and where a user is tagged. */
export const userPostsRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/user/medias",
      ({ query, session, context }) =>
        session.read(context, pageOf(query, "getUserMedias", getUserMedias)),
      pageRoute({
        operationId: "getUserMedias",
        summary: "List paginated user posts",
        aliases: ["/media/user/medias", "/user/posts"],
      }),
    )
    .get(
      "/user/clips",
      ({ query, session, context }) =>
        session.read(context, pageOf(query, "getUserClips", getUserClips)),
      pageRoute({
        operationId: "getUserClips",
        summary: "List paginated user Reels",
        aliases: ["/media/user/clips", "/user/reels"],
      }),
    )
    .get(
      "/user/videos",
      ({ query, session, context }) =>
        session.read(context, pageOf(query, "getUserVideos", getUserVideos)),
      pageRoute({
        operationId: "getUserVideos",
        summary: "List paginated user videos",
        aliases: ["/media/user/videos"],
      }),
    )
    .get(
      "/user/tagged/medias",
      ({ query, session, context }) =>
        session.read(context, pageOf(query, "getUserTaggedMedias", getUserTaggedMedias)),
      pageRoute({
        operationId: "getUserTaggedMedias",
        summary: "List paginated posts that a user is tagged on",
        aliases: ["/media/usertag/medias", "/user/tagged/posts"],
      }),
    )
    .get(
      "/user/pinned/posts",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(context, async (client) =>
          getUserPinnedPosts(client, await resolveUserPk(client, user)),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId }),
        detail: operation(TAG, "session", {
          operationId: "getUserPinnedPosts",
          summary: "List the posts pinned to a profile",
          returns: Type.Array(Media.schema),
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/user/guides",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(context, async (client) =>
          getUserGuides(client, await resolveUserPk(client, user)),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId }),
        detail: operation(TAG, "session", {
          operationId: "getUserGuides",
          summary: "List user guides",
          returns: Type.Array(GuideSchema),
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    );

interface PageQuery {
  user_id?: string;
  username?: string;
  amount?: number;
  cursor?: string;
}

/** What reads one page of posts of the user that a query names. Throws InvalidInput. */
function pageOf(query: PageQuery, operation: string, read: typeof getUserMedias) {
  const user = namedUser(query);
  return (client: Client) => onePageOfUser(client, operation, user, page.of(query), read);
}

/** What a route of pages of a user's posts says of itself. */
function pageRoute(described: { operationId: string; summary: string; aliases: string[] }) {
  return {
    withSession: "read",
    query: fields({ ...userNames, ...page.parameters }),
    detail: operation(TAG, "session", {
      ...described,
      description:
        "By user_id or by username: give one of the two. A page holds what Instagram gives at once, which can be fewer than amount.",
      returns: MediaPage.schema,
      errors: ["UserNotFound", "PrivateAccount"],
    }),
  } as const;
}
