import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { normalizeUsername, numericId } from "../instagram/ids.ts";
import { About } from "../instagram/models/about.ts";
import { User } from "../instagram/models/user.ts";
import {
  getUser,
  getUserAbout,
  getUsername,
  parseUserRef,
  resolveUserPk,
} from "../instagram/operations/user.ts";
import { namedUser, ofUser, UserId, Username, UserPk, useCache, userNames } from "./parameters.ts";

const { get } = operations("User");

/** `/user`: profiles, usernames and pks. */
export const userRoutes: readonly Operation[] = [
  get(
    "/user",
    {
      operationId: "getUser",
      summary: "Get user profile",
      description: "By user_id or by username: give one of the two.",
      access: withSession("read"),
      query: { ...userNames, use_cache: useCache },
      returns: User.schema,
      errors: ["UserNotFound"],
      aliases: ["/user/info", "/user/info/by/username"],
    },
    ({ query, session }) => session.read(getUser, namedUser(query)),
  ),
  get(
    "/user/id/from/username",
    {
      operationId: "getUserIdFromUsername",
      summary: "Get the pk of a username",
      access: withSession("read"),
      query: { username: Username },
      returns: Type.String({ description: "User pk.", examples: ["25025320"] }),
      errors: ["UserNotFound"],
    },
    ({ query, session }) =>
      session.read(resolveUserPk, { username: normalizeUsername(query.username) }),
  ),
  get(
    "/user/username/from/id",
    {
      operationId: "getUserUsernameFromId",
      summary: "Get the username of a pk",
      access: withSession("read"),
      query: { user_id: UserPk },
      returns: Type.String({ description: "Username.", examples: ["instagram"] }),
      errors: ["UserNotFound"],
    },
    ({ query, session }) => session.read(getUsername, numericId(query.user_id, "user_id")),
  ),
  get(
    "/user/about",
    {
      operationId: "getUserAbout",
      summary: "Get what Instagram tells about an account",
      description:
        'Country, month of joining, number of former usernames: what the app shows under "About this account", each empty if the app shows none.',
      access: withSession("read"),
      query: { user_id: UserId },
      returns: About.schema,
      errors: ["UserNotFound"],
    },
    ({ query, session }) => session.read(ofUser(getUserAbout), parseUserRef(query.user_id)),
  ),
];
