import { type TString, Type } from "@sinclair/typebox";
import type { Client } from "../instagram/client.ts";
import { normalizeUsername, parseMediaRef } from "../instagram/ids.ts";
import { parseUserRef, resolveUserPk, type UserRef } from "../instagram/operations/user.ts";
import type { ListInput, PageInput } from "../instagram/paging.ts";
import { InvalidInput } from "../problems/problem.ts";

/*
 * Parameters that several resources share. The documentation page fills in their examples, so these
 * exist in the sandbox.
 */

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
  examples: ["3755350675776297567"],
});
export const MediaId = Type.String({
  minLength: 1,
  description: "Media id: <pk>_<owner pk>, or a pk alone.",
  examples: ["3755350675776297567_25025320"],
});

export const ThreadId = Type.String({
  minLength: 1,
  description: "Id of a Direct thread: digits, up to 128 bits, or its link.",
  examples: ["340282366841710300949128448552018989056"],
});
/** A post in any form that parseMediaRef() reads. */
export const MediaName = Type.String({
  minLength: 1,
  description: "A post: its pk, <pk>_<owner pk>, a shortcode or a link.",
  examples: ["3755350675776297567_25025320"],
});

export const commentPk = (example = "18047748130398535") =>
  Type.String({
    minLength: 1,
    description: "Comment pk: digits, up to 64 bits.",
    examples: [example],
  });

/** A search text. The example must find something in the sandbox. */
export const Query = (example: string) =>
  Type.String({ minLength: 1, description: "What to search for.", examples: [example] });

/** Part of the contract, but without effect: answers are never cached. */
export const useCache = Type.Optional(
  Type.Boolean({
    default: true,
    description:
      "Accepted for existing clients, without effect: each answer comes fresh from Instagram.",
  }),
);

/**
 * One of several parameters that name a thing. An empty one counts as left out, as in
 * aiograpi-rest.
 */
export const alternative = ({ minLength: _, ...schema }: TString) =>
  Type.Optional(Type.String(schema));

/**
 * Which one of several parameters is given, and its value. Throws InvalidInput for the first
 * parameter if none or more than one is given.
 */
export function exactlyOne<Field extends string>(
  given: Readonly<Partial<Record<Field, string | undefined>>>,
  fields: readonly [Field, ...Field[]],
): [field: Field, value: string] {
  const [first, ...others] = fields;
  const [found, second] = fields.filter((field) => given[field]);
  if (found === undefined) throw new InvalidInput(first, `or ${others.join(" or ")} is required`);
  if (second !== undefined)
    throw new InvalidInput(first, `and ${others.join(" and ")} exclude each other: give one`);
  return [found, given[found] ?? ""];
}

const USER_NAMES = ["user_id", "username"] as const;

/** A user by pk or by username. */
export const userNames = { user_id: alternative(UserId), username: alternative(Username) };

/** The user that a query names. Throws InvalidInput. */
export function namedUser(query: { user_id?: string; username?: string }): UserRef {
  const [field, value] = exactlyOne(query, USER_NAMES);
  return field === "username" ? { username: normalizeUsername(value) } : parseUserRef(value);
}

/** Turns an operation that takes a user's pk into one that takes a pk or a username. */
export const ofUser =
  <Input extends readonly unknown[], T>(
    operation: (client: Client, userId: string, ...input: Input) => Promise<T>,
  ) =>
  async (client: Client, user: UserRef, ...input: Input): Promise<T> =>
    operation(client, await resolveUserPk(client, user), ...input);

/** The cursor of a paginated list. */
export const cursor = Type.Optional(
  Type.String({
    default: "",
    description: "next_cursor of the page before; empty for the first.",
  }),
);

/** Description of lists whose pages have the length that Instagram chooses. */
export const SHORT_PAGES =
  "A page has the items that Instagram sends at once, which can be fewer than amount.";

/** The parameters of a paginated list with 1 to 200 items a page, and the reader of their values. */
export const pagination = (usual: number) => ({
  parameters: { amount: boundedAmount(usual, "How many items the page should have."), cursor },
  inputOf: (query: { amount?: number; cursor?: string }): PageInput => ({
    amount: query.amount ?? usual,
    cursor: query.cursor ?? "",
  }),
});

export const page = pagination(50);

/** `amount` of a list where 0 means all items. It has only the bounds that the contract sets. */
export const amount = (usual: number, bounds: { minimum?: number; maximum?: number } = {}) =>
  Type.Optional(
    Type.Integer({
      ...bounds,
      default: usual,
      description: "How many items at most; 0 for all there are.",
    }),
  );

/** How many items a list should have; Infinity for all. Throws InvalidInput below 0. */
export function amountOf(value: number | undefined, usual: number, field = "amount"): number {
  const wanted = value ?? usual;
  if (wanted < 0) throw new InvalidInput(field, "must be 0 (for all) or more");
  return wanted === 0 ? Number.POSITIVE_INFINITY : wanted;
}

/** `amount` of a list of 1 to 200 items. */
export function boundedAmount(usual: number, description = "How many items at most.") {
  return Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: usual, description }));
}

export const LastMediaPk = Type.Optional(
  Type.String({
    default: "0",
    description:
      "Media pk: the list ends before this post, for callers that know the rest already; 0 for none.",
  }),
);

/** The pk of the post before which a list ends, "" for none. Throws InvalidInput. */
export function untilOf(lastMediaPk: string | undefined): string {
  const pk = lastMediaPk ? parseMediaRef(lastMediaPk, "last_media_pk").pk : "0";
  return pk === "0" ? "" : pk;
}

/** The parameters of a list of 1 to 200 posts that may end before a post, and their reader. */
export const postsUntil = (usual: number) => ({
  parameters: { amount: boundedAmount(usual), last_media_pk: LastMediaPk },
  inputOf: (query: { amount?: number; last_media_pk?: string }): ListInput => ({
    amount: query.amount ?? usual,
    until: untilOf(query.last_media_pk),
  }),
});

/** A text to search for or to send, unchanged. Throws InvalidInput if it is blank. */
export function notBlank(value: string, field = "query"): string {
  if (value.trim() === "") throw new InvalidInput(field, "must not be empty");
  return value;
}
