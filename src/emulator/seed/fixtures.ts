/*
 * The accounts, posts and hashtags that tests and documents rely on. They are the same for every seed.
 * Everything else is made up and may change.
 */

/** The password of every sandbox account. */
export const SANDBOX_PASSWORD = "sandbox";

/** The code that every second factor and every challenge takes. */
export const SANDBOX_CODE = "123456";

export const INSTAGRAM_PK = 25_025_320;
export const SANDBOX_PK = 61_000_000_001;
/** It takes no message requests. */
export const SANDBOX_CHALLENGE_PK = 61_000_000_003;
export const SANDBOX_PRIVATE_PK = 61_000_000_005;

/** Id of the note of `sandbox`, which is there at the start of every world. */
export const SANDBOX_NOTE_ID = "17880000000000001";

/** An account with a fixed name. A count that is left out is 0, or made up where its comment says so. */
export interface NamedAccount {
  readonly pk: number;
  readonly username: string;
  readonly fullName: string;
  /** What happens at its login, as a text for people; set on accounts that can log in. */
  readonly behaviour?: string;
  readonly biography?: string;
  readonly isPrivate?: boolean;
  readonly isVerified?: boolean;
  readonly isBusiness?: boolean;
  /** Followers that the profile counts; `listedFollowers` where it is left out. */
  readonly followerCount?: number;
  readonly listedFollowers?: number;
  readonly followingCount?: number;
  /** How many users ask to follow it. */
  readonly requests?: number;
  readonly postCount?: number;
  /** Posts pinned to its profile; made up where it is left out. */
  readonly pinnedPosts?: number;
  /** Users of the crowd who tag it, each on one post if they have any. */
  readonly taggedBy?: number;
  /** Made up where it is left out, but 0 without posts. */
  readonly guides?: number;
  /** Hours from one story to the next. */
  readonly storyHours?: number;
  /** 0 without stories. */
  readonly highlights?: number;
  /** True where only users whom it follows can write to it. */
  readonly takesNoRequests?: boolean;
  /** Made up where it is left out. */
  readonly threads?: Readonly<Record<"inbox" | "pending" | "spam", number>>;
}

/** The accounts with fixed names. An account's index is its slot; the crowd's slots follow. */
export const NAMED_ACCOUNTS: readonly NamedAccount[] = [
  {
    pk: INSTAGRAM_PK,
    username: "instagram",
    fullName: "Instagram",
    biography: "Discover what's new on Instagram 🔎✨",
    isVerified: true,
    isBusiness: true,
    followerCount: 690_412_233,
    listedFollowers: 25_000,
    followingCount: 85,
    postCount: 420,
    pinnedPosts: 3,
    taggedBy: 60,
    guides: 9,
    storyHours: 1.5,
    highlights: 14,
  },
  {
    pk: SANDBOX_PK,
    username: "sandbox",
    fullName: "Sandbox Account",
    behaviour: "logs in",
    biography: "A sandbox account 🧪 Nothing here is real.",
    isBusiness: true,
    listedFollowers: 342,
    followingCount: 120,
    requests: 130,
    postCount: 36,
    pinnedPosts: 2,
    taggedBy: 40,
    guides: 3,
    storyHours: 2,
    highlights: 7,
    threads: { inbox: 57, pending: 23, spam: 24 },
  },
  {
    pk: 61_000_000_002,
    username: "sandbox_2fa",
    fullName: "Sandbox Two-Factor",
    behaviour: `needs the code ${SANDBOX_CODE}`,
  },
  {
    pk: SANDBOX_CHALLENGE_PK,
    username: "sandbox_challenge",
    fullName: "Sandbox Challenge",
    behaviour: `needs a challenge resolved with ${SANDBOX_CODE}`,
    takesNoRequests: true,
  },
  {
    pk: 61_000_000_004,
    username: "sandbox_throttled",
    fullName: "Sandbox Throttled",
    behaviour: "is always throttled",
  },
  {
    pk: SANDBOX_PRIVATE_PK,
    username: "sandbox_private",
    fullName: "Sandbox Private",
    behaviour: "logs in; private to the others",
    isPrivate: true,
    listedFollowers: 57,
    followingCount: 80,
    requests: 75,
    postCount: 12,
    taggedBy: 9,
    storyHours: 4,
    highlights: 3,
  },
  {
    pk: 61_000_000_006,
    username: "sandbox_suspended",
    fullName: "Sandbox Suspended",
    behaviour: "is suspended: a challenge that no code ends",
  },
  {
    pk: 61_000_000_007,
    username: "sandbox_disabled",
    fullName: "Sandbox Disabled",
    behaviour: "is disabled for good",
  },
];

const NOTHING: Partial<NamedAccount> = {};

/** The fixed properties of a user; none for a user of the crowd. */
export const fixedOf = ({ slot }: { readonly slot: number }): Partial<NamedAccount> =>
  NAMED_ACCOUNTS[slot] ?? NOTHING;

/** How much posts are commented on. The posts of `instagram` repeat this order, from the newest on. */
export const COMMENTING = [
  /** Hundreds of comments, and a thread of dozens. */
  "busy",
  "usual",
  "usual",
  "usual",
  "usual",
  "closed",
  /** No comment yet. */
  "quiet",
  "usual",
] as const;

/** Positions of some posts of `instagram` among its posts, 0 the newest. */
export const POSTS_OF_INSTAGRAM = {
  withManyComments: COMMENTING.indexOf("busy"),
  withFewComments: COMMENTING.indexOf("usual"),
  withClosedComments: COMMENTING.indexOf("closed"),
  withoutComments: COMMENTING.indexOf("quiet"),
} as const;

/*
 * Targets with which callers can try out what they do about a throttle: a user, and a post of
 * `instagram` by its position. Every action on one of them is refused; reads are answered.
 */

/** Instagram blocks the action for a while. */
export const BLOCKED_TARGETS = { pk: 61_000_000_006, post: 33 } as const;
/** Instagram asks to wait a few minutes. */
export const HURRIED_TARGETS = { pk: 61_000_000_004, post: 34 } as const;

/** A hashtag that exists and has no posts. */
export const EMPTY_HASHTAG = "sandbox_empty";
/** A hashtag that Instagram hides: a warning instead of posts. */
export const HIDDEN_HASHTAG = "sandbox_hidden";
