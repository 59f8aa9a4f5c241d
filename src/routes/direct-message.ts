import { Type } from "@sinclair/typebox";
import { type Operation, operations, withSession } from "../http/route.ts";
import { threadId } from "../instagram/ids.ts";
import { DirectMedia } from "../instagram/models/direct-media.ts";
import { DirectMessage, DirectMessageSearchResult } from "../instagram/models/direct-message.ts";
import { DirectThread } from "../instagram/models/direct-thread.ts";
import { getDirectThread, type ThreadInput } from "../instagram/operations/direct.ts";
import {
  getDirectMedia,
  getDirectMessage,
  getDirectMessages,
  getDirectMessagesSearch,
} from "../instagram/operations/direct-message.ts";
import { messageFields, messageOf } from "./direct-fields.ts";
import { amount, amountOf, notBlank, Query, ThreadId } from "./parameters.ts";

const { get } = operations("Direct");
const USUAL_AMOUNT = 20;

const ofThread = { thread_id: ThreadId, amount: amount(USUAL_AMOUNT) };

/** `/direct/thread`, `/direct/messages`, `/direct/message`, `/direct/media`: contents of threads. */
export const directMessageRoutes: readonly Operation[] = [
  get(
    "/direct/thread",
    {
      operationId: "getDirectThread",
      summary: "Get a thread with its newest messages",
      access: withSession("read"),
      query: ofThread,
      returns: DirectThread.schema,
      errors: ["DirectThreadNotFound"],
    },
    ({ query, session }) => session.read(getDirectThread, threadOf(query)),
  ),
  get(
    "/direct/messages",
    {
      operationId: "getDirectMessages",
      summary: "List the newest messages of a thread",
      access: withSession("read"),
      query: ofThread,
      returns: Type.Array(DirectMessage.schema),
      errors: ["DirectThreadNotFound"],
    },
    ({ query, session }) => session.read(getDirectMessages, threadOf(query)),
  ),
  get(
    "/direct/messages/search",
    {
      operationId: "getDirectMessagesSearch",
      summary: "Search messages in all threads",
      access: withSession("read"),
      query: { query: Query("hello") },
      returns: Type.Array(DirectMessageSearchResult.schema),
    },
    ({ query, session }) => session.read(getDirectMessagesSearch, notBlank(query.query)),
  ),
  get(
    "/direct/message",
    {
      operationId: "getDirectMessage",
      summary: "Get a message of a thread",
      description: "Looks among the newest `amount` messages of the thread.",
      access: withSession("read"),
      query: {
        ...ofThread,
        ...messageFields,
      },
      returns: DirectMessage.schema,
      errors: ["DirectThreadNotFound", "DirectMessageNotFound"],
    },
    ({ query, session }) =>
      session.read(getDirectMessage, threadOf(query), messageOf(query).messageId),
  ),
  get(
    "/direct/media",
    {
      operationId: "getDirectMedia",
      summary: "List photos and videos of a thread",
      description: "Newest first.",
      access: withSession("read"),
      query: ofThread,
      returns: Type.Array(DirectMedia.schema),
      errors: ["DirectThreadNotFound"],
    },
    ({ query, session }) => session.read(getDirectMedia, threadOf(query)),
  ),
];

/** The thread and amount that a query asks for. Throws InvalidInput. */
function threadOf(query: { thread_id: string; amount?: number }): ThreadInput {
  return {
    threadId: threadId(query.thread_id),
    amount: amountOf(query.amount, USUAL_AMOUNT),
  };
}
