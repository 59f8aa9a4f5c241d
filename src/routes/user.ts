import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
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
import { namedUser, UserId, Username, UserPk, useCache, userNames } from "./parameters.ts";

const TAG = "User";

/** `/user`: profiles, and the ways to name a user. */
export const userRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/user",
      ({ query, session, context }) => {
        const user = namedUser(query);
        return session.read(context, (client) => getUser(client, user));
      },
      {
        withSession: "read",
        query: fields({ ...userNames, use_cache: useCache }),
        detail: operation(TAG, "session", {
          operationId: "getUser",
          summary: "Get user profile",
          description: "By user_id or by username: give one of the two.",
          returns: User.schema,
          errors: ["UserNotFound"],
          aliases: ["/user/info", "/user/info/by/username"],
        }),
      },
    )
    .get(
      "/user/id/from/username",
      ({ query, session, context }) => {
        const user = { username: normalizeUsername(query.username) };
        return session.read(context, (client) => resolveUserPk(client, user));
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
        const pk = numericId(query.user_id, "user_id");
        return session.read(context, (client) => getUsername(client, pk));
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
      "/user/about",
      ({ query, session, context }) => {
        const user = parseUserRef(query.user_id);
        return session.read(context, async (client) =>
          getUserAbout(client, await resolveUserPk(client, user)),
        );
      },
      {
        withSession: "read",
        query: fields({ user_id: UserId }),
        detail: operation(TAG, "session", {
          operationId: "getUserAbout",
          summary: "Get what Instagram tells about an account",
          description:
            'Country, month of joining, number of former usernames: what the app shows under "About this account", each empty where it shows none.',
          returns: About.schema,
          errors: ["UserNotFound"],
        }),
      },
    );
