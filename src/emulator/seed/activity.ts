import { digits, type JsonObject } from "../answer.ts";
import { likersSeed } from "./likes.ts";
import { pictureOf } from "./made.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post } from "./posts.ts";
import type { Seed } from "./seed.ts";
import { avatarOf } from "./user-shape.ts";

/** The most entries that an account's activity has. */
const LENGTH = 36;
/** How many entries are new at the start of every world. */
export const NEW_ENTRIES = 7;

/** Time of the newest seeded entry, unix seconds: after every seeded post, and independent of the clock. */
export const NEWEST = Date.UTC(2025, 10, 2) / 1_000;

/** Something that a user did; `post` is the post it was done on, if any. */
export interface Action {
  readonly name: string;
  readonly story: number;
  readonly count: string;
  readonly by: Person;
  readonly said: string;
  readonly post?: Post;
  readonly commentId?: bigint;
}

/**
 * The activity of an account, newest first; empty for an account without followers. The users in it
 * are taken from the posts' own lists of likes, comments and tags. `isFollowed` says whether the
 * account follows a user.
 */
export function activityOf(
  seed: Seed,
  person: Person,
  isFollowed: (by: Person) => boolean,
): JsonObject[] {
  const followers = seed.relations.followersOf(person);
  const tagging = seed.tags.postsTagging(person);
  return Array.from({ length: Math.min(followers.length, LENGTH) }, (_, index) => {
    const hash = mix(person.slot, 93, index);
    const own = person.postCount > 0 ? seed.posts.of(person, index % person.postCount) : undefined;
    const action =
      (own === undefined ? undefined : onOwnPost(seed, own, hash)) ??
      (hash % 4 === 3 ? tagged(tagging[index % tagging.length]) : undefined) ??
      followed(followers.at(index));
    const timestamp = NEWEST - index * 3_600 - (hash % 3_000) + 0.25;
    const pk = 17_950_000_000_000_000n + BigInt(person.slot * 1_000 + index);
    return entry(action, { pk, timestamp, hash }, isFollowed);
  });
}

/** A like or a comment on the account's own post, for half of all entries and where the post has any. */
function onOwnPost(seed: Seed, post: Post, hash: number): Action | undefined {
  if (hash % 4 === 0) {
    const likers = likersSeed(seed.posts, post);
    const by = likers.length === 0 ? undefined : likers.at(hash % Math.min(likers.length, 20));
    const said = "liked your post.";
    return by && { name: "like", story: 60, count: "likes", by, said, post };
  }
  const comments = seed.comments.seedOf(post);
  if (hash % 4 !== 1 || comments.length === 0) return undefined;
  const comment = comments.at((hash >>> 4) % Math.min(comments.length, 15));
  if (comment === undefined) return undefined;
  const { author, text, pk } = comment;
  const said = `commented: ${text}`;
  return {
    name: "comment_on_post",
    story: 12,
    count: "comments",
    by: author,
    said,
    post,
    commentId: pk,
  };
}

function tagged(post: Post | undefined): Action | undefined {
  const said = "tagged you in a post.";
  return post && { name: "usertag", story: 102, count: "usertags", by: post.owner, said, post };
}

const followed = (by: Person): Action => ({
  name: "user_followed",
  story: 101,
  count: "relationships",
  by,
  said: "started following you.",
});

/** An entry of an activity. `timestamp` is in unix seconds; `isFollowed` as for activityOf(). */
export function entry(
  { name, story, count, by, said, post, commentId }: Action,
  { pk, timestamp, hash }: { pk: bigint; timestamp: number; hash: number },
  isFollowed: (by: Person) => boolean,
): JsonObject {
  return {
    type: post === undefined ? 3 : 1,
    story_type: story,
    notif_name: name,
    pk: `${pk}`,
    counts: { [count]: 1 },
    args: {
      ...saidOf(by, said),
      ...(post === undefined
        ? { inline_follow: { user_info: { id: by.pk }, following: isFollowed(by) } }
        : { media: [mediaOf(post)] }),
      ...(commentId === undefined ? {} : { comment_id: digits(commentId) }),
      actions: ["hide"],
      timestamp,
      tuuid: tuuidOf(hash),
      clicked: false,
    },
  };
}

/** The entry that says what a followed user has liked last; undefined where the user likes nothing. */
export function activityOfFollowed(seed: Seed, by: Person, index: number): JsonObject | undefined {
  const liked = seed.posts.likedBy(by);
  const post = liked.at(0) ?? liked.at(1);
  if (post === undefined) return undefined;
  const hash = mix(by.slot, 94, index);
  return {
    type: 1,
    story_type: 60,
    pk: `${17_960_000_000_000_000n + BigInt(by.slot)}`,
    counts: { likes: 1 },
    args: {
      ...saidOf(by, `liked ${post.owner.username}'s post.`),
      second_profile_id: post.owner.pk,
      second_profile_image: avatarOf(post.owner, 150),
      media: [mediaOf(post)],
      timestamp: NEWEST - index * 900,
      tuuid: tuuidOf(hash),
    },
  };
}

function saidOf(by: Person, said: string): JsonObject {
  return {
    text: `${by.username} ${said}`,
    rich_text: `{${by.username}|000000|1|user?id=${by.pk}} ${said}`,
    links: [{ start: 0, end: by.username.length, type: "user", id: `${by.pk}` }],
    profile_id: by.pk,
    profile_name: by.username,
    profile_image: avatarOf(by, 150),
  };
}

const mediaOf = (post: Post): JsonObject => ({
  id: `${post.pk}_${post.owner.pk}`,
  image: pictureOf(post, 320, 400),
});

const tuuidOf = (hash: number): string =>
  `${hash.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
