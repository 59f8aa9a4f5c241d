import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer, UpstreamUnreachable } from "../errors.ts";
import { isNumericId, normalizeUsername, numericId } from "../ids.ts";
import { type Json, stringifyJson } from "../json.ts";
import { type About, readAbout } from "../models/about.ts";
import { missingCounts, User } from "../models/user.ts";
import { json, passthrough } from "../readings.ts";
import { path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/** `user` of `GET users/{id}/info/`. */
async function profileByPk(client: Client, userId: string): Promise<Json | undefined> {
  const body = await userOrNotFound(() =>
    send(client, json, {
      effect: "read",
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
  return body.user;
}

/** `user` of `GET users/{username}/usernameinfo/`. */
async function profileByName(client: Client, username: string): Promise<Json | undefined> {
  const body = await userOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`users/${username}/usernameinfo/`,
    }),
  );
  return body.user;
}

/** A user as a caller names it. */
export type UserRef = { pk: string } | { username: string };

/**
 * Reads what callers give for a user: digits are a pk, anything else is a username as people type
 * it. Throws InvalidInput.
 */
export function parseUserRef(value: string, field = "user_id"): UserRef {
  const text = value.trim();
  return isNumericId(text)
    ? { pk: numericId(text, field) }
    : { username: normalizeUsername(text, field, "a pk or a username") };
}

/**
 * A user's profile, by pk or by username: one request. Throws UpstreamRefused: UserNotFound, and
 * what every operation can throw. Throws UpstreamUnreachable (UpstreamError) if the answer lacks a
 * profile's counts: Instagram omits them if it does not regard the visitor as logged in.
 */
export async function getUser(client: Client, user: UserRef): Promise<User> {
  const raw = await ("pk" in user
    ? profileByPk(client, user.pk)
    : profileByName(client, user.username));
  const profile = userOf(client, raw);
  const missing = missingCounts(raw);
  if (missing.length === 0) return profile;
  const message = `Instagram's answer is no whole profile: it lacks ${missing.join(", ")}`;
  throw new UpstreamUnreachable("UpstreamError", message, { status: 200 });
}

/** The username of a user, by pk: one request. Throws UpstreamRefused: UserNotFound. */
export async function getUsername(client: Client, userId: string): Promise<string> {
  return userOf(client, await profileByPk(client, userId)).username;
}

/** The pk of a user. Costs nothing if it is given, one request for a username. */
export async function resolveUserPk(client: Client, user: UserRef): Promise<string> {
  if ("pk" in user) return user.pk;
  return userOf(client, await profileByName(client, user.username)).pk;
}

/**
 * What "About this account" shows for a user, by pk: `POST
 * bloks/apps/com.instagram.interactions.about_this_account/`. Throws UpstreamRefused: UserNotFound.
 */
export async function getUserAbout(client: Client, userId: string): Promise<About> {
  const { ids, bloksVersioningId } = client.state;
  const { text } = await userOrNotFound(() =>
    send(client, passthrough, {
      effect: "read",
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

/** Makes a request for a user: a 404 means that there is no such user. */
export const userOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("UserNotFound", "User not found", request);

function userOf(client: Client, raw: Json | undefined): User {
  const user = User.read(raw, client.drift);
  if (!user) throw notInAnswer("UserNotFound", "User not found");
  return user;
}
