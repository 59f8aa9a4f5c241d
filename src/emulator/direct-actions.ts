import { invalidParameter, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { idsIn, threadOf } from "./direct.ts";
import type { Exchange, Route } from "./router.ts";
import type { Message } from "./seed/messages.ts";
import type { Thread } from "./seed/threads.ts";

/** Reading and deleting messages, and reactions to them. */
export const DIRECT_ACTIONS: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/direct_v2/threads/{id}/items/{item}/seen/",
    acts: "other",
    body: "form",
    requiredFields: ["thread_id", "action"],
    handle: (exchange) => {
      const { thread, message } = messageIn(exchange, exchange.param("id"), exchange.param("item"));
      if (textField(exchange.fields, "thread_id") !== exchange.param("id"))
        throw invalidParameter("thread_id");
      if (textField(exchange.fields, "action") !== "mark_seen") throw invalidParameter("action");
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
      const { thread, message } = messageIn(exchange, exchange.param("id"), exchange.param("item"));
      if (message.sender.pk !== exchange.viewer.pk)
        throw refuse(400, "You cannot unsend this message");
      exchange.world.direct.messages.remove(thread, message);
      return ok();
    },
  },
  {
    method: "POST",
    path: "/api/v1/direct_v2/threads/broadcast/reaction/",
    acts: "other",
    body: "form",
    requiredFields: [
      "thread_ids",
      "item_type",
      "reaction_type",
      "reaction_status",
      "node_type",
      "item_id",
      "client_context",
      "action",
    ],
    handle: react,
  },
];

/** An emoji has a few parts at the most, such as a skin tone. */
const LONGEST_EMOJI = 32;
const EMOJI = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20e3/u;
/** What stands in no emoji. */
const TEXT = /[\p{L}\s]/u;

/** Sets the viewer's reaction to a message, or takes it away. */
function react(exchange: Exchange): Response {
  const { world, viewer, fields } = exchange;
  const [threadId = "", ...others] = idsIn(textField(fields, "thread_ids"), "thread_ids");
  if (others.length > 0) throw invalidParameter("thread_ids");
  for (const [name, values] of Object.entries(CHOICES))
    if (!values.includes(textField(fields, name) ?? "")) throw invalidParameter(name);
  const emoji = textField(fields, "emoji") ?? "❤";
  if (emoji.length > LONGEST_EMOJI || !EMOJI.test(emoji) || TEXT.test(emoji))
    throw invalidParameter("emoji");
  const { thread, message } = messageIn(exchange, threadId, textField(fields, "item_id") ?? "");
  const context = textField(fields, "client_context") ?? "";
  const isTaken = textField(fields, "reaction_status") === "deleted";
  world.direct.react(thread, message, {
    sender: viewer,
    emoji: isTaken ? undefined : emoji,
    context,
  });
  return ok({
    action: "item_ack",
    status_code: "200",
    payload: {
      client_context: context,
      item_id: String(message.id),
      timestamp: String(exchange.now * 1_000),
      thread_id: String(thread.id),
    },
    message_metadata: [],
  });
}

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  item_type: ["reaction"],
  reaction_type: ["like"],
  reaction_status: ["created", "deleted"],
  node_type: ["item"],
};

/** The viewer's thread with an id and the message in it. Throws a Refusal where there is none. */
function messageIn(
  exchange: Exchange,
  threadId: string,
  itemId: string,
): { thread: Thread; message: Message } {
  const thread = threadOf(exchange, threadId);
  const message = exchange.world.direct.messageById(thread, itemId);
  if (message === undefined) throw refuse(400, "Message does not exist");
  return { thread, message };
}
