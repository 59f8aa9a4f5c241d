import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { Relationship } from "../instagram/models/relationship.ts";
import { UserShortPage } from "../instagram/models/user-short.ts";
import {
  getFollowers,
  getFollowing,
  getFollowRequests,
  getFriendship,
} from "../instagram/operations/friendship.ts";
import { parseUserRef, resolveUserPk } from "../instagram/operations/user.ts";
import { onePage, onePageOfUser, ownList } from "./cursors.ts";
import { page, UserId } from "./parameters.ts";

const TAG = "User";

/** `/user`: who follows whom, and who asks to. */
export const friendshipRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/user/followers",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(context, (client) =>
          onePageOfUser(client, "getUserFollowers", user, page.of(query), getFollowers),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId, ...page.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getUserFollowers",
          summary: "List paginated user followers",
          returns: UserShortPage.schema,
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/user/following",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(context, (client) =>
          onePageOfUser(client, "getUserFollowing", user, page.of(query), getFollowing),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId, ...page.parameters }),
        detail: operation(TAG, "session", {
          operationId: "getUserFollowing",
          summary: "List paginated accounts a user follows",
          returns: UserShortPage.schema,
          errors: ["UserNotFound", "PrivateAccount"],
        }),
      },
    )
    .get(
      "/user/friendship",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(context, async (client) =>
          getFriendship(client, await resolveUserPk(client, user)),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId }),
        detail: operation(TAG, "session", {
          operationId: "getUserFriendship",
          summary: "Get user relationship",
          returns: Relationship.schema,
          errors: ["UserNotFound"],
        }),
      },
    )
    .get(
      "/user/follow/requests",
      ({ query, session, context }) =>
        session.read(context, (client) =>
          onePage(ownList(client, "getUserFollowRequests"), page.of(query), (at) =>
            getFollowRequests(client, at),
          ),
        ),
      {
        withSession: "read",
        query: fields(page.parameters),
        detail: operation("Account", "session", {
          operationId: "getUserFollowRequests",
          summary: "List paginated pending follow requests",
          description: "Who asked to follow the account that the session is logged in with.",
          returns: UserShortPage.schema,
          aliases: ["/account/follow/requests"],
        }),
      },
    );
