import { act } from "../actions.ts";
import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer } from "../errors.ts";
import { form, ifGiven, path, signed } from "../signing.ts";
import { getDirectMessages } from "./direct-message.ts";
import { deviceFields, messageFields } from "./direct-send.ts";

/** A message and its thread. */
export interface MessageRef {
  threadId: string;
  messageId: string;
}

/**
 * Deletes a message of the account for everyone: `POST direct_v2/threads/{id}/items/{item}/delete/`.
 * Throws UpstreamRefused: DirectThreadNotFound, DirectMessageNotFound, and what every operation can
 * throw.
 */
export const deleteDirectMessage = (
  client: Client,
  { threadId, messageId }: MessageRef,
): Promise<boolean> =>
  messageOrNotFound(() =>
    act(client, {
      path: path`direct_v2/threads/${threadId}/items/${messageId}/delete/`,
      body: signed({ _uuid: client.state.ids.uuid }),
    }),
  );

export interface Reaction {
  message: MessageRef;
  emoji: string;
  /** Removes it. */
  revert: boolean;
  /** `client_context` of the message, "" if unknown. */
  clientContext: string;
  /** What the user did, such as `double_tap`. */
  actionSource: string;
  /** `item_type` of a message that needs it, such as `raven_media`; else "". */
  targetItemType: string;
}

/** What a like is. */
export const HEART = "❤";
export const DOUBLE_TAP = "double_tap";

/**
 * Reacts to a message, or takes the account's reaction back:
 * `POST direct_v2/threads/broadcast/reaction/`. Throws as deleteDirectMessage() does.
 */
export const reactToDirectMessage = (
  client: Client,
  { message, emoji, revert, clientContext, actionSource, targetItemType }: Reaction,
): Promise<boolean> =>
  messageOrNotFound(() =>
    act(client, {
      path: path`direct_v2/threads/broadcast/reaction/`,
      body: form([
        ...deviceFields(client),
        ...messageFields(client, "message_reaction"),
        ["thread_ids", `["${message.threadId}"]`],
        ["item_type", "reaction"],
        ["reaction_type", "like"],
        ["reaction_status", revert ? "deleted" : "created"],
        ["node_type", "item"],
        ["item_id", message.messageId],
        ["emoji", emoji],
        ["reaction_action_source", actionSource],
        ...ifGiven("original_message_client_context", clientContext),
        ...ifGiven("target_item_type", targetItemType),
      ]),
    }),
  );

/**
 * Marks a message, and with it all before it, as seen:
 * `POST direct_v2/threads/{id}/items/{item}/seen/`. Throws as deleteDirectMessage() does.
 */
export function markDirectMessageSeen(
  client: Client,
  { threadId, messageId }: MessageRef,
): Promise<boolean> {
  const token = client.caller.tokens.mutationToken();
  return messageOrNotFound(() =>
    act(client, {
      path: path`direct_v2/threads/${threadId}/items/${messageId}/seen/`,
      body: form([
        ["thread_id", threadId],
        ["action", "mark_seen"],
        ["client_context", token],
        ["_uuid", client.state.ids.uuid],
        ["offline_threading_id", token],
      ]),
    }),
  );
}

/** As many of a thread's newest messages are read to find the newest one, as the app shows at once. */
const FIRST_MESSAGES = 20;

/**
 * Marks a thread as seen up to its newest message. Costs what getDirectMessages() does, and one
 * more. Throws as deleteDirectMessage() does; DirectMessageNotFound for a thread without messages.
 */
export async function markDirectThreadSeen(client: Client, threadId: string): Promise<boolean> {
  const [newest] = await getDirectMessages(client, { threadId, amount: FIRST_MESSAGES });
  if (!newest) throw notInAnswer("DirectMessageNotFound", "The thread has no message to see");
  return markDirectMessageSeen(client, { threadId, messageId: newest.id });
}

/** Makes a request about a message: a 404 means that the thread has no such message. */
const messageOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("DirectMessageNotFound", "Direct message not found", request);
