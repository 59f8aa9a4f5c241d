import { ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { idsIn, knownPersons, threadOf } from "./direct.ts";
import type { Exchange, Route } from "./router.ts";
import type { Thread } from "./seed/threads.ts";

/** Most characters of a text. */
const LONGEST = 1_000;
/** Most other users in a thread. */
const MOST_USERS = 250;

/** What is sent to threads or users. */
export const DIRECT_SEND: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/direct_v2/threads/broadcast/text/",
    acts: "message",
    body: "form",
    requiredFields: ["text", "client_context", "action"],
    handle: sendText,
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
