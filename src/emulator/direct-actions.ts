import { invalidParameter, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { idsIn, knownPersons, threadOf } from "./direct.ts";
import type { Exchange, Route } from "./router.ts";
import type { Message } from "./seed/messages.ts";
import type { Thread } from "./seed/threads.ts";

/** Most characters of a text. */
const LONGEST = 1_000;
/** Most other users in a thread. */
const MOST_USERS = 250;

/** Sending, reading and deleting messages. */
export const DIRECT_ACTIONS: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/direct_v2/threads/broadcast/text/",
    acts: "message",
    body: "form",
    requiredFields: ["text", "client_context", "action"],
    handle: sendText,
  },
  {
    method: "POST",
    path: "/api/v1/direct_v2/threads/{id}/items/{item}/seen/",
    acts: "other",
    body: "form",
    requiredFields: ["thread_id", "action"],
    handle: (exchange) => {
      const { thread, message } = messageIn(exchange);
      if (textField(exchange.fields, "thread_id") !== exchange.param("id"))
        throw invalidParameter("thread_id");
      exchange.world.direct.markSeen(thread, message);
      return ok();
    },
  },
  {
    method: "POST",
    path: "/api/v1/direct_v2/threads/{id}/items/{item}/delete/",
    acts: "other",
    // Only some clients sign it.
    body: "form",
    handle: (exchange) => {
      const { thread, message } = messageIn(exchange);
      if (message.sender.pk !== exchange.viewer.pk)
        throw refuse(400, "You cannot unsend this message");
      exchange.world.direct.messages.remove(thread, message);
      return ok();
    },
  },
];

/** Sends a text to existing threads, or to users in one thread. */
function sendText(exchange: Exchange): Response {
  const { world, viewer, fields } = exchange;
  const text = textField(fields, "text") ?? "";
  if (text.length > LONGEST) throw refuse(400, "Your message is too long.");
  const draft = {
    sender: viewer,
    text,
    context: textField(fields, "client_context") ?? "",
  };
  const sent = threadsFor(exchange).map((thread) => world.direct.send(thread, draft));
  const [first] = sent;
  return ok({
    action: "item_ack",
    status_code: "200",
    payload: first && {
      client_context: draft.context,
      item_id: String(first.id),
      timestamp: String(first.sentAt),
      thread_id: String(first.thread.id),
    },
    message_metadata: [],
  });
}

function threadsFor(exchange: Exchange): Thread[] {
  const { world, viewer, fields } = exchange;
  const threadIds = textField(fields, "thread_ids");
  if (threadIds !== undefined)
    return idsIn(threadIds, "thread_ids").map((id) => threadOf(exchange, id));
  // A list that holds one list: the users of one thread.
  const users = /^\[(\[.*\])\]$/s.exec(textField(fields, "recipient_users") ?? "")?.[1];
  const ids = idsIn(users, "recipient_users");
  const others = knownPersons(exchange, ids).filter(({ pk }) => pk !== viewer.pk);
  if (others.length < ids.length || ids.length > MOST_USERS)
    throw refuse(400, "Invalid recipients");
  return [world.direct.threadWith(viewer, others)];
}

/** The viewer's thread and the message in it that the path names. */
function messageIn(exchange: Exchange): { thread: Thread; message: Message } {
  const thread = threadOf(exchange, exchange.param("id"));
  const message = exchange.world.direct.messageById(thread, exchange.param("item"));
  if (message === undefined) throw refuse(400, "Message does not exist");
  return { thread, message };
}
