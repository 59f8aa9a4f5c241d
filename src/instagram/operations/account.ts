import type { Client } from "../client.ts";
import { UpstreamUnreachable } from "../errors.ts";
import type { JsonText } from "../json.ts";
import { Account } from "../models/account.ts";
import type { Media } from "../models/media.ts";
import type { ListInput } from "../paging.ts";
import { json, passthrough } from "../readings.ts";
import { jsonText, path } from "../signing.ts";
import type { UpstreamRequest } from "../transport/request.ts";
import { send } from "../transport.ts";
import { listFeed } from "./collection.ts";

/** The logged-in account's own data: `GET accounts/current_user/?edit=true`. */
export async function getAccount(client: Client): Promise<Account> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`accounts/current_user/`,
    query: [["edit", "true"]],
  });
  const account = Account.read(body.user, client.drift);
  if (!account)
    throw new UpstreamUnreachable("UpstreamError", "Instagram's answer names no account");
  return account;
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
