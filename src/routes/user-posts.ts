import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { GuideSchema } from "../instagram/models/guide.ts";
import { MediaPageSchema, MediaSchema } from "../instagram/models/media.ts";
import { parseUserRef, resolveUserPk } from "../instagram/operations/user.ts";
import {
  getUserClips,
  getUserGuides,
  getUserMedias,
  getUserPinnedPosts,
  getUserTaggedMedias,
  getUserVideos,
} from "../instagram/operations/user-posts.ts";
import { namedUser, page, UserId, Username } from "./parameters.ts";

const TAG = "User";

/** A page of a user's posts: the user goes by either name. */
const OF_A_USER = {
  user_id: Type.Optional(UserId),
  username: Type.Optional(Username),
  ...page.parameters,
};
const PAGES =
  "By user_id or by username: give one of the two. A page holds what Instagram gives at once, which can be fewer than amount.";

/** `/user`: what a user posted, and where a user is tagged. */
export const userPostsRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/user/medias",
      ({ query, session, context }) => {
        const user = namedUser(query.user_id, query.username);
        return session.read(deps.onCall(context), async (client) =>
          getUserMedias(client, await resolveUserPk(client, user), page.of(query)),
        );
      },
      {
        withSession: "read",
        query: fields(OF_A_USER),
        detail: operation(TAG, "session", {
          operationId: "getUserMedias",
          summary: "List paginated user posts",
          description: PAGES,
          returns: MediaPageSchema,
          errors: ["UserNotFound", "PrivateAccount"],
          aliases: ["/media/user/medias", "/user/posts"],
        }),
      },
    )
    .get(
      "/user/clips",
      ({ query, session, context }) => {
        const user = namedUser(query.user_id, query.username);
        return session.read(deps.onCall(context), async (client) =>
          getUserClips(client, await resolveUserPk(client, user), page.of(query)),
        );
      },
      {
        withSession: "read",
        query: fields(OF_A_USER),
        detail: operation(TAG, "session", {
          operationId: "getUserClips",
          summary: "List paginated user Reels",
          description: PAGES,
          returns: MediaPageSchema,
          errors: ["UserNotFound", "PrivateAccount"],
          aliases: ["/media/user/clips", "/user/reels"],
        }),
      },
    )
    .get(
      "/user/videos",
      ({ query, session, context }) => {
        const user = namedUser(query.user_id, query.username);
        return session.read(deps.onCall(context), async (client) =>
          getUserVideos(client, await resolveUserPk(client, user), page.of(query)),
        );
      },
      {
        withSession: "read",
        query: fields(OF_A_USER),
        detail: operation(TAG, "session", {
          operationId: "getUserVideos",
          summary: "List paginated user videos",
          description: PAGES,
          returns: MediaPageSchema,
          errors: ["UserNotFound", "PrivateAccount"],
          aliases: ["/media/user/videos"],
        }),
      },
    )
    .get(
      "/user/tagged/medias",
      ({ query, session, context }) => {
        const user = namedUser(query.user_id, query.username);
        return session.read(deps.onCall(context), async (client) =>
          getUserTaggedMedias(client, await resolveUserPk(client, user), page.of(query)),
        );
      },
      {
        withSession: "read",
        query: fields(OF_A_USER),
        detail: operation(TAG, "session", {
          operationId: "getUserTaggedMedias",
          summary: "List paginated posts that a user is tagged on",
          description: PAGES,
          returns: MediaPageSchema,
          errors: ["UserNotFound", "PrivateAccount"],
          aliases: ["/media/usertag/medias", "/user/tagged/posts"],
        }),
      },
    )
    .get(
      "/user/pinned/posts",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(deps.onCall(context), async (client) =>
          getUserPinnedPosts(client, await resolveUserPk(client, user)),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId }),
        detail: operation(TAG, "session", {
          operationId: "getUserPinnedPosts",
          summary: "List the posts pinned to a profile",
          returns: Type.Array(MediaSchema),
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/user/guides",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(deps.onCall(context), async (client) =>
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
