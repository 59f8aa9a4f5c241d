import { Type } from "@sinclair/typebox";
import { actionPairs } from "../http/action-pair.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import {
  DOUBLE_TAP,
  deleteDirectMessage,
  HEART,
  markDirectMessageSeen,
  type Reaction,
  reactToDirectMessage,
} from "../instagram/operations/direct-actions.ts";
import { messageFields, messageOf } from "./direct-fields.ts";

const { patch, remove } = operations("Direct");
const pair = actionPairs("Direct");

const ERRORS = ["DirectThreadNotFound", "DirectMessageNotFound"] as const;

const clientContext = Type.Optional(
  Type.String({ description: "client_context of the message, where it is known." }),
);

const reactionFields = {
  ...messageFields,
  emoji: Type.Optional(Type.String({ default: HEART, description: "The emoji." })),
  client_context: clientContext,
  action_source: Type.Optional(
    Type.String({
      default: DOUBLE_TAP,
      description: "What the user did, such as double_tap or emoji_tray.",
    }),
  ),
  target_item_type: Type.Optional(
    Type.String({
      description: "item_type of the message where it is raven_media or voice_media.",
    }),
  ),
};

/** What is done to messages: `/direct/message`, its likes and reactions, and `/direct/message/seen`. */
export const directActionRoutes: readonly Operation[] = [
  remove(
    "/direct/message",
    {
      operationId: "deleteDirectMessage",
      summary: "Delete a message of yours for everyone",
      access: withSession("write"),
      query: {
        thread_id: messageFields.thread_id,
        message_id: Type.String({
          ...messageFields.message_id,
          examples: ["32501129016107940093644938241533809"],
        }),
      },
      returns: Type.Boolean(),
      errors: ERRORS,
    },
    ({ query, session }) => session.write(deleteDirectMessage, messageOf(query)),
  ),
  ...pair(
    "/direct/message/like",
    {
      operationIds: ["postDirectMessageLike", "deleteDirectMessageLike"],
      actions: ["message", "message"],
      summaries: ["Like a message", "Take back a like of a message"],
      description: "A like is the reaction ❤. It replaces another reaction of yours.",
      fields: { ...messageFields, client_context: clientContext },
      guarded: true,
      errors: ERRORS,
    },
    (session, fields, revert) => session.write(reactToDirectMessage, reactionOf(fields, revert)),
  ),
  ...pair(
    "/direct/message/reaction",
    {
      operationIds: ["postDirectMessageReaction", "deleteDirectMessageReaction"],
      actions: ["message", "message"],
      summaries: ["React to a message with an emoji", "Take back a reaction to a message"],
      description: "Every user has one reaction to a message: a new one replaces it.",
      fields: reactionFields,
      guarded: true,
      errors: ERRORS,
    },
    (session, fields, revert) => session.write(reactToDirectMessage, reactionOf(fields, revert)),
  ),
  patch(
    "/direct/message/seen",
    {
      operationId: "patchDirectMessageSeen",
      summary: "Mark a message and all before it as seen",
      access: withSession("write"),
      guarded: true,
      body: messageFields,
      returns: Type.Boolean(),
      errors: ERRORS,
    },
    ({ body, session }) => session.write(markDirectMessageSeen, messageOf(body)),
  ),
];

interface ReactionFields {
  thread_id: string;
  message_id: string;
  emoji?: string;
  client_context?: string;
  action_source?: string;
  target_item_type?: string;
}

/** Throws InvalidInput. */
const reactionOf = (fields: ReactionFields, revert: boolean): Reaction => ({
  message: messageOf(fields),
  emoji: fields.emoji || HEART,
  revert,
  clientContext: fields.client_context ?? "",
  actionSource: fields.action_source || DOUBLE_TAP,
  targetItemType: fields.target_item_type ?? "",
});
