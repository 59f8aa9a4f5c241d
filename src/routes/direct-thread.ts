import { Type } from "@sinclair/typebox";
import { actionPairs } from "../http/action-pair.ts";
import { type Operation, operations, withSession } from "../http/route.ts";
import { threadId } from "../instagram/ids.ts";
import { markDirectThreadSeen } from "../instagram/operations/direct-actions.ts";
import {
  addDirectThreadUsers,
  approveDirectThread,
  changeDirectThread,
  createDirectThread,
  hideDirectThread,
  muteDirectThread,
  muteDirectVideoCalls,
  type ThreadChange,
} from "../instagram/operations/direct-thread.ts";
import { InvalidInput } from "../problems/problem.ts";
import { usersOf } from "./direct-fields.ts";
import { ThreadId, UserPk } from "./parameters.ts";

const { patch, post, remove } = operations("Direct");
const pair = actionPairs("Direct");

const ERRORS = ["DirectThreadNotFound"] as const;

/** A thread with another example: what one does must not change what the others show. */
const thread = (example: string, more = "") =>
  Type.String({
    ...ThreadId,
    description: `${ThreadId.description}${more}`,
    examples: [example],
  });

/** The fewest users of a group, besides the account. */
const SMALLEST_GROUP = 2;

/** What is done to threads: `/direct/thread`, its users, mutes and what was seen, `/direct/pending`. */
export const directThreadRoutes: readonly Operation[] = [
  post(
    "/direct/thread",
    {
      operationId: "postDirectThread",
      summary: "Make a group",
      description: "Answers the id of its thread.",
      access: withSession("write"),
      action: "message",
      guarded: true,
      body: {
        user_ids: Type.Array(UserPk, {
          description: "Pks of two or more users.",
          examples: [["25025320", "61000000005"]],
        }),
        title: Type.Optional(Type.String({ default: "", description: "The group's name." })),
      },
      returns: Type.String({ examples: ["340282366841710300949128138477558670336"] }),
      errors: ["UserNotFound", "DirectMessageRequestsDisabled"],
    },
    ({ body, session }) =>
      session.write(createDirectThread, usersOf(body.user_ids, SMALLEST_GROUP), body.title ?? ""),
  ),
  patch(
    "/direct/thread",
    {
      operationId: "patchDirectThread",
      summary: "Name a group, or mark a thread as unread",
      description: "Give title, is_unread or both. Only groups have a name.",
      access: withSession("write"),
      body: {
        thread_id: thread("340282366841710300949128218116131495185"),
        title: Type.Optional(
          Type.String({ description: "The group's new name.", examples: ["Berlin crew 2"] }),
        ),
        is_unread: Type.Optional(
          Type.Boolean({
            description:
              "True marks the thread as unread. To mark it as read: PATCH /direct/thread/seen.",
          }),
        ),
      },
      returns: Type.Boolean(),
      errors: ERRORS,
    },
    ({ body, session }) =>
      session.write(changeDirectThread, threadId(body.thread_id), changeOf(body)),
  ),
  remove(
    "/direct/thread",
    {
      operationId: "deleteDirectThread",
      summary: "Hide a thread until a new message comes",
      access: withSession("write"),
      query: {
        thread_id: thread("340282366841710300949128513390861919463"),
        move_to_spam: Type.Optional(
          Type.Boolean({
            default: false,
            description: "Also put later message requests of the sender under the hidden ones.",
          }),
        ),
      },
      returns: Type.Boolean(),
      errors: ERRORS,
    },
    ({ query, session }) =>
      session.write(hideDirectThread, threadId(query.thread_id), query.move_to_spam ?? false),
  ),
  patch(
    "/direct/thread/seen",
    {
      operationId: "patchDirectThreadSeen",
      summary: "Mark a thread as seen",
      description:
        "Up to its newest message, which is looked up first: that costs one request or two.",
      access: withSession("write"),
      guarded: true,
      body: { thread_id: ThreadId },
      returns: Type.Boolean(),
      errors: ["DirectThreadNotFound", "DirectMessageNotFound"],
    },
    ({ body, session }) => session.write(markDirectThreadSeen, threadId(body.thread_id)),
  ),
  ...pair(
    "/direct/thread/mute",
    {
      operationIds: ["postDirectThreadMute", "deleteDirectThreadMute"],
      summaries: ["Mute a thread", "Unmute a thread"],
      fields: { thread_id: ThreadId },
      errors: ERRORS,
    },
    (session, fields, revert) =>
      session.write(muteDirectThread, threadId(fields.thread_id), revert),
  ),
  ...pair(
    "/direct/thread/video/call/mute",
    {
      operationIds: ["postDirectThreadVideoCallMute", "deleteDirectThreadVideoCallMute"],
      summaries: ["Mute video calls of a thread", "Unmute video calls of a thread"],
      fields: { thread_id: ThreadId },
      errors: ERRORS,
    },
    (session, fields, revert) =>
      session.write(muteDirectVideoCalls, threadId(fields.thread_id), revert),
  ),
  post(
    "/direct/thread/user",
    {
      operationId: "postDirectThreadUser",
      summary: "Add users to a group",
      access: withSession("write"),
      body: {
        thread_id: thread("340282366841710300949128393353004134568", "; a group's."),
        user_ids: Type.Array(UserPk, {
          description: "Pks of the users.",
          examples: [UserPk.examples],
        }),
      },
      returns: Type.Boolean(),
      errors: [...ERRORS, "UserNotFound"],
    },
    ({ body, session }) =>
      session.write(addDirectThreadUsers, threadId(body.thread_id), usersOf(body.user_ids)),
  ),
  patch(
    "/direct/pending",
    {
      operationId: "patchDirectPending",
      summary: "Accept a message request",
      access: withSession("write"),
      body: {
        thread_id: thread("340282366841710300949128138477558670336"),
        approved: Type.Boolean({
          description: "True. Requests cannot be declined here: DELETE /direct/thread hides them.",
          examples: [true],
        }),
      },
      returns: Type.Boolean(),
      errors: ERRORS,
    },
    ({ body, session }) => {
      if (!body.approved) throw new InvalidInput("approved", "must be true");
      return session.write(approveDirectThread, threadId(body.thread_id));
    },
  ),
];

/** Throws InvalidInput. */
function changeOf(fields: { title?: string; is_unread?: boolean }): ThreadChange {
  const { title = "", is_unread: markUnread } = fields;
  if (markUnread === false)
    throw new InvalidInput("is_unread", "must be true: PATCH /direct/thread/seen marks as read");
  if (title === "" && markUnread === undefined)
    throw new InvalidInput("title", "or is_unread is required");
  return { title, markUnread: markUnread === true };
}
