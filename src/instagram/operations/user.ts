import type { Client } from "../client.ts";
import { InvalidInput, notFoundAs, notInAnswer } from "../errors.ts";
import { isNumericId, normalizeUsername, numericId } from "../ids.ts";
import type { Json } from "../json.ts";
import { type Media, readMedia } from "../models/media.ts";
import { type Relationship, readRelationship } from "../models/relationship.ts";
import { readUser, type User } from "../models/user.ts";
import { readUserShort, type UserShort } from "../models/user-short.ts";
import { collectPage, cursorOf, listOf, type Page, type PageInput } from "../paging.ts";
import { path } from "../signing.ts";
import { sendJson } from "../transport.ts";

/**
 * A user's profile by pk: `GET users/{id}/info/`. Throws UpstreamRefused: UserNotFound, and what
 * every operation can meet.
 */
async function getUserByPk(client: Client, userId: string): Promise<User> {
  const operation = "getUser";
  const body = await userOrNotFound(() =>
    sendJson(client, {
      operation,
      method: "GET",
      path: path`users/${userId}/info/`,
      query: [
        ["is_prefetch", "false"],
        ["entry_point", "self_profile"],
        ["from_module", "self_profile"],
        ["is_app_start", "false"],
      ],
    }),
  );
  return userOf(client, operation, body.user);
}

/** A user's profile by name: `GET users/{username}/usernameinfo/`. Throws as getUserByPk. */
async function getUserByUsername(client: Client, username: string): Promise<User> {
  const operation = "getUser";
  const body = await userOrNotFound(() =>
    sendJson(client, { operation, method: "GET", path: path`users/${username}/usernameinfo/` }),
  );
  return userOf(client, operation, body.user);
}

/** How a caller names a user. */
export type UserRef = { pk: string } | { username: string };

/**
 * Reads a user as callers give one: digits are a pk, anything else is a username as people type it.
 * Throws InvalidInput.
 */
export function parseUserRef(value: string, field = "user_id"): UserRef {
  const text = value.trim();
  return isNumericId(text)
    ? { pk: numericId(text, field) }
    : { username: normalizeUsername(text, field) };
}

/** A user's profile, by pk or by username: one request. */
export function getUser(client: Client, user: UserRef): Promise<User> {
  return "pk" in user ? getUserByPk(client, user.pk) : getUserByUsername(client, user.username);
}

/** The pk of a user: costs nothing where it is given, one look-up for a username. */
export async function resolveUserPk(client: Client, user: UserRef): Promise<string> {
  return "pk" in user ? user.pk : (await getUserByUsername(client, user.username)).pk;
}

/** Followers of a user, by pk: `GET friendships/{id}/followers/`, read on until `amount`. */
export function getFollowers(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<UserShort>> {
  return followList(client, "getUserFollowers", page, path`friendships/${userId}/followers/`);
}

/** Whom a user follows, by pk: `GET friendships/{id}/following/`, read on until `amount`. */
export function getFollowing(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<UserShort>> {
  return followList(client, "getUserFollowing", page, path`friendships/${userId}/following/`);
}

function followList(
  client: Client,
  operation: string,
  { amount, cursor }: PageInput,
  listPath: string,
): Promise<Page<UserShort>> {
  return collectPage({
    amount,
    cursor,
    readsOn: true,
    identity: (user) => user.pk,
    fetchPage: async (maxId) => {
      const body = await userOrNotFound(() =>
        sendJson(client, {
          operation,
          method: "GET",
          path: listPath,
          query: [
            ["count", String(amount)],
            ["rank_token", client.state.ids.uuid],
            ["search_surface", "follow_list_page"],
            ["query", ""],
            ["enable_groups", "true"],
            ...(maxId === "" ? [] : ([["max_id", maxId]] as const)),
          ],
        }),
      );
      return {
        items: listOf(body.users, (raw) => readUserShort(raw, client.drift)),
        next: cursorOf(body.next_max_id),
      };
    },
  });
}

/** A user's posts, newest first, by pk: `GET feed/user/{id}/`, one request for one page. */
export function getUserMedias(
  client: Client,
  userId: string,
  { amount, cursor }: PageInput,
): Promise<Page<Media>> {
  return collectPage({
    amount,
    cursor,
    readsOn: false,
    identity: (media) => media.pk,
    fetchPage: async (maxId) => {
      const body = await userOrNotFound(() =>
        sendJson(client, {
          operation: "getUserMedias",
          method: "GET",
          path: path`feed/user/${userId}/`,
          query: [
            ["max_id", maxId],
            ["count", String(amount)],
            ["min_timestamp", ""],
            ["rank_token", client.state.ids.uuid],
            ["ranked_content", "true"],
          ],
        }),
      );
      return {
        items: listOf(body.items, (raw) => readMedia(raw, client.drift)),
        next: cursorOf(body.next_max_id) || cursorOf(body.max_id),
      };
    },
  });
}

/** How the account stands to a user, by pk: `GET friendships/show/{id}/`. */
export async function getFriendship(client: Client, userId: string): Promise<Relationship> {
  const body = await userOrNotFound(() =>
    sendJson(client, {
      operation: "getUserFriendship",
      method: "GET",
      path: path`friendships/show/${userId}/`,
      query: [["is_external_deeplink_profile_view", "false"]],
    }),
  );
  const relationship = readRelationship(body, userId, client.drift);
  if (!relationship) throw new InvalidInput("user_id", "must be a numeric id");
  return relationship;
}

/** A 404 of an endpoint whose path names a user says that there is no such user. */
const userOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("UserNotFound", "User not found", request);

function userOf(client: Client, operation: string, raw: Json | undefined): User {
  const user = readUser(raw, client.drift);
  if (!user) throw notInAnswer("UserNotFound", "User not found", operation);
  return user;
}
