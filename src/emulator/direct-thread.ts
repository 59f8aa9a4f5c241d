import { invalidParameter, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { threadOf } from "./direct.ts";
import { MOST_USERS, recipientsIn } from "./direct-send.ts";
import type { Exchange, Route } from "./router.ts";
import type { Thread } from "./seed/threads.ts";

/** Most characters of a group's name. */
const LONGEST_NAME = 100;

/** An action on one of the viewer's threads. */
const onThread = (
  action: string,
  act: (exchange: Exchange, thread: Thread) => void,
  requiredFields: readonly string[] = [],
): Route => ({
  method: "POST",
  path: `/api/v1/direct_v2/threads/{id}/${action}/`,
  acts: "other",
  // Clients sign some of them, not all the same.
  body: "form",
  requiredFields: ["_uuid", ...requiredFields],
  handle: (exchange) => {
    act(exchange, threadOf(exchange, exchange.param("id")));
    return ok();
  },
});

const changing = (action: string, changes: Partial<Thread>): Route =>
  onThread(action, ({ world }, thread) => world.direct.change(thread, changes));

/** Groups, and what accounts do with their threads. */
export const DIRECT_THREAD: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/direct_v2/create_group_thread/",
    acts: "message",
    body: "form",
    requiredFields: ["_uuid", "recipient_users"],
    handle: createGroup,
  },
  changing("mute", { isMuted: true }),
  changing("unmute", { isMuted: false }),
  changing("mute_video_call", { areCallsMuted: true }),
  changing("unmute_video_call", { areCallsMuted: false }),
  changing("mark_unread", { isMarkedUnread: true }),
  onThread("approve", ({ world }, thread) => {
    world.direct.change(thread, { folder: "inbox", hiddenUpTo: undefined });
  }),
  onThread("decline", ({ world }, thread) => {
    if (thread.folder === "inbox") throw refuse(400, "Thread is not a message request");
    world.direct.hide(thread);
  }),
  onThread("hide", ({ world, fields }, thread) => {
    const toSpam = textField(fields, "should_move_future_requests_to_spam");
    if (toSpam === "true" || toSpam === "1") world.direct.change(thread, { folder: "spam" });
    else world.direct.hide(thread);
  }),
  onThread(
    "update_title",
    ({ world, fields }, thread) => {
      world.direct.rename(groupOnly(thread), nameIn(textField(fields, "title")));
    },
    ["title"],
  ),
  onThread("add_user", addUsers, ["user_ids"]),
];

function createGroup(exchange: Exchange): Response {
  const { world, viewer, fields } = exchange;
  const others = recipientsIn(exchange, textField(fields, "recipient_users"), "recipient_users");
  if (others.length < 2) throw invalidParameter("recipient_users");
  const thread = world.direct.createGroup(viewer, others, {
    name: nameIn(textField(fields, "thread_title") ?? ""),
    context: textField(fields, "client_context"),
  });
  return ok({ thread_id: String(thread.id), thread_v2_id: String(thread.v2Id) });
}

function addUsers(exchange: Exchange, thread: Thread): void {
  const { world, fields } = exchange;
  const others = recipientsIn(exchange, textField(fields, "user_ids"), "user_ids");
  const all = new Set([...groupOnly(thread).members, ...others].map(({ pk }) => pk));
  if (all.size > MOST_USERS) throw refuse(400, "The group is full");
  world.direct.addMembers(thread, others);
}

function groupOnly(thread: Thread): Thread {
  if (!thread.isGroup) throw refuse(400, "Thread is not a group");
  return thread;
}

function nameIn(name = ""): string {
  if (name.length > LONGEST_NAME) throw refuse(400, "The name is too long.");
  return name;
}
