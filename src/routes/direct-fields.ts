import { Type } from "@sinclair/typebox";
import { numericId, threadId } from "../instagram/ids.ts";
import type { Recipients } from "../instagram/operations/direct-send.ts";
import { InvalidInput } from "../problems/problem.ts";
import { ThreadId, UserPk } from "./parameters.ts";

/* Fields that several operations of Direct share. */

/** Whom a message goes to: one of the two. */
export const recipients = {
  user_ids: Type.Optional(
    Type.Array(UserPk, {
      default: [],
      description: "Pks of the users of one thread: it is made where there is none yet.",
    }),
  ),
  thread_ids: Type.Optional(
    Type.Array(ThreadId, {
      default: [],
      description: "Ids of the threads, instead of user_ids.",
      examples: [ThreadId.examples],
    }),
  ),
};

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
