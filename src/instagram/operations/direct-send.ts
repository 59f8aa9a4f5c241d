import type { Client } from "../client.ts";
import { answerUnusable, notFoundAs } from "../errors.ts";
import { objectOr } from "../json.ts";
import { DirectMessage } from "../models/direct-message.ts";
import { json } from "../readings.ts";
import { asciiJson, type FormPairs, form, path } from "../signing.ts";
import { send } from "../transport.ts";
import { threadOrNotFound } from "./direct.ts";

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

interface Broadcast {
  /** The body without the fields of the device. */
  readonly fields: FormPairs;
  readonly query?: FormPairs;
}

/**
 * Sends a message once: `POST direct_v2/threads/broadcast/{kind}/`. Returns what Instagram confirms
 * of it: its id, thread and time. Throws UpstreamRefused: DirectThreadNotFound or UserNotFound,
 * DirectMessageRequestsDisabled, and what every operation can throw.
 */
export async function broadcast(
  client: Client,
  kind: "text" | "link" | "media_share" | "profile" | "story_share",
  { threadIds }: Recipients,
  { fields, query }: Broadcast,
): Promise<DirectMessage> {
  const request = () =>
    send(client, json, {
      effect: "write",
      method: "POST",
      path: path`direct_v2/threads/broadcast/${kind}/`,
      ...(query ? { query } : {}),
      body: form([...deviceFields(client), ...fields]),
    });
  const { payload } = await (threadIds
    ? threadOrNotFound(request)
    : notFoundAs("UserNotFound", "User not found", request));
  const message = DirectMessage.read(objectOr(payload), client.drift);
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

/** How the user got to the thread. */
export const INBOX_NAVIGATION: FormPairs = [
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
