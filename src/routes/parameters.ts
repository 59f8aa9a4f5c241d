import { Type } from "@sinclair/typebox";
import { InvalidInput } from "../instagram/errors.ts";
import { normalizeUsername, pkOfMediaId } from "../instagram/ids.ts";
import { parseUserRef, type UserRef } from "../instagram/operations/user.ts";
import type { PageInput } from "../instagram/paging.ts";

export const UserId = Type.String({
  minLength: 1,
  description: "User pk, or a username.",
  examples: ["25025320"],
});
export const UserPk = Type.String({
  minLength: 1,
  description: "User pk.",
  examples: ["25025320"],
});
export const Username = Type.String({
  minLength: 1,
  description: "Username.",
  examples: ["instagram"],
});
export const MediaPk = Type.String({
  minLength: 1,
  description: "Media pk: digits, up to 64 bits.",
  examples: ["2277033926878261772"],
});
export const MediaId = Type.String({
  minLength: 1,
  description: "Media id: <pk>_<owner pk>, or a pk alone.",
  examples: ["2277033926878261772_1903424587"],
});

export const ThreadId = Type.String({
  minLength: 1,
  description: "Id of a Direct thread: digits, up to 128 bits, or its link.",
  examples: ["340282366841710300949128137443944319108"],
});
/** A post in the place of an id, as parseMediaRef() reads it. */
export const MediaName = Type.String({
  minLength: 1,
  description: "Media id: <pk>_<owner pk>; also a pk alone, a shortcode or a link to the post.",
  examples: ["2277033926878261772_1903424587"],
});

export const Query = Type.String({
  minLength: 1,
  description: "What to search for.",
  examples: ["berlin"],
});

/** The contract has it for existing clients; nothing is cached here. */
export const useCache = Type.Optional(
  Type.Boolean({
    default: true,
    description: "Accepted for existing clients: each answer comes fresh from Instagram.",
  }),
);

/** The cursor of a paginated list. */
export const cursor = Type.Optional(
  Type.String({
    default: "",
    description: "next_cursor of the page before; empty for the first.",
  }),
);

/** The parameters of a paginated list of 1 to 200 items a page, and what they come to. */
export const pageOf = (usual: number) => ({
  parameters: {
    amount: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 200,
        default: usual,
        description: "How many items the page should have.",
      }),
    ),
    cursor,
  },
  of: (query: { amount?: number; cursor?: string }): PageInput => ({
    amount: query.amount ?? usual,
    cursor: query.cursor ?? "",
  }),
});

export const page = pageOf(50);

/** `amount` of a list that has no upper bound; 0 stands for everything. */
export const amount = (usual: number) =>
  Type.Optional(
    Type.Integer({ default: usual, description: "How many items at most; 0 for all there are." }),
  );

/** How many items a list should have; Infinity for all. Throws InvalidInput for less than 0. */
export function amountOf(value: number | undefined, usual: number): number {
  const wanted = value ?? usual;
  if (wanted < 0) throw new InvalidInput("amount", "must be 0 (for all) or more");
  return wanted === 0 ? Number.POSITIVE_INFINITY : wanted;
}

/** `amount` of a list of 1 to 200 items. */
export const boundedAmount = (usual: number) =>
  Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 200,
      default: usual,
      description: "How many items at most.",
    }),
  );

export const LastMediaPk = Type.Optional(
  Type.String({
    default: "0",
    description: "Media pk: the list ends before this post, as what follows is known; 0 for none.",
  }),
);

/** The pk that a list of posts ends before, "" for none. Throws InvalidInput. */
export function untilOf(lastMediaPk: string | undefined): string {
  const pk = lastMediaPk ? pkOfMediaId(lastMediaPk, "last_media_pk") : "0";
  return pk === "0" ? "" : pk;
}

/** Exactly one of two ways to name a user. Throws InvalidInput. */
export function namedUser(userId: string | undefined, username: string | undefined): UserRef {
  if (userId !== undefined && username !== undefined)
    throw new InvalidInput("user_id", "and username exclude each other: give one");
  if (username !== undefined) return { username: normalizeUsername(username) };
  if (userId === undefined) throw new InvalidInput("user_id", "or username is required");
  return parseUserRef(userId);
}

/** What to search for, as it was typed. Throws InvalidInput for nothing but blanks. */
export function searchText(value: string, field = "query"): string {
  if (value.trim() === "") throw new InvalidInput(field, "must not be empty");
  return value;
}
