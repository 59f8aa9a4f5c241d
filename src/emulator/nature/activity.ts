import { digits, type JsonObject } from "../answer.ts";
import type { Nature } from "./nature.ts";
import { mix } from "./numbers.ts";
import type { Person } from "./people.ts";
import type { Post } from "./posts.ts";
import { initialFollowers } from "./relations.ts";
import { pictureUrl } from "./user-shape.ts";

/** How many entries an account's activity has at most, and how many of them are new at the start. */
const LENGTH = 36;
export const NEW_ENTRIES = 7;

/** The moment of the newest entry, unix seconds: later than every post, whatever the clock says. */
const NEWEST = Date.UTC(2025, 10, 2) / 1_000;

const KINDS = [
  { name: "like", type: 1, story: 60, count: "likes", said: "liked your post." },
  {
    name: "comment_on_post",
    type: 1,
    story: 12,
    count: "comments",
    said: "commented: So good! 👏",
  },
  {
    name: "user_followed",
    type: 3,
    story: 101,
    count: "relationships",
    said: "started following you.",
  },
  { name: "usertag", type: 1, story: 102, count: "usertags", said: "tagged you in a post." },
] as const;

/** What happened around an account, newest first; nothing where nobody follows it. */
export function activityOf(nature: Nature, person: Person): JsonObject[] {
  const followers = initialFollowers(nature.people, person);
  const length = Math.min(followers.length, LENGTH);
  return Array.from({ length }, (_, index) => {
    const post =
      person.postCount > 0 ? nature.posts.of(person, index % person.postCount) : undefined;
    return entry(person, followers.at(index), post, index);
  });
}

function entry(person: Person, by: Person, post: Post | undefined, index: number): JsonObject {
  const hash = mix(person.slot, 93, index);
  // Somebody without posts is only followed.
  const kind = KINDS[post === undefined ? 2 : hash % KINDS.length] ?? KINDS[2];
  const onPost = kind.type === 1 && post !== undefined;
  const id = 17_950_000_000_000_000n + BigInt(person.slot * 1_000 + index);
  return {
    type: kind.type,
    story_type: kind.story,
    notif_name: kind.name,
    pk: `${id}`,
    counts: { [kind.count]: 1 },
    args: {
      text: `${by.username} ${kind.said}`,
      rich_text: `{${by.username}|000000|1|user?id=${by.pk}} ${kind.said}`,
      links: [{ start: 0, end: by.username.length, type: "user", id: `${by.pk}` }],
      profile_id: by.pk,
      profile_name: by.username,
      profile_image: pictureUrl(`avatar_${by.pk}`, 150, 150),
      ...(onPost
        ? { media: [{ id: `${post.pk}_${person.pk}`, image: pictureUrl(`${post.pk}`, 320, 400) }] }
        : {}),
      ...(onPost && kind.count === "comments" ? { comment_id: digits(id + 1n) } : {}),
      ...(kind.type === 3 ? { inline_follow: { user_info: { id: by.pk }, following: false } } : {}),
      actions: ["hide"],
      timestamp: NEWEST - index * 3_600 - (hash % 3_000) + 0.25,
      tuuid: `${hash.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`,
      clicked: false,
    },
  };
}
