import { invalidParameter, type JsonObject, ok, refuse } from "./answer.ts";
import { type Fields, textField } from "./body.ts";
import { idsIn, knownPersons, threadOf } from "./direct.ts";
import { postOf } from "./media.ts";
import type { Exchange, Route } from "./router.ts";
import { fixedOf } from "./seed/fixtures.ts";
import type { MessageKind, SentFile, Share } from "./seed/messages.ts";
import type { Person } from "./seed/people.ts";
import type { Story } from "./seed/stories.ts";
import type { Thread } from "./seed/threads.ts";
import { BEGINNING } from "./store/list.ts";
import { findPerson } from "./user.ts";
import type { Draft, Sent } from "./world/direct-draft.ts";

/** Most characters of a text. */
const LONGEST = 1_000;
/** Most other users in a thread. */
export const MOST_USERS = 250;
/** Most threads that one message goes to. */
const MOST_THREADS = 32;

/** What a message holds. */
export interface Content {
  readonly kind: MessageKind;
  readonly text?: string | undefined;
  readonly share?: Share;
  readonly sent?: SentFile;
}

/** One kind of message; `content` reads what it holds from the fields. */
const broadcast = (
  name: string,
  requiredFields: readonly string[],
  content: (exchange: Exchange) => Content,
): Route => ({
  ...broadcastRoute(name, [...requiredFields, "action"]),
  handle: (exchange) => send(exchange, content(exchange)),
});

/** A request that sends a message. */
export const broadcastRoute = (name: string, requiredFields: readonly string[]) =>
  ({
    method: "POST",
    path: `/api/v1/direct_v2/threads/broadcast/${name}/`,
    acts: "message",
    body: "form",
    requiredFields: [...requiredFields, "client_context"],
  }) as const;

/** What is sent to threads or users. */
export const DIRECT_SEND: readonly Route[] = [
  broadcast("text", ["text"], ({ fields }) => ({ kind: "text", text: textIn(fields, "text") })),
  broadcast("link", ["link_text", "link_urls"], ({ fields }) => ({
    kind: "link",
    text: textIn(fields, "link_text"),
    share: { link: firstLink(textField(fields, "link_urls")) },
  })),
  broadcast("like", [], () => ({ kind: "like" })),
  broadcast("media_share", ["media_id"], (exchange) => {
    const post = postOf(exchange, textField(exchange.fields, "media_id") ?? "");
    return { kind: post.kind === "clip" ? "clip" : "media_share", share: { post } };
  }),
  broadcast("profile", ["profile_user_id"], ({ world, viewer, fields }) => {
    const profile = findPerson(world, textField(fields, "profile_user_id") ?? "");
    if (profile === undefined || world.friendships.blocks.has(profile, viewer))
      throw refuse(400, "User not found");
    return { kind: "profile", share: { profile } };
  }),
  broadcast("story_share", ["story_media_id", "reel_id"], (exchange) => ({
    kind: "story_share",
    text: textIn(exchange.fields, "text"),
    share: { story: storyOf(exchange, "story_media_id") },
  })),
  // An answer to a story.
  broadcast("reel_share", ["media_id", "reel_id", "text"], (exchange) => ({
    kind: "reel_share",
    text: textIn(exchange.fields, "text"),
    share: { story: storyOf(exchange, "media_id") },
  })),
];

function textIn(fields: Fields, name: string): string | undefined {
  const text = textField(fields, name);
  if (text !== undefined && text.length > LONGEST) throw refuse(400, "Your message is too long.");
  return text;
}

/** The first URL in the JSON text of a list. */
function firstLink(text: string | undefined): string {
  const urls = jsonOf(text);
  if (!Array.isArray(urls) || urls.length === 0) throw invalidParameter("link_urls");
  const [first] = urls;
  if (typeof first !== "string" || first === "" || first.length > LONGEST)
    throw invalidParameter("link_urls");
  return first;
}

