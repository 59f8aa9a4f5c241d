import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer } from "../errors.ts";
import { isNumericId, normalizeUsername, numericId } from "../ids.ts";
import { type Json, stringifyJson } from "../json.ts";
import { type About, readAbout } from "../models/about.ts";
import { readUser, type User } from "../models/user.ts";
import { path, signed } from "../signing.ts";
import { sendJson, sendPassthrough } from "../transport.ts";

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
    : { username: normalizeUsername(text, field, "a pk or a username") };
}

/** A user's profile, by pk or by username: one request. */
export function getUser(client: Client, user: UserRef): Promise<User> {
  return "pk" in user ? getUserByPk(client, user.pk) : getUserByUsername(client, user.username);
}

/** The pk of a user: costs nothing where it is given, one look-up for a username. */
export async function resolveUserPk(client: Client, user: UserRef): Promise<string> {
  return "pk" in user ? user.pk : (await getUserByUsername(client, user.username)).pk;
}

/**
 * What "About this account" shows of a user, by pk:
 * `POST bloks/apps/com.instagram.interactions.about_this_account/`. Throws as getUser.
 */
export async function getUserAbout(client: Client, userId: string): Promise<About> {
  const { ids, bloksVersioningId } = client.state;
  const { text } = await userOrNotFound(() =>
    sendPassthrough(client, {
      operation: "getUserAbout",
      method: "POST",
      path: path`bloks/apps/com.instagram.interactions.about_this_account/`,
      body: signed({
        _uuid: ids.uuid,
        device_id: ids.android_device_id,
        referer_type: "ProfileMore",
        target_user_id: userId,
        bk_client_context: stringifyJson({
          bloks_version: bloksVersioningId,
          styles_id: "instagram",
        }),
        bloks_versioning_id: bloksVersioningId,
      }),
    }),
  );
  return readAbout(text, client.drift);
}

/** A 404 of an endpoint that names a user says that there is no such user. */
export const userOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("UserNotFound", "User not found", request);

function userOf(client: Client, operation: string, raw: Json | undefined): User {
  const user = readUser(raw, client.drift);
  if (!user) throw notInAnswer("UserNotFound", "User not found", operation);
  return user;
}
