import { act, actionAnswer, signedAction, signedByDevice } from "../actions.ts";
import type { Client } from "../client.ts";
import { answerUnusable, UpstreamUnreachable } from "../errors.ts";
import { type Json, type JsonObject, type JsonText, objectOr, stringifyJson } from "../json.ts";
import { Account } from "../models/account.ts";
import type { Media } from "../models/media.ts";
import { UserShort } from "../models/user-short.ts";
import type { ListInput } from "../paging.ts";
import { json, passthrough } from "../readings.ts";
import { jsonText, path } from "../signing.ts";
import type { UpstreamRequest } from "../transport/request.ts";
import { send } from "../transport.ts";
import type { Photo } from "../upload/files.ts";
import { uploadPhoto } from "../upload/rupload.ts";
import { listFeed } from "./collection.ts";

/** The logged-in account's own data: `GET accounts/current_user/?edit=true`. */
export async function getAccount(client: Client): Promise<Account> {
  return accountOf(client, (await ownProfile(client)).user);
}

async function ownProfile(client: Client): Promise<JsonObject> {
  return send(client, json, {
    effect: "read",
    method: "GET",
    path: path`accounts/current_user/`,
    query: [["edit", "true"]],
  });
}

function accountOf(client: Client, raw: Json | undefined): Account {
  const account = Account.read(raw, client.drift);
  if (account) return account;
  throw new UpstreamUnreachable("UpstreamError", "Instagram's answer names no account");
}

/** What the account shows of itself and can edit. */
export const PROFILE_FIELDS = [
  "external_url",
  "username",
  "full_name",
  "biography",
  "phone_number",
  "email",
] as const;

export type ProfileEdit = Partial<Record<(typeof PROFILE_FIELDS)[number], string>>;

/**
 * Edits the account's profile: `POST accounts/edit_profile/`, then `POST accounts/set_biography/`
 * where there is a biography. Instagram takes a profile only as a whole, so without `email` or
 * `phone_number` the account's own data is asked for first, and what is not given stays as it is.
 */
export async function editAccount(client: Client, edit: ProfileEdit): Promise<Account> {
  const isWhole = edit.email !== undefined && edit.phone_number !== undefined;
  const kept = isWhole ? {} : await keptProfile(client);
  const { full_name: fullName, ...fields } = { ...kept, ...edit };
  const { user } = await actionAnswer(client, {
    path: path`accounts/edit_profile/`,
    body: signedByDevice(client, { ...fields, ...(fullName ? { first_name: fullName } : {}) }),
  });
  if (fields.biography) await setBiography(client, fields.biography);
  return accountOf(client, user);
}

/**
 * The account's profile as it is. Throws UpstreamUnreachable (UpstreamError) if the answer lacks a
 * name or the biography: sent back like this, the profile would lose them.
 */
async function keptProfile(client: Client) {
  const { user } = await ownProfile(client);
  const raw = objectOr(user);
  const missing = ["username", "full_name", "biography"].filter(
    (field) => typeof raw[field] !== "string",
  );
  if (missing.length > 0) {
    const problem = `Instagram's answer is no whole profile: it lacks ${missing.join(", ")}`;
    throw new UpstreamUnreachable("UpstreamError", problem, { status: 200 });
  }
  const account = accountOf(client, user);
  return Object.fromEntries(PROFILE_FIELDS.map((field) => [field, account[field]])) as Pick<
    Account,
    (typeof PROFILE_FIELDS)[number]
  >;
}

/** Sets the biography so that Instagram finds the names and hashtags in it. */
async function setBiography(client: Client, biography: string): Promise<void> {
  await act(client, {
    path: path`accounts/set_biography/`,
    body: signedByDevice(client, {
      logged_in_uids: stringifyJson([client.state.userId]),
      raw_text: biography,
    }),
  });
}

/** Shows the account's posts and lists to its followers only, or to everybody. */
export function setPrivacy(client: Client, isPrivate: boolean): Promise<boolean> {
  return act(client, {
    path: isPrivate ? path`accounts/set_private/` : path`accounts/set_public/`,
    body: signedAction(client, { _uid: client.state.userId }),
  });
}

/**
 * Replaces the account's picture: `rupload_igphoto/`, then `accounts/change_profile_picture/`. Throws
 * UpstreamRefused: PhotoNotUpload, and what every operation can throw.
 */
export async function changePicture(client: Client, photo: Photo): Promise<UserShort> {
  const uploadId = client.caller.tokens.uploadId();
  await uploadPhoto(client, photo, { uploadId });
  const { user } = await client.turn(() =>
    actionAnswer(client, {
      path: path`accounts/change_profile_picture/`,
      body: signedByDevice(client, { use_fbuploader: true, upload_id: uploadId }),
    }),
  );
  const changed = UserShort.read(user, client.drift);
  if (changed) return changed;
  throw answerUnusable("it names no account");
}

/** Posts that the account liked, last liked first: `GET feed/liked/`, paged until `amount`. */
export function getLikedMedias(client: Client, list: ListInput): Promise<Media[]> {
  return listFeed(client, path`feed/liked/`, list);
}

/** The first page of the home timeline, as Instagram answers it: `POST feed/timeline/`. */
export function getTimelineFeed(client: Client): Promise<JsonText> {
  return send(client, passthrough, timelineRequest(client, "pull_to_refresh"));
}

/**
 * The request for the first page of the home timeline: JSON text with the content type of a form.
 */
export function timelineRequest(
  client: Client,
  reason: "pull_to_refresh" | "cold_start_fetch",
): UpstreamRequest {
  const { ids, timezoneOffset, bloksVersioningId } = client.state;
  return {
    effect: "read",
    method: "POST",
    path: path`feed/timeline/`,
    headers: {
      "X-Ads-Opt-Out": "0",
      "X-DEVICE-ID": ids.uuid,
      "X-CM-Bandwidth-KBPS": "-1.000",
      "X-CM-Latency": String(1 + Math.floor(Math.random() * 5)),
    },
    body: jsonText({
      has_camera_permission: "1",
      feed_view_info: "[]",
      phone_id: ids.phone_id,
      reason,
      battery_level: 100,
      timezone_offset: String(timezoneOffset),
      device_id: ids.uuid,
      request_id: ids.request_id,
      _uuid: ids.uuid,
      is_charging: Math.round(Math.random()),
      is_dark_mode: 1,
      will_sound_on: Math.round(Math.random()),
      session_id: ids.client_session_id,
      bloks_versioning_id: bloksVersioningId,
      is_pull_to_refresh: reason === "pull_to_refresh" ? "1" : "0",
    }),
  };
}
