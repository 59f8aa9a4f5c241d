import type { JsonObject } from "./answer.ts";
import { messageText } from "./message-text.ts";
import { positionOf } from "./page.ts";
import { messageOf } from "./seed/messages.ts";
import type { Person } from "./seed/people.ts";
import type { Thread } from "./seed/threads.ts";
import { userShort } from "./seed/user-shape.ts";
import { issueCursor } from "./token.ts";
import type { World } from "./world.ts";

/** What the cursors of a thread's messages are bound to. */
const listOf = ({ id }: Thread): string => `thread ${id}`;

/** A cursor counts from the first message there ever was: newer ones come at any time. */
const cursorAt = (thread: Thread, position: number): string =>
  issueCursor(listOf(thread), thread.messageCount + thread.added - position);

/** The position at which a page of a thread's messages starts; 0 for an empty cursor. */
export function startOf(thread: Thread, cursor: string): number {
  if (cursor === "") return 0;
  const number = positionOf(cursor, listOf(thread), "cursor");
  return Math.max(0, thread.messageCount + thread.added - number);
}

/** JSON text of a thread with `count` messages from a position on, newest first. */
export function threadText(world: World, thread: Thread, start: number, count: number): string {
  const end = Math.min(start + count, thread.messageCount);
  const items = Array.from({ length: Math.max(0, end - start) }, (_, at) =>
    messageText(world, messageOf(thread, start + at)),
  );
  const shape = JSON.stringify({ ...threadShape(thread), ...pageShape(thread, start, end) });
  const membersText = (persons: readonly Person[]): string =>
    persons.map((person) => memberText(world, thread.owner, person)).join(",");
  const newest = messageText(world, messageOf(thread, 0));
  return (
    `${shape.slice(0, -1)},"users":[${membersText(thread.members)}],` +
    `"left_users":[${membersText(thread.left)}],"items":[${items.join(",")}],` +
    `"last_permanent_item":${newest}}`
  );
}

/** The upstream has one pair of cursors for each direction, and words for the two ends. */
function pageShape(thread: Thread, start: number, end: number): JsonObject {
  const hasOlder = end < thread.messageCount;
  const older = hasOlder ? cursorAt(thread, end) : "";
  return {
    has_older: hasOlder,
    has_newer: start > 0,
    oldest_cursor: older,
    prev_cursor: hasOlder ? older : "MINCURSOR",
    newest_cursor: cursorAt(thread, start),
    next_cursor: start > 0 ? cursorAt(thread, start) : "MAXCURSOR",
  };
}

/** All of a thread but its messages and members. */
function threadShape(thread: Thread): JsonObject {
  const { owner, members, folder, isGroup, name } = thread;
  const [first] = members;
  return {
    thread_id: String(thread.id),
    thread_v2_id: String(thread.v2Id),
    admin_user_ids: isGroup && first !== undefined ? [first.pk] : [],
    last_activity_at: thread.lastActivity,
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
    vc_muted: thread.hash % 8 === 0,
    is_group: isGroup,
    mentions_muted: false,
    inviter: first === undefined ? null : userShort(folder === "inbox" ? owner : first),
    input_mode: thread.hash % 13 === 0 ? 1 : 0,
    business_thread_folder: thread.box,
    read_state: thread.isUnread ? 1 : 0,
    marked_as_unread: false,
    approval_required_for_new_members: isGroup && thread.hash % 2 === 0,
    assigned_admin_id: 0,
    is_spam: folder === "spam",
    spam: folder === "spam",
    is_close_friend_thread: false,
    shh_mode_enabled: false,
    last_seen_at: lastSeenAt(thread),
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
      is_bestie: false,
      is_restricted: false,
      is_messaging_only_blocking: false,
      is_messaging_pseudo_blocking: false,
    },
  });
  return `${world.shortText(person).slice(0, -1)},${friendship.slice(1)}`;
}

/** In an unread thread the viewer has seen all but the newest message, or nothing yet. */
function lastSeenAt(thread: Thread): JsonObject {
  const seenBy = (person: Person, position: number) => {
    if (position >= thread.messageCount) return [];
    const { id, sentAt } = messageOf(thread, position);
    const timestamp = String(sentAt);
    // When the message was made is told of some only.
    const created = person.slot % 3 === 0 ? {} : { created_at: timestamp };
    const seen = { item_id: String(id), timestamp, ...created, shh_seen_state: {} };
    return [[String(person.pk), seen] as const];
  };
  return Object.fromEntries([
    ...seenBy(thread.owner, thread.isUnread ? 1 : 0),
    ...thread.members.flatMap((person, index) => seenBy(person, index % 2)),
  ]);
}
