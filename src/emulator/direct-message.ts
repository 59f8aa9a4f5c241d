import { invalidParameter, json } from "./answer.ts";
import { limitOf, threadOf } from "./direct.ts";
import { sentMedia } from "./message-content.ts";
import { messageText } from "./message-text.ts";
import type { Exchange, Route } from "./router.ts";
import { type Message, messageOf, wordsOf } from "./seed/messages.ts";
import type { Thread } from "./seed/threads.ts";
import { type ComputedList, pageOf } from "./store/list.ts";
import { threadText } from "./thread-text.ts";

/** What a search finds at the most. */
const MOST_FOUND = 20;

/** What threads hold: the search in them, and their photos and videos. */
export const DIRECT_MESSAGE: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/direct_v2/search_secondary/",
    asks: ["query", "offsets", "result_types"],
    handle: search,
  },
  {
    method: "GET",
    path: "/api/v1/direct_v2/threads/{id}/media/",
    asks: ["media_type"],
    handle: media,
  },
];

function search({ world, viewer, query, now }: Exchange): Response {
  for (const name of ["offsets", "result_types"]) checkJson(query.get(name), name);
  const wanted = (query.get("query") ?? "").trim().toLowerCase();
  const found: string[] = [];
  const threads = world.seed.threads.all(viewer, "inbox", now);
  for (const message of messagesWith(threads, wanted)) {
    if (found.length === MOST_FOUND) break;
    const thread = threadText(world, message.thread, message.position, 1);
    const info = `{"item_info":${messageText(world, message)},"match_offsets":[]}`;
    found.push(`{"matched_message_info":${info},"thread":${thread}}`);
  }
  return json(
    `{"message_search_results":{"message_search_result_items":[${found.join(",")}],"has_next":false},"status":"ok"}`,
  );
}

function* messagesWith(threads: Iterable<Thread>, wanted: string): Generator<Message> {
  if (wanted === "") return;
  for (const thread of threads)
    for (let position = 0; position < thread.messageCount; position++) {
      const message = messageOf(thread, position);
      if (wordsOf(message).toLowerCase().includes(wanted)) yield message;
    }
}

function checkJson(text: string | null, name: string): void {
  try {
    JSON.parse(text ?? "");
  } catch {
    throw invalidParameter(name);
  }
}

/** Photos and videos older than `max_timestamp`, newest first. */
function media(exchange: Exchange): Response {
  const { query } = exchange;
  const thread = threadOf(exchange, exchange.param("id"));
  if (query.get("media_type") !== "photos_and_videos") throw invalidParameter("media_type");
  const before = query.get("max_timestamp") ?? "";
  if (!/^\d{0,17}$/.test(before)) throw invalidParameter("max_timestamp");
  const list: ComputedList<string> = {
    length: thread.messageCount,
    at(position) {
      const message = messageOf(thread, position);
      const type = message.kind === "photo" ? 1 : message.kind === "video" ? 2 : undefined;
      const isOlder = before === "" || message.sentAt < Number(before);
      return type !== undefined && isOlder ? mediaText(message, type) : undefined;
    },
  };
  const { items, next } = pageOf(list, 0, limitOf(query, 20));
  return json(
    `{"items":[${items.join(",")}],"more_available":${next !== undefined},"status":"ok"}`,
  );
}

function mediaText(message: Message, type: 1 | 2): string {
  return JSON.stringify({
    item_id: String(message.id),
    user_id: message.sender.pk,
    timestamp: String(message.sentAt),
    item_type: "media",
    media: sentMedia(message, type),
  });
}
