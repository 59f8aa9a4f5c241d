import type { Client } from "../client.ts";
import { answerUnusable, notFoundAs } from "../errors.ts";
import type { MediaRef } from "../ids.ts";
import { isJsonObject, objectOr } from "../json.ts";
import { DirectMessage } from "../models/direct-message.ts";
import { listOf } from "../paging.ts";
import { json } from "../readings.ts";
import { asciiJson, type FormPairs, form, ifGiven, path, type RequestBody } from "../signing.ts";
import { send } from "../transport.ts";
import { threadOrNotFound } from "./direct.ts";
import { resolveMediaId } from "./media.ts";

/** Whom a message goes to: one thread with some users, by pk, or each of some threads. */
export type Recipients =
  | { readonly userIds: readonly string[]; readonly threadIds?: never }
  | { readonly threadIds: readonly string[]; readonly userIds?: never };

export interface TextMessage {
  text: string;
  /** Where the sender wrote it. */
  attribution: "message_button" | "inbox_search";
}

const LINK = /https?:\/\/\S+/g;

/**
 * Sends a text: `POST direct_v2/threads/broadcast/text/`; one with `http` in it goes to
 * `broadcast/link/`, with the links that it holds. Throws what broadcast() does.
 */
export function sendDirectMessage(
  client: Client,
  { text, attribution }: TextMessage,
  recipients: Recipients,
): Promise<DirectMessage> {
  const isLink = text.includes("http");
  const content: FormPairs = isLink
    ? [
        ["link_text", text],
        ["link_urls", asciiJson(text.match(LINK) ?? [])],
      ]
    : [["text", text]];
  return broadcast(client, isLink ? "link" : "text", recipients, {
    fields: [...messageFields(client, attribution), ...content, ...recipientFields(recipients)],
  });
}

export interface SharedPost {
  media: MediaRef;
  /** Where the sender found it, such as `feed_timeline`. */
  attribution: string;
  /** `photo` or `video`. */
  mediaType: string;
}

/** What the app calls the source of a post, by where the sender found it. */
const INVENTORY_SOURCES: ReadonlyMap<string, string> = new Map([
  ["feed_timeline", "media_or_ad"],
  ["feed_contextual_chain", "recommended_explore_grid_cover_model"],
  ["feed_short_url", "recommended_explore_grid_cover_model"],
]);

/**
 * Shares a post with users: `POST direct_v2/threads/broadcast/media_share/`. Costs one more request
 * if the post's owner is not known. Throws what broadcast() does, and MediaNotFound.
 */
export async function shareDirectMedia(
  client: Client,
  { media, attribution, mediaType }: SharedPost,
  userIds: readonly string[],
): Promise<DirectMessage> {
  const recipients = { userIds };
  const mediaId = await resolveMediaId(client, media);
  const token = client.caller.tokens.mutationToken();
  return broadcast(client, "media_share", recipients, {
    query: [["media_type", mediaType]],
    fields: [
      ...recipientFields(recipients),
      ...SENDING,
      ["send_attribution", attribution],
      ["client_context", token],
      ["media_id", mediaId],
      ["mutation_token", token],
      ...INBOX_NAVIGATION,
      ["offline_threading_id", token],
      ...ifGiven("inventory_source", INVENTORY_SOURCES.get(attribution)),
    ],
  });
}

/**
 * Shares a user's profile: `POST direct_v2/threads/broadcast/profile/`. Throws what broadcast()
 * does.
 */
export function shareDirectProfile(
  client: Client,
  userId: string,
  recipients: Recipients,
): Promise<DirectMessage> {
  const token = client.caller.tokens.mutationToken();
  return broadcast(client, "profile", recipients, {
    fields: [
      ["profile_user_id", userId],
      ...SENDING,
      ["send_attribution", "profile"],
      ["client_context", token],
      ["mutation_token", token],
      ...INBOX_NAVIGATION,
      ["offline_threading_id", token],
      ...recipientFields(recipients),
    ],
  });
}

/**
 * Shares a story: `POST direct_v2/threads/broadcast/story_share/`. Costs one more request if the
 * story's owner is not known. Throws what broadcast() does, and MediaNotFound.
 */
