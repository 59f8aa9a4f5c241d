import { invalidParameter, json } from "./answer.ts";
import { limitOf, threadOf } from "./direct.ts";
import { sentMedia } from "./message-media.ts";
import { messageText } from "./message-text.ts";
import type { Exchange, Route } from "./router.ts";
import { type Message, wordsOf } from "./seed/messages.ts";
import type { Person } from "./seed/people.ts";
import type { Thread } from "./seed/threads.ts";
import { BEGINNING, pageOf } from "./store/list.ts";
import { threadText } from "./thread-text.ts";
import type { World } from "./world.ts";

/** Most messages that a search finds. */
const MOST_FOUND = 20;

/** Search in messages, and the photos and videos of a thread. */
export const DIRECT_MESSAGE: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/direct_v2/search_secondary/",
    requiredQuery: ["query", "offsets", "result_types"],
    handle: search,
  },
  {
    method: "GET",
    path: "/api/v1/direct_v2/threads/{id}/media/",
    requiredQuery: ["media_type"],
    handle: media,
  },
];

function search({ world, viewer, query }: Exchange): Response {
  for (const name of ["offsets", "result_types"]) checkJson(query.get(name), name);
  const wanted = (query.get("query") ?? "").trim().toLowerCase();
  const found: string[] = [];
  for (const { thread, place, message } of messagesWith(world, viewer, wanted)) {
    if (found.length === MOST_FOUND) break;
    const info = `{"item_info":${messageText(world, message)},"match_offsets":[]}`;
    found.push(`{"matched_message_info":${info},"thread":${threadText(world, thread, place, 1)}}`);
  }
  return json(
    `{"message_search_results":{"message_search_result_items":[${found.join(",")}],"has_next":false},"status":"ok"}`,
  );
}

interface Match {
  readonly thread: Thread;
  readonly place: number;
  readonly message: Message;
}

function* messagesWith(world: World, viewer: Person, wanted: string): Generator<Match> {
  if (wanted === "") return;
  for (const thread of world.direct.inFolder(viewer, "inbox"))
    for (const [place, message] of world.direct.messagesIn(thread).from(BEGINNING))
      if (wordsOf(message).toLowerCase().includes(wanted)) yield { thread, place, message };
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
  const isOlder = ({ sentAt }: Message) => before === "" || sentAt < Number(before);
  const { items, next } = pageOf(
    exchange.world.direct.messagesIn(thread),
    BEGINNING,
    limitOf(query, 20),
    (message) => typeOf(message) !== undefined && isOlder(message),
  );
  const texts = items.map(mediaText);
  return json(
    `{"items":[${texts.join(",")}],"more_available":${next !== undefined},"status":"ok"}`,
  );
}

/** 1 for a photo, 2 for a video; undefined for all that does not stay, and for other messages. */
function typeOf({ kind, sent }: Message): 1 | 2 | undefined {
  if (kind === "photo") return 1;
  if (kind === "video") return 2;
  if (kind !== "raven_new" || sent?.viewMode !== "permanent") return undefined;
  return sent.item.video === undefined ? 1 : 2;
}

function mediaText(message: Message): string {
  return JSON.stringify({
    item_id: String(message.id),
    user_id: message.sender.pk,
    timestamp: String(message.sentAt),
    item_type: "media",
    media: sentMedia(message, typeOf(message) ?? 1),
  });
}
