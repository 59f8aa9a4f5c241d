import type { Client } from "../client.ts";
import { notFoundAs, notInAnswer } from "../errors.ts";
import {
  asPlain,
  isJsonObject,
  type Json,
  type JsonObject,
  type JsonText,
  objectOr,
  type VerbatimJsonObject,
} from "../json.ts";
import { DirectThread, DirectThreadPage } from "../models/direct-thread.ts";
import { UserShort } from "../models/user-short.ts";
import { collectList, collectPage, cursorOf, listOf, type UpstreamPage } from "../paging.ts";
import { json, passthrough, verbatimJson } from "../readings.ts";
import { type FormPairs, form, ifGiven, path } from "../signing.ts";
import { send } from "../transport.ts";

/** Which threads of the inbox, and how many messages come with each. */
export interface InboxView {
  selectedFilter: "" | "flagged" | "unread";
  /** Business accounts have two boxes. */
  box: "" | "general" | "primary";
  /** 0 means 10. */
  threadMessageLimit: number;
}

/** One page of the inbox, latest activity first: `GET direct_v2/inbox/`. */
export function getDirectInbox(
  client: Client,
  view: InboxView,
  cursor: string,
): Promise<DirectThreadPage> {
  return onePage(cursor, (from) => inboxPage(client, view, from));
}

/** `amount` threads of the inbox (Infinity: all): `GET direct_v2/inbox/`, paged. */
export function getDirectThreads(
  client: Client,
  view: InboxView,
  amount: number,
): Promise<DirectThread[]> {
  return collectList({
    amount,
    fetchPage: (from) => inboxPage(client, view, from),
  });
}

/** One page of message requests: `GET direct_v2/pending_inbox/`. */
export function getDirectPending(client: Client, cursor: string): Promise<DirectThreadPage> {
  return onePage(cursor, (from) => pendingPage(client, from));
}

/** `amount` message requests (Infinity: all): `GET direct_v2/pending_inbox/`, paged. */
export function getDirectRequests(client: Client, amount: number): Promise<DirectThread[]> {
  return collectList({
    amount,
    fetchPage: (from) => pendingPage(client, from),
  });
}

/** One page of hidden message requests: `GET direct_v2/spam_inbox/`. */
export function getDirectSpam(client: Client, cursor: string): Promise<DirectThreadPage> {
  return onePage(cursor, (from) =>
    threadsAt(client, path`direct_v2/spam_inbox/`, [
      ["visual_message_return_type", "unseen"],
      ["persistentBadging", "true"],
      ["is_prefetching", "false"],
      ...ifGiven("cursor", from),
    ]),
  );
}

/** The value of `folder` for each box. */
const FOLDERS = { "": "", general: "1", primary: "0" } as const;

function inboxPage(
  client: Client,
  { selectedFilter, box, threadMessageLimit }: InboxView,
  cursor: string,
): Promise<UpstreamPage<DirectThread>> {
  return threadsAt(client, path`direct_v2/inbox/`, [
    ["visual_message_return_type", "unseen"],
    ["thread_message_limit", String(threadMessageLimit || 10)],
    ["persistentBadging", "true"],
    ["limit", "20"],
    ["is_prefetching", "false"],
    ...ifGiven("selected_filter", selectedFilter),
    ...ifGiven("folder", FOLDERS[box]),
    ...ifGiven("cursor", cursor),
    ...ifGiven("direction", cursor && "older"),
    ...ifGiven("fetch_reason", cursor && "page_scroll"),
  ]);
}

function pendingPage(client: Client, cursor: string): Promise<UpstreamPage<DirectThread>> {
  return threadsAt(client, path`direct_v2/pending_inbox/`, [
    ["visual_message_return_type", "unseen"],
    ["persistentBadging", "true"],
    ["is_prefetching", "false"],
    ["request_session_id", client.state.ids.request_id],
    ...ifGiven("cursor", cursor),
  ]);
}

async function threadsAt(
  client: Client,
  inboxPath: string,
  query: FormPairs,
): Promise<UpstreamPage<DirectThread>> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: inboxPath,
    query,
  });
  const { items, next_cursor: next } = DirectThreadPage.read(objectOr(body.inbox), client.drift);
  return { items, next };
}

type FetchThreads = (cursor: string) => Promise<UpstreamPage<DirectThread>>;

/** One upstream page, whatever its length. */
const onePage = (cursor: string, fetchPage: FetchThreads): Promise<DirectThreadPage> =>
  collectPage({ amount: Infinity, cursor, fillsPage: false, fetchPage });

export interface ThreadInput {
  threadId: string;
  /** How many of the newest messages; Infinity for all. */
  amount: number;
}

/**
 * A thread with its newest messages: `GET direct_v2/threads/{id}/`, paged until `amount`. Throws
 * UpstreamRefused: DirectThreadNotFound, and what every operation can throw.
 */
