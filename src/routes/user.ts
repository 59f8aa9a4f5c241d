import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { normalizeUsername, numericId } from "../instagram/ids.ts";
import { MediaPageSchema } from "../instagram/models/media.ts";
import { RelationshipSchema } from "../instagram/models/relationship.ts";
import { UserSchema } from "../instagram/models/user.ts";
import { UserShortPageSchema } from "../instagram/models/user-short.ts";
import {
  getFollowers,
  getFollowing,
  getFriendship,
  getUser,
  getUserMedias,
  parseUserRef,
  resolveUserPk,
} from "../instagram/operations/user.ts";
import { namedUser, page, UserId, Username, UserPk, useCache } from "./parameters.ts";

const TAG = "User";

/** `/user`: profiles, who follows whom, and posts of a user. */
export const userRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/user",
      ({ query, session, context }) => {
        const user = namedUser(query.user_id, query.username);
        return session.read(deps.onCall(context), (client) => getUser(client, user));
      },
      {
        withSession: "read",
        query: fields({
          user_id: Type.Optional(UserId),
          username: Type.Optional(Username),
          use_cache: useCache,
        }),
        detail: operation(TAG, "session", {
          operationId: "getUser",
          summary: "Get user profile",
          description: "By user_id or by username: give one of the two.",
          returns: UserSchema,
          errors: ["UserNotFound"],
          aliases: ["/user/info", "/user/info/by/username"],
        }),
      },
    )
    .get(
      "/user/id/from/username",
      ({ query, session, context }) => {
        const user = { username: normalizeUsername(query.username) };
        return session.read(deps.onCall(context), (client) => resolveUserPk(client, user));
      },
      {
        withSession: "read",
        query: fields({ username: Username }),
        detail: operation(TAG, "session", {
          operationId: "getUserIdFromUsername",
          summary: "Get the pk of a username",
          returns: Type.String({ description: "User pk.", examples: ["25025320"] }),
          errors: ["UserNotFound"],
        }),
      },
    )
    .get(
      "/user/username/from/id",
      ({ query, session, context }) => {
        const user = { pk: numericId(query.user_id, "user_id") };
        return session.read(
          deps.onCall(context),
          async (client) => (await getUser(client, user)).username,
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserPk }),
        detail: operation(TAG, "session", {
          operationId: "getUserUsernameFromId",
          summary: "Get the username of a pk",
          returns: Type.String({ description: "Username.", examples: ["instagram"] }),
          errors: ["UserNotFound"],
        }),
      },
    )
    .get(
      "/user/followers",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(deps.onCall(context), async (client) =>
          getFollowers(client, await resolveUserPk(client, user), page.of(query)),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId, ...page.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getUserFollowers",
          summary: "List paginated user followers",
          returns: UserShortPageSchema,
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/user/following",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(deps.onCall(context), async (client) =>
          getFollowing(client, await resolveUserPk(client, user), page.of(query)),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId, ...page.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getUserFollowing",
          summary: "List paginated accounts a user follows",
          returns: UserShortPageSchema,
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    )
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
        query: fields({
          user_id: Type.Optional(UserId),
          username: Type.Optional(Username),
          ...page.parameters,
        }),
        detail: operation(TAG, "session", {
          operationId: "getUserMedias",
          summary: "List paginated user posts",
          description:
            "By user_id or by username: give one of the two. A page holds what Instagram gives at once, which can be fewer than amount.",
          returns: MediaPageSchema,
          errors: ["UserNotFound", "PrivateAccount"],
          aliases: ["/media/user/medias", "/user/posts"],
        }),
      },
    )
    .get(
      "/user/friendship",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(deps.onCall(context), async (client) =>
          getFriendship(client, await resolveUserPk(client, user)),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId }),
        detail: operation(TAG, "session", {
          operationId: "getUserFriendship",
          summary: "Get user relationship",
          returns: RelationshipSchema,
          errors: ["UserNotFound"],
        }),
      },
    );