function jsonOf(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

/** A story that is shown now, if the viewer may see it. Throws a Refusal (400) otherwise. */
function storyOf({ world, viewer, fields }: Exchange, name: string): Story {
  const story = world.stories.byMediaId(textField(fields, name) ?? "");
  const isShown = story !== undefined && world.stories.isShown(story);
  if (!isShown || !world.seesStory(viewer, story))
    throw refuse(400, "Media not found or unavailable");
  return story;
}

/** Sends to existing threads, or to users in one thread. */
export function send(exchange: Exchange, { kind, text, share, sent: file }: Content): Response {
  const context = textField(exchange.fields, "client_context") ?? "";
  const sender = exchange.viewer;
  return acknowledged(
    sentBy(exchange, { sender, kind, text, share, sent: file, context }),
    context,
  );
}

/** The answer to a request that has sent messages. */
export function acknowledged(messages: readonly Sent[], context: string): Response {
  const metadata = confirmed(messages, context);
  return ok({
    action: "item_ack",
    status_code: "200",
    // Only a list can confirm messages to several threads.
    ...(metadata.length === 1
      ? { payload: metadata[0], message_metadata: [] }
      : { message_metadata: metadata }),
  });
}

/** What the sender is told of messages. */
export const confirmed = (messages: readonly Sent[], context: string): JsonObject[] =>
  messages.map((message) => ({
    client_context: context,
    item_id: String(message.id),
    timestamp: String(message.sentAt),
    thread_id: String(message.thread.id),
  }));

/** Sends a message to the threads or users in the fields. Throws a Refusal (400, 403). */
export function sentBy(exchange: Exchange, draft: Draft): Sent[] {
  const { world, fields } = exchange;
  const threads = threadsIn(exchange);
  if (threads !== undefined) {
    for (const { members } of threads) checkReached(exchange, members);
    return world.direct.send(threads, draft);
  }
  // A list that holds one list: the users of one thread.
  const users = /^\[(\[.*\])\]$/s.exec(textField(fields, "recipient_users") ?? "")?.[1];
  return [world.direct.sendToUsers(recipientsIn(exchange, users, "recipient_users"), draft)];
}

/**
 * The messages that the viewer has sent with the same context before: a retry, whose file belongs to
 * them by now. Undefined where there are none.
 */
export function sentBefore(exchange: Exchange): Sent[] | undefined {
  const { world, viewer, fields } = exchange;
  const context = textField(fields, "client_context") ?? "";
  const threads = threadsIn(exchange) ?? [undefined];
  const known = threads.flatMap((thread) => world.direct.sentBefore(viewer, context, thread) ?? []);
  return known.length < threads.length ? undefined : known;
}

/** The viewer's threads that the fields name, each once; undefined where they name users. */
function threadsIn(exchange: Exchange): Thread[] | undefined {
  const text = textField(exchange.fields, "thread_ids");
  // Some apps send both, one of them empty.
  if (text === undefined || text === "[]") return undefined;
  const threads = idsIn(text, "thread_ids").map((id) => threadOf(exchange, id));
  if (threads.length > MOST_THREADS) throw invalidParameter("thread_ids");
  return [...new Map(threads.map((thread) => [thread.id, thread])).values()];
}

/** The users in the JSON text of a list who can be written to. Throws a Refusal (400, 403) otherwise. */
export function recipientsIn(exchange: Exchange, text: string | undefined, name: string): Person[] {
  const { viewer } = exchange;
  const ids = [...new Set(idsIn(text, name))];
  const others = knownPersons(exchange, ids).filter(({ pk }) => pk !== viewer.pk);
  if (others.length < ids.length || ids.length > MOST_USERS)
    throw refuse(400, "Invalid recipients");
  checkReached(exchange, others);
  return others;
}

/** Throws a Refusal where a conversation of two is not possible: blocks, and accounts that take no requests. */
function checkReached({ world, viewer }: Exchange, others: readonly Person[]): void {
  const isBlocked = (person: Person) => world.friendships.isBlocked(viewer, person);
  if (others.length === 1 && others.some(isBlocked)) throw refuse(400, "Invalid recipients");
  for (const person of others)
    if (!takesMessages({ world, viewer }, person))
      throw refuse(403, "You can't message this account unless they follow you.");
}

/** True where a conversation of two is possible. */
export const reaches = ({ world, viewer }: Exchange, person: Person): boolean =>
  !world.friendships.isBlocked(viewer, person) && takesMessages({ world, viewer }, person);

type Asking = Pick<Exchange, "world" | "viewer">;

/** False for an account that takes no requests, unless it follows the viewer or has written before. */
function takesMessages({ world, viewer }: Asking, person: Person): boolean {
  if (fixedOf(person).takesNoRequests !== true) return true;
  if (world.friendships.follows.has(person, viewer)) return true;
  const thread = world.direct.withMembers(viewer, [person]);
  if (thread === undefined) return false;
  for (const [, { sender }] of world.direct.messagesIn(thread).from(BEGINNING))
    if (sender.pk === person.pk) return true;
  return false;
}
