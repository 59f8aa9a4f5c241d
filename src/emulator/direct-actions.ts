import { invalidParameter, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { threadOf } from "./direct.ts";
import type { Exchange, Route } from "./router.ts";
import type { Message } from "./seed/messages.ts";
import type { Thread } from "./seed/threads.ts";

/** Reading and deleting messages. */
export const DIRECT_ACTIONS: readonly Route[] = [
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

/** The viewer's thread and the message in it that the path names. */
function messageIn(exchange: Exchange): { thread: Thread; message: Message } {
  const thread = threadOf(exchange, exchange.param("id"));
  const message = exchange.world.direct.messageById(thread, exchange.param("item"));
  if (message === undefined) throw refuse(400, "Message does not exist");
  return { thread, message };
}
