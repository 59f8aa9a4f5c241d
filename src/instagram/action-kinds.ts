/** The kinds of actions that Instagram limits apart from each other. */
export const ACTION_KINDS = [
  "follow",
  "unfollow",
  "like",
  "comment",
  "message",
  "post",
  "story",
] as const;

export type ActionKind = (typeof ACTION_KINDS)[number];

/**
 * What an operation does at Instagram. `other`: it changes something that is none of the kinds; `read`:
 * it changes nothing; `login`: it brings or renews a login.
 */
export type Action = ActionKind | "other" | "read" | "login";