export async function shareDirectStory(
  client: Client,
  story: MediaRef,
  recipients: Recipients,
): Promise<DirectMessage> {
  const storyId = await resolveMediaId(client, story);
  const token = client.caller.tokens.mutationToken();
  return broadcast(client, "story_share", recipients, {
    fields: [
      ...SENDING,
      ["send_attribution", "reel_feed_timeline"],
      ["client_context", token],
      ["mutation_token", token],
      [
        "nav_chain",
        "1qT:feed_timeline:1,ReelViewerFragment:reel_feed_timeline:4,DirectShareSheetFragment:direct_reshare_sheet:5",
      ],
      ["reel_id", story.pk],
      ["containermodule", "reel_feed_timeline"],
      ["story_media_id", storyId],
      ["offline_threading_id", token],
      ...recipientFields(recipients),
    ],
  });
}

interface Broadcast {
  /** A form's fields without those of the device, or another body. */
  readonly fields?: FormPairs;
  readonly body?: RequestBody;
  readonly query?: FormPairs;
}

/** What a message holds, in the path of its request. */
type MessageKind =
  | "text"
  | "link"
  | "media_share"
  | "profile"
  | "story_share"
  | "configure_photo"
  | "configure_video"
  | "raven_attachment"
  | "voice_attachment";

/**
 * Sends a message once: `POST direct_v2/threads/broadcast/{kind}/`. Returns what Instagram confirms
 * of it: its id, thread and time. Throws UpstreamRefused: DirectThreadNotFound or UserNotFound,
 * DirectMessageRequestsDisabled, and what every operation can throw.
 */
export async function broadcast(
  client: Client,
  kind: MessageKind,
  { threadIds }: Recipients,
  { fields = [], body = form([...deviceFields(client), ...fields]), query }: Broadcast,
): Promise<DirectMessage> {
  const request = () =>
    send(client, json, {
      effect: "write",
      method: "POST",
      path: path`direct_v2/threads/broadcast/${kind}/`,
      ...(query ? { query } : {}),
      body,
    });
  const { payload, message_metadata: sent } = await (threadIds
    ? threadOrNotFound(request)
    : notFoundAs("UserNotFound", "User not found", request));
  // Where it went to several threads, Instagram confirms each in a list.
  const [confirmed] =
    isJsonObject(payload) && "item_id" in payload ? [payload] : listOf(sent, objectOr);
  const message = DirectMessage.read(confirmed ?? null, client.drift);
  if (!message) throw answerUnusable("it names no message");
  return message;
}

/** The fields with which the body of a broadcast begins. */
export const deviceFields = ({ state }: Client): FormPairs => [
  ["_uuid", state.ids.uuid],
  ["device_id", state.ids.android_device_id],
];

/** The fields about the sending itself, as texts and reactions have them. */
export function messageFields(client: Client, attribution: string): FormPairs {
  const token = client.caller.tokens.mutationToken();
  return [
    ["action", "send_item"],
    ["is_x_transport_forward", "false"],
    ["send_silently", "false"],
    ["is_shh_mode", "0"],
    ["send_attribution", attribution],
    ["client_context", token],
    ["mutation_token", token],
    ...INBOX_NAVIGATION,
    ["offline_threading_id", token],
  ];
}

const SENDING: FormPairs = [
  ["action", "send_item"],
  ["is_shh_mode", "0"],
];

/** How the user got to the thread. */
const INBOX_NAVIGATION: FormPairs = [
  ["btt_dual_send", "false"],
  [
    "nav_chain",
    "1qT:feed_timeline:1,1qT:feed_timeline:2,1qT:feed_timeline:3,7Az:direct_inbox:4,7Az:direct_inbox:5,5rG:direct_thread:7",
  ],
  ["is_ae_dual_send", "false"],
];

/** Threads are a list of numbers; the users of one thread a list within a list. */
export const recipientFields = ({ threadIds, userIds }: Recipients): FormPairs =>
  threadIds
    ? [["thread_ids", `[${threadIds.join(",")}]`]]
    : [["recipient_users", `[[${userIds.join(",")}]]`]];
