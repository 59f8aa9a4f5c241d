import type { JsonObject } from "./answer.ts";
import { messageText } from "./message-text.ts";
import { placeOf } from "./page.ts";
import type { Message } from "./seed/messages.ts";
import type { Person } from "./seed/people.ts";
import { isDated, type Thread } from "./seed/threads.ts";
import { userShort } from "./seed/user-shape.ts";
import { pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";
import type { World } from "./world.ts";

/** A place before all messages that a cursor can hold. */
const NEWEST = Number.MIN_SAFE_INTEGER;

/** The name that cursors of a thread's messages are bound to. */
const listOf = ({ id }: Thread): string => `thread ${id}`;

/** The place at which a page of a thread's messages starts; without a cursor, the newest message. */
export const startOf = (thread: Thread, cursor: string): number =>
  placeOf(cursor, listOf(thread), "cursor");

/** JSON text of a thread with `count` messages from a place on, newest first. */
export function threadText(world: World, thread: Thread, start: number, count: number): string {
  const messages = world.direct.messagesIn(thread);
  const { items, next } = pageOf(messages, start, count);
  const texts = items.map((message) => messageText(world, message));
  const newest = world.direct.newest(thread, 2);
  const shape = JSON.stringify({
    ...threadShape(world, thread, newest),
    ...pageShape(thread, start, next),
  });
  const membersText = (persons: readonly Person[]): string =>
    persons.map((person) => memberText(world, thread.owner, person)).join(",");
  const last = newest[0] === undefined ? "null" : messageText(world, newest[0]);
  return (
    `${shape.slice(0, -1)},"users":[${membersText(thread.members)}],` +
    `"left_users":[${membersText(thread.left)}],"items":[${texts.join(",")}],` +
    `"last_permanent_item":${last}}`
  );
}

/** The upstream has two cursors for each direction, and special values at the two ends. */
function pageShape(thread: Thread, start: number, next: number | undefined): JsonObject {
  const cursorAt = (place: number) => issueCursor(listOf(thread), place);
  const older = next === undefined ? "" : cursorAt(next);
  const hasNewer = start > NEWEST;
  return {
    has_older: next !== undefined,
    has_newer: hasNewer,
    oldest_cursor: older,
    prev_cursor: older === "" ? "MINCURSOR" : older,
    newest_cursor: cursorAt(Math.max(start, NEWEST)),
    next_cursor: hasNewer ? cursorAt(start) : "MAXCURSOR",
  };
}

/** All of a thread but its messages and members; `newest` are its two newest messages. */
function threadShape(world: World, thread: Thread, newest: readonly Message[]): JsonObject {
  const { owner, members, folder, isGroup, name } = thread;
  const isUnread = world.direct.isUnread(thread);
  const [first] = members;
  const admin = thread.creator ?? first;
  return {
    thread_id: String(thread.id),
    thread_v2_id: String(thread.v2Id),
    admin_user_ids: isGroup && admin !== undefined ? [admin.pk] : [],
    last_activity_at: world.direct.lastActivity(thread),
    muted: thread.isMuted,
    is_pin: thread.isPinned,
    named: name !== undefined,
    canonical: !isGroup,
    pending: folder !== "inbox",
    archived: false,
    valued_request: false,
    thread_type: "private",
    viewer_id: owner.pk,
    thread_title: name ?? members.map(({ username }) => username).join(", "),
    thread_label: thread.isFlagged ? 1 : 0,
    pending_score: folder === "inbox" ? null : "0",
    folder: thread.box,
    vc_muted: thread.areCallsMuted,
    is_group: isGroup,
    mentions_muted: false,
    inviter: first === undefined ? null : userShort(folder === "inbox" ? owner : first),
    input_mode: thread.hash % 13 === 0 ? 1 : 0,
    business_thread_folder: thread.box,
    read_state: isUnread ? 1 : 0,
    marked_as_unread: thread.isMarkedUnread,
    approval_required_for_new_members: isGroup && thread.hash % 2 === 0,
    assigned_admin_id: 0,
    is_spam: folder === "spam",
    spam: folder === "spam",
    is_close_friend_thread: false,
    shh_mode_enabled: false,
    last_seen_at: lastSeenAt(world, thread, newest, isUnread),
  };
}

function memberText(world: World, viewer: Person, person: Person): string {
  const friendship = JSON.stringify({
    is_using_unified_inbox_for_direct: false,
    interop_user_type: 0,
    is_directapp_installed: false,
    friendship_status: {
      following: world.friendships.follows.has(viewer, person),
      blocking: world.friendships.blocks.has(viewer, person),
      is_private: person.isPrivate,
      incoming_request: world.friendships.requests.has(person, viewer),
      outgoing_request: world.friendships.requests.has(viewer, person),
      is_bestie: world.friendships.attention.closeFriends.has(viewer, person),
      is_restricted: false,
      is_messaging_only_blocking: false,
      is_messaging_pseudo_blocking: false,
    },
  });
  return `${world.shortText(person).slice(0, -1)},${friendship.slice(1)}`;
}

/** In an unread thread the viewer has seen all but the newest message, or nothing yet. */
function lastSeenAt(
  world: World,
  thread: Thread,
  newest: readonly Message[],
  isUnread: boolean,
): JsonObject {
  const seen = (person: Person, message: Message | undefined) => {
    if (message === undefined) return [];
    const timestamp = String(message.sentAt);
    const created = isDated(thread) && person.slot % 3 === 0 ? {} : { created_at: timestamp };
    const entry = { item_id: String(message.id), timestamp, ...created, shh_seen_state: {} };
    return [[String(person.pk), entry] as const];
  };
  const seenBy = (member: Person, index: number): Message | undefined => {
    const copy = thread.number < 0 ? world.direct.copyOf(thread, member) : undefined;
    if (copy === undefined) return newest[index % 2];
    return newest.find(({ sentAt }) => sentAt <= (copy.seenUpTo ?? 0));
  };
  return Object.fromEntries([
    ...seen(thread.owner, newest[isUnread && !thread.isMarkedUnread ? 1 : 0]),
    ...thread.members.flatMap((person, index) => seen(person, seenBy(person, index))),
  ]);
}