export async function getDirectThread(
  client: Client,
  { threadId, amount }: ThreadInput,
): Promise<DirectThread> {
  // Each page holds the whole thread with some of its messages.
  let latest = null as JsonObject | null;
  const items = await collectList<Json>({
    amount,
    fetchPage: async (cursor) => {
      const body = await threadOrNotFound(() =>
        send(client, json, {
          effect: "read",
          method: "GET",
          path: path`direct_v2/threads/${threadId}/`,
          query: [
            ["visual_message_return_type", "unseen"],
            ["direction", "older"],
            ["seq_id", "40065"],
            ["limit", "20"],
            ...ifGiven("cursor", cursor),
          ],
        }),
      );
      if (isJsonObject(body.thread)) latest = body.thread;
      const page = objectOr(body.thread);
      return { items: listOf(page.items, (item) => item), next: cursorOf(page.oldest_cursor) };
    },
  });
  const thread =
    latest &&
    // A thread without an id is the one that was asked for.
    (DirectThread.read({ ...latest, items }, client.drift) ??
      DirectThread.read({ ...latest, items, thread_id: threadId }, client.drift));
  if (!thread) throw notInAnswer("DirectThreadNotFound", THREAD_NOT_FOUND);
  return thread;
}

const THREAD_NOT_FOUND = "Direct thread not found";

/** Makes a request for a thread: a 404 means that the account has no such thread. */
export const threadOrNotFound = <T>(request: () => Promise<T>): Promise<T> =>
  notFoundAs("DirectThreadNotFound", THREAD_NOT_FOUND, request);

/** Instagram's answer with its users as models. Without `thread` if there is no such thread. */
export interface ThreadByParticipants {
  users: UserShort[];
  [field: string]: unknown;
}

/**
 * The thread between the account and exactly these users, by pk:
 * `GET direct_v2/threads/get_by_participants/`.
 */
export async function getDirectThreadByParticipants(
  client: Client,
  userIds: readonly string[],
): Promise<ThreadByParticipants> {
  const body = await send(client, verbatimJson, {
    effect: "read",
    method: "GET",
    path: path`direct_v2/threads/get_by_participants/`,
    query: [
      ["recipient_users", listText(userIds)],
      ["seq_id", "2580572"],
      ["limit", "20"],
    ],
  });
  const users = listOf(body.users, (user) => UserShort.read(asPlain(user), client.drift));
  return { ...body, users: users.filter((user) => user !== null) };
}

/**
 * Who is active. For given pks: the whole answer of `POST direct_v2/fetch_and_subscribe_presence/`.
 * Without pks, for the account's contacts: `user_presence` of
 * `GET direct_v2/get_presence_active_now/`, an object with pks as keys.
 */
export async function getDirectPresence(
  client: Client,
  userIds: readonly string[],
): Promise<JsonText | VerbatimJsonObject> {
  const { uuid, android_device_id: deviceId } = client.state.ids;
  if (userIds.length > 0)
    return send(client, passthrough, {
      effect: "read",
      method: "POST",
      path: path`direct_v2/fetch_and_subscribe_presence/`,
      body: form([
        ["_uuid", uuid],
        ["device_id", deviceId],
        ["subscriptions_off", "false"],
        ["request_data", listText(userIds)],
      ]),
    });
  const body = await send(client, verbatimJson, {
    effect: "read",
    method: "GET",
    path: path`direct_v2/get_presence_active_now/`,
    query: [
      ["recent_thread_limit", "0"],
      ["suggested_followers_limit", "100"],
    ],
  });
  return objectOr(body.user_presence);
}

/** JSON text of a list of pks as numbers, without losing a digit. */
const listText = (ids: readonly string[]): string => `[${ids.join(",")}]`;

/**
 * Users to write to, best match first: `GET direct_v2/ranked_recipients/`. Leaves out threads, and
 * people who are only on Facebook.
 */
export async function getDirectSearch(
  client: Client,
  query: string,
  mode: "raven" | "universal",
): Promise<UserShort[]> {
  const body = await send(client, json, {
    effect: "read",
    method: "GET",
    path: path`direct_v2/ranked_recipients/`,
    query: [
      ["max_ig_bus_results", "10"],
      ["mode", mode],
      ["show_threads", "true"],
      ["query", query],
      ["max_ig_results", "10"],
      ["max_fb_results", "0"],
    ],
  });
  const users = listOf(body.ranked_recipients, (recipient) => {
    const user = isJsonObject(recipient) ? recipient.user : undefined;
    const onInstagram = isJsonObject(user) && user.username !== undefined && user.username !== "";
    return onInstagram ? UserShort.read(user, client.drift) : null;
  });
  return users.filter((user) => user !== null);
}
