import { Type } from "@sinclair/typebox";
import { directId, numericId, threadId } from "../instagram/ids.ts";
import type { MessageRef } from "../instagram/operations/direct-actions.ts";
import type { Recipients } from "../instagram/operations/direct-send.ts";
import { InvalidInput } from "../problems/problem.ts";
import { ThreadId, UserPk } from "./parameters.ts";

/* Fields that several operations of Direct share. */

/**
 * Whom a message goes to: one of the two. The example is of users: Swagger UI rounds the ids of threads
 * in a list.
 */
export const recipients = {
  user_ids: Type.Optional(
    Type.Array(UserPk, {
      default: [],
      description: "Pks of the users of one thread: it is made where there is none yet.",
      examples: [UserPk.examples],
    }),
  ),
  thread_ids: Type.Optional(
    Type.Array(ThreadId, {
      default: [],
      description: "Ids of the threads, instead of user_ids.",
    }),
  ),
};

/** Users who are written to or added. Throws InvalidInput for fewer than `least`. */
export function usersOf(userIds: readonly string[], least = 1): string[] {
  const pks = pksOf(userIds);
  if (pks.length < least)
    throw new InvalidInput(
      "user_ids",
      `must have ${least} or more, separate fields or with commas`,
    );
  return pks;
}

/** A message and its thread. */
export const messageFields = {
  // The sandbox's first thread gets new messages all the time, so the example would soon be too old.
  thread_id: Type.String({ ...ThreadId, examples: ["340282366841710300949128153277288564778"] }),
  message_id: Type.String({
    minLength: 1,
    description: "Message id: digits, up to 128 bits.",
    examples: ["32501184014493589702306580697160034"],
  }),
};

/** Throws InvalidInput. */
export const messageOf = (fields: { thread_id: string; message_id: string }): MessageRef => ({
  threadId: threadId(fields.thread_id),
  messageId: directId(fields.message_id, "message_id"),
});

/** Throws InvalidInput unless exactly one of the fields has ids. */
export function recipientsOf(fields: {
  user_ids?: readonly string[];
  thread_ids?: readonly string[];
}): Recipients {
  const userIds = pksOf(fields.user_ids ?? []);
  const threadIds = idsIn(fields.thread_ids ?? []).map((id) => threadId(id, "thread_ids"));
  if (userIds.length === 0 && threadIds.length === 0)
    throw new InvalidInput("user_ids", "or thread_ids is required");
  if (userIds.length > 0 && threadIds.length > 0)
    throw new InvalidInput("user_ids", "and thread_ids exclude each other: give one");
  return userIds.length > 0 ? { userIds } : { threadIds };
}

/** Pks from repeated fields, or from one with commas. Throws InvalidInput. */
export const pksOf = (userIds: readonly string[]): string[] =>
  idsIn(userIds).map((userId) => numericId(userId, "user_ids"));

const idsIn = (values: readonly string[]): string[] => values.flatMap((value) => value.split(","));
