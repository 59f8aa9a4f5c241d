import type { Client } from "../client.ts";
import { notInAnswer } from "../errors.ts";
import { objectOr } from "../json.ts";
import { DirectMedia } from "../models/direct-media.ts";
import { type DirectMessage, DirectMessageSearchResult } from "../models/direct-message.ts";
import { collectList, cursorOf, listOf } from "../paging.ts";
import { json } from "../readings.ts";
import { ifGiven, path } from "../signing.ts";
import { send } from "../transport.ts";
import { getDirectThread, type ThreadInput, threadOrNotFound } from "./direct.ts";

/** The newest messages of a thread, newest first. Costs and throws what getDirectThread() does. */
export async function getDirectMessages(
  client: Client,
  thread: ThreadInput,
): Promise<DirectMessage[]> {
  return (await getDirectThread(client, thread)).messages;
}

/**
 * One of the newest `amount` messages of a thread. Costs what getDirectThread() does.
 * Throws UpstreamRefused: DirectThreadNotFound, DirectMessageNotFound.
 */
export async function getDirectMessage(
  client: Client,
  thread: ThreadInput,
  messageId: string,
): Promise<DirectMessage> {
  const { messages } = await getDirectThread(client, thread);
  const found = messages.find(({ id }) => id === messageId);
  if (found) return found;
  throw notInAnswer(
    "DirectMessageNotFound",
    `Direct message not found among the newest ${messages.length} of the thread`,
  );
}

/**
 * Messages of all threads that contain a text: the first page of `GET direct_v2/search_secondary/`.
 */
export async function getDirectMessagesSearch(
  client: Client,
  query: string,
): Promise<DirectMessageSearchResult[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`direct_v2/search_secondary/`,
    query: [
      ["offsets", '{"message_content":"0","reshared_content":""}'],
      ["query", query],
      ["result_types", '["message_content","reshared_content"]'],
    ],
  });
  const results = objectOr(body.message_search_results).message_search_result_items;
  return listOf(results, (item) => DirectMessageSearchResult.read(item, client.drift)).filter(
    (result) => result !== null,
  );
}

/**
 * Photos and videos of a thread, newest first: `GET direct_v2/threads/{id}/media/`, paged until
 * `amount`. Throws UpstreamRefused: DirectThreadNotFound, and what every operation can throw.
 */
export function getDirectMedia(
  client: Client,
  { threadId, amount }: ThreadInput,
): Promise<DirectMedia[]> {
  return collectList({
    amount,
    fetchPage: async (before) => {
      const body = await threadOrNotFound(() =>
        send(client, json, {
          effect: "read",
          method: "GET",
          path: path`direct_v2/threads/${threadId}/media/`,
          query: [
            ["limit", "20"],
            ["media_type", "photos_and_videos"],
            ...ifGiven("max_timestamp", before),
          ],
        }),
      );
      const items = listOf(body.items, objectOr);
      return {
        items: items.map(({ media, item_id = null }) =>
          DirectMedia.read({ ...objectOr(media), item_id }, client.drift),
        ),
        // The next page starts after this page's last item.
        next: body.more_available ? cursorOf(items.at(-1)?.timestamp) : null,
      };
    },
  });
}
