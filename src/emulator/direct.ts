import { invalidParameter, type JsonObject, json, ok, refuse } from "./answer.ts";
import { idList, textField } from "./body.ts";
import { countOf, placeOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { usersFound } from "./search.ts";
import { mix } from "./seed/numbers.ts";
import type { Person } from "./seed/people.ts";
import type { Folder, Thread } from "./seed/threads.ts";
import { userShort } from "./seed/user-shape.ts";
import { BEGINNING } from "./store/list.ts";
import { startOf, threadText } from "./thread-text.ts";
import { issueCursor } from "./token.ts";
import { findPerson } from "./user.ts";
import type { World } from "./world.ts";

/** Threads on a page of an inbox, or messages on a page of a thread, where the request does not say. */
const USUAL_PAGE = 20;
/** Messages of each thread in an inbox, where the request does not say. */
const USUAL_MESSAGES = 10;
const LARGEST_PAGE = 100;

const INBOX_QUERY = ["visual_message_return_type", "persistentBadging"] as const;

/** Inboxes, threads, suggested recipients and presence. */
export const DIRECT: readonly Route[] = [
  { method: "GET", path: "/api/v1/direct_v2/inbox/", requiredQuery: INBOX_QUERY, handle: inbox },
  {
    method: "GET",
    path: "/api/v1/direct_v2/pending_inbox/",
    requiredQuery: INBOX_QUERY,
    handle: (exchange) => inboxPage(exchange, "pending", () => true, ""),
  },
  {
    method: "GET",
    path: "/api/v1/direct_v2/spam_inbox/",
    requiredQuery: INBOX_QUERY,
    handle: (exchange) => inboxPage(exchange, "spam", () => true, ""),
  },
  {
    method: "GET",
    path: "/api/v1/direct_v2/threads/{id}/",
    requiredQuery: ["visual_message_return_type", "direction"],
    handle: oneThread,
  },
  {
    method: "GET",
    path: "/api/v1/direct_v2/threads/get_by_participants/",
    requiredQuery: ["recipient_users"],
    handle: byParticipants,
  },
  {
    method: "GET",
    path: "/api/v1/direct_v2/ranked_recipients/",
    requiredQuery: ["mode", "query"],
    handle: rankedRecipients,
  },
  { method: "GET", path: "/api/v1/direct_v2/get_presence/", handle: activeNow },
  { method: "GET", path: "/api/v1/direct_v2/get_presence_active_now/", handle: activeNow },
  {
    method: "POST",
    path: "/api/v1/direct_v2/fetch_and_subscribe_presence/",
    body: "form",
    requiredFields: ["_uuid", "request_data"],
    handle: (exchange) => {
      const ids = idsIn(textField(exchange.fields, "request_data"), "request_data");
      return presence(knownPersons(exchange, ids), exchange.now);
    },
  },
];

/** The viewer's thread with an id. Throws a Refusal with 400, not 404, where the viewer has none. */
export function threadOf({ world, viewer }: Exchange, id: string): Thread {
  const thread = world.direct.byId(viewer, id);
  if (thread === undefined) throw refuse(400, "Thread does not exist");
  return thread;
}

/** The size of a page in a parameter, as countOf() reads it from `count`. */
export function limitOf(query: URLSearchParams, usual: number, name = "limit"): number {
  return countOf(new URLSearchParams({ count: query.get(name) ?? "" }), usual, LARGEST_PAGE);
}

/** The value of a parameter that allows only some values; "" where it is not given. */
function choiceOf(query: URLSearchParams, name: string, choices: readonly string[]): string {
  const value = query.get(name) ?? "";
  if (value !== "" && !choices.includes(value)) throw invalidParameter(name);
  return value;
}

function inbox(exchange: Exchange): Response {
  const { query } = exchange;
  const filter = choiceOf(query, "selected_filter", ["flagged", "unread"]);
  const folder = choiceOf(query, "folder", ["0", "1"]);
  const isShown = (thread: Thread): boolean =>
    (filter !== "flagged" || thread.isFlagged) &&
    (filter !== "unread" || exchange.world.direct.isUnread(thread)) &&
    (folder === "" || String(thread.box) === folder);
  return inboxPage(exchange, "inbox", isShown, `${filter} ${folder}`);
}

/** A page of the threads in a folder. Cursors are bound to `view`, which names the selection. */
function inboxPage(
  { world, viewer, query }: Exchange,
  folder: Folder,
  isShown: (thread: Thread) => boolean,
  view: string,
): Response {
  const { direct } = world;
  choiceOf(query, "direction", ["older"]);
  const list = `${folder} ${viewer.pk} ${view}`;
  const all = direct.inFolder(viewer, folder);
  // Threads move up with new messages, so cursors hold the time of the last activity.
  const shown = all
    .filter(isShown)
    .map((thread) => ({ thread, place: -direct.lastActivity(thread) }));
  const start = placeOf(query.get("cursor") ?? "", list, "cursor");
  const left = shown.filter(({ place }) => place >= start);
  const size = limitOf(query, USUAL_PAGE);
  const page = left.slice(0, size);
  const next = left[size];
  const latest = page[0] === undefined ? 0 : -page[0].place;
  const messages = limitOf(query, USUAL_MESSAGES, "thread_message_limit");
  const rest = JSON.stringify({
    has_older: next !== undefined,
    unseen_count: all.filter((thread) => direct.isUnread(thread)).length,
    unseen_count_ts: latest,
    blended_inbox_enabled: true,
    ...(next === undefined ? {} : { oldest_cursor: issueCursor(list, next.place) }),
  });
  const texts = page.map(({ thread }) => threadText(world, thread, BEGINNING, messages));
  const around = JSON.stringify({
    seq_id: 40_065 + viewer.slot,
    snapshot_at_ms: Math.floor(latest / 1_000),
    pending_requests_total: direct.countIn(viewer, "pending"),
    has_pending_top_requests: false,
    viewer: userShort(viewer),
    status: "ok",
  });
  return json(`{"inbox":{"threads":[${texts.join(",")}],${rest.slice(1)},${around.slice(1)}`);
}

function oneThread(exchange: Exchange): Response {
  const { world, query } = exchange;
  const thread = threadOf(exchange, exchange.param("id"));
  choiceOf(query, "direction", ["older"]);
  const start = startOf(thread, query.get("cursor") ?? "");
  const text = threadText(world, thread, start, limitOf(query, USUAL_PAGE));
  return json(`{"thread":${text},"status":"ok"}`);
}

/** The viewer's thread with some users; without one, the users with their counts, to start a thread. */
function byParticipants(exchange: Exchange): Response {
  const { world, viewer, query } = exchange;
  const ids = idsIn(query.get("recipient_users"), "recipient_users");
  const others = knownPersons(exchange, ids).filter(({ pk }) => pk !== viewer.pk);
  const thread = world.direct.withMembers(viewer, others);
  if (thread === undefined || others.length < ids.length)
    return ok({ users: others.map((person) => withCounts(world.counts(person), person)) });
  const users = JSON.stringify(others.map(userShort));
  const text = threadText(world, thread, BEGINNING, limitOf(query, USUAL_PAGE));
  return json(`{"thread":${text},"users":${users},"status":"ok"}`);
}

type Counts = ReturnType<World["counts"]>;

function withCounts(counts: Counts, person: Person): JsonObject {
  return {
    ...userShort(person),
    media_count: counts.posts,
    follower_count: counts.followers,
    following_count: counts.following,
    mutual_followers_count: 0,
  };
}

/** Users by name and groups by title; without a query, the users of the latest threads. */
function rankedRecipients(exchange: Exchange): Response {
  const { world, viewer, query } = exchange;
  choiceOf(query, "mode", ["raven", "reshare", "universal"]);
  const wanted = (query.get("query") ?? "").trim().toLowerCase();
  const most = limitOf(query, 10, "max_ig_results");
  const all = world.direct.inFolder(viewer, "inbox");
  const persons =
    wanted === ""
      ? all.flatMap(({ isGroup, members }) => (isGroup ? [] : members)).slice(0, most)
      : usersFound(exchange, wanted, most);
  const groups = all.filter(({ name }) => name?.toLowerCase().includes(wanted));
  const shown = query.get("show_threads") === "true" ? groups.slice(0, 5) : [];
  return ok({
    ranked_recipients: [
      ...persons.map((person) => ({ user: userShort(person) })),
      ...shown.map((group) => ({ thread: recipientThread(group) })),
    ],
    expires: 86_400,
    filtered: false,
    request_id: "emulator",
    rank_token: "emulator",
  });
}

function recipientThread({ id, name, members, owner }: Thread): JsonObject {
  return {
    thread_id: String(id),
    thread_title: name ?? "",
    thread_type: "private",
    canonical: false,
    named: true,
    pending: false,
    viewer_id: owner.pk,
    users: members.map(userShort),
  };
}

/** The users of one-to-one threads who are active. */
function activeNow({ world, viewer, now }: Exchange): Response {
  const threads = world.direct.inFolder(viewer, "inbox");
  const contacts = threads.flatMap(({ isGroup, members }) => (isGroup ? [] : members));
  return presence(
    contacts.filter((person) => isActive(person, now)),
    now,
  );
}

const HOUR = 3_600_000;

/** Verified users are always active, a third of all others in each hour. */
const isActive = ({ slot, isVerified }: Person, now: number): boolean =>
  isVerified || mix(slot, Math.floor(now / HOUR)) % 3 === 0;

function presence(persons: readonly Person[], now: number): Response {
  const entries = persons.map((person) => {
    const active = isActive(person, now);
    const ago = active ? 0 : (1 + (mix(person.slot, 66) % 48)) * HOUR;
    return [
      String(person.pk),
      { is_active: active, last_activity_at_ms: now - ago, in_threads: [] },
    ] as const;
  });
  return ok({ user_presence: Object.fromEntries(entries) });
}

/** The ids in the JSON text of a list. Throws a Refusal where the list is empty or not a list of ids. */
export function idsIn(text: string | null | undefined, name: string): string[] {
  const ids = idList(text);
  if (ids === undefined || ids.length === 0) throw invalidParameter(name);
  return ids;
}

/** The users with some ids, without unknown ids (as upstream) and users who blocked the viewer. */
export function knownPersons({ world, viewer }: Exchange, ids: readonly string[]): Person[] {
  return ids
    .flatMap((id) => findPerson(world, id) ?? [])
    .filter((person) => !world.friendships.blocks.has(person, viewer));
}
