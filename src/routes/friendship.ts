import { type Operation, operations, withSession } from "../http/route.ts";
import { Relationship } from "../instagram/models/relationship.ts";
import { UserShortPage } from "../instagram/models/user-short.ts";
import {
  getFollowers,
  getFollowing,
  getFollowRequests,
  getFriendship,
} from "../instagram/operations/friendship.ts";
import { parseUserRef } from "../instagram/operations/user.ts";
import { onePage, onePageOfUser, ownView } from "./cursors.ts";
import { ofUser, page, UserId } from "./parameters.ts";

const { get } = operations("User");
const account = operations("Account");

/** `/user`: followers, followed accounts, relationships and follow requests. */
export const friendshipRoutes: readonly Operation[] = [
  get(
    "/user/followers",
    {
      operationId: "getUserFollowers",
      summary: "List paginated user followers",
      access: withSession("read"),
      query: { user_id: UserId, ...page.parameters },
      returns: UserShortPage.schema,
      errors: ["UserNotFound", "PrivateAccount"],
    },
    ({ query, session }) =>
      session.read(onePageOfUser(getFollowers), parseUserRef(query.user_id), page.inputOf(query)),
  ),
  get(
    "/user/following",
    {
      operationId: "getUserFollowing",
      summary: "List paginated accounts a user follows",
      access: withSession("read"),
      query: { user_id: UserId, ...page.parameters },
      returns: UserShortPage.schema,
      errors: ["UserNotFound", "PrivateAccount"],
    },
    ({ query, session }) =>
      session.read(onePageOfUser(getFollowing), parseUserRef(query.user_id), page.inputOf(query)),
  ),
  get(
    "/user/friendship",
    {
      operationId: "getUserFriendship",
      summary: "Get user relationship",
      access: withSession("read"),
      query: { user_id: UserId },
      returns: Relationship.schema,
      errors: ["UserNotFound"],
    },
    ({ query, session }) => session.read(ofUser(getFriendship), parseUserRef(query.user_id)),
  ),
  account.get(
    "/user/follow/requests",
    {
      operationId: "getUserFollowRequests",
      summary: "List paginated pending follow requests",
      description: "Who asked to follow the account that the session is logged in with.",
      access: withSession("read"),
      query: page.parameters,
      returns: UserShortPage.schema,
      aliases: ["/account/follow/requests"],
    },
    ({ query, session }) =>
      session.read((client) =>
        onePage(client, ownView(client), page.inputOf(query), (at) =>
          getFollowRequests(client, at),
        ),
      ),
  ),
];
