import { Type } from "@sinclair/typebox";
import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { fields } from "../http/fields.ts";
import { operation } from "../http/operation.ts";
import { directId, threadId } from "../instagram/ids.ts";
import { DirectMediaSchema } from "../instagram/models/direct-media.ts";
import {
  DirectMessageSchema,
  DirectMessageSearchResultSchema,
} from "../instagram/models/direct-message.ts";
import { DirectThreadSchema } from "../instagram/models/direct-thread.ts";
import { getDirectThread, type ThreadInput } from "../instagram/operations/direct.ts";
import {
  getDirectMedia,
  getDirectMessage,
  getDirectMessages,
  getDirectMessagesSearch,
} from "../instagram/operations/direct-message.ts";
import { amount, amountOf, Query, searchText, ThreadId } from "./parameters.ts";

const TAG = "Direct";
const USUAL_AMOUNT = 20;

const ofThread = { thread_id: ThreadId, amount: amount(USUAL_AMOUNT) };

/** `/direct/thread`, `/direct/messages`, `/direct/message`, `/direct/media`: what threads hold. */
export const directMessageRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get(
      "/direct/thread",
      ({ query, session, context }) => {
        const thread = threadOf(query);
        return session.read(context, (client) => getDirectThread(client, thread));
      },
      {
        withSession: "read",
        query: fields(ofThread),
        detail: operation(TAG, "session", {
          operationId: "getDirectThread",
          summary: "Get a thread with its newest messages",
          returns: DirectThreadSchema,
          errors: ["DirectThreadNotFound"],
        }),
      },
    )
    .get(
      "/direct/messages",
      ({ query, session, context }) => {
        const thread = threadOf(query);
        return session.read(context, (client) => getDirectMessages(client, thread));
      },
      {
        withSession: "read",
        query: fields(ofThread),
        detail: operation(TAG, "session", {
          operationId: "getDirectMessages",
          summary: "List the newest messages of a thread",
          returns: Type.Array(DirectMessageSchema),
          errors: ["DirectThreadNotFound"],
        }),
      },
    )
    .get(
      "/direct/messages/search",
      ({ query, session, context }) => {
        const text = searchText(query.query);
        return session.read(context, (client) => getDirectMessagesSearch(client, text));
      },
      {
        withSession: "read",
        query: fields({ query: Query("hello") }),
        detail: operation(TAG, "session", {
          operationId: "getDirectMessagesSearch",
          summary: "Search messages in all threads",
          returns: Type.Array(DirectMessageSearchResultSchema),
        }),
      },
    )
    .get(
      "/direct/message",
      ({ query, session, context }) => {
        const thread = threadOf(query);
        const messageId = directId(query.message_id, "message_id");
        return session.read(context, (client) => getDirectMessage(client, thread, messageId));
      },
      {
        withSession: "read",
        query: fields({
          ...ofThread,
          // In the sandbox's first thread somebody goes on writing: it would soon be an old message.
          thread_id: Type.String({
            ...ThreadId,
            examples: ["340282366841710300949128153277288564778"],
          }),
          message_id: Type.String({
            minLength: 1,
            description: "Message id: digits, up to 128 bits.",
            examples: ["32501184014493589702306580697160034"],
          }),
        }),
        detail: operation(TAG, "session", {
          operationId: "getDirectMessage",
          summary: "Get a message of a thread",
          description: "Looks among the newest `amount` messages of the thread.",
          returns: DirectMessageSchema,
          errors: ["DirectThreadNotFound", "DirectMessageNotFound"],
        }),
      },
    )
    .get(
      "/direct/media",
      ({ query, session, context }) => {
        const thread = threadOf(query);
        return session.read(context, (client) => getDirectMedia(client, thread));
      },
      {
        withSession: "read",
        query: fields(ofThread),
        detail: operation(TAG, "session", {
          operationId: "getDirectMedia",
          summary: "List photos and videos of a thread",
          description: "Newest first.",
          returns: Type.Array(DirectMediaSchema),
          errors: ["DirectThreadNotFound"],
        }),
      },
    );

/** Throws InvalidInput. */
function threadOf(query: { thread_id: string; amount?: number }): ThreadInput {
  return {
    threadId: threadId(query.thread_id),
    amount: amountOf(query.amount, USUAL_AMOUNT),
  };
}
