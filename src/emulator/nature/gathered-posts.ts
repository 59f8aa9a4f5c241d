import { CROWD, mix, Permutation } from "./numbers.ts";
import type { People } from "./people.ts";
import type { Post, Posts } from "./posts.ts";

/**
 * How the posts of the crowd fall into groups (by hashtag, by place): each user belongs to one, and
 * every `step`th of the user's newest posts, from `first` on, is of that group. Found in both
 * directions by arithmetic, so that neither posts nor groups hold lists.
 */
export interface Grouping {
  /** Tells one grouping's order of users from another's. */
  readonly kind: number;
  /** A power of two. */
  readonly groups: number;
  readonly first: number;
  readonly step: number;
  /** How many posts of one user at most: many in groups that everybody knows, few in others. */
  readonly rounds: (group: number) => number;
}

/** The group of a post, or undefined where it is of none. */
export function groupOf(people: People, post: Post, grouping: Grouping): number | undefined {
  const crowdIndex = people.crowdIndex(post.owner);
  const round = (post.position - grouping.first) / grouping.step;
  if (crowdIndex < 0 || !Number.isInteger(round) || round < 0) return undefined;
  const group = orderOf(people, grouping).apply(crowdIndex) % grouping.groups;
  return round < grouping.rounds(group) ? group : undefined;
}

/** How many positions gatheredPost() knows in a group; about half of them hold a post. */
export function gatheredLength({ groups, rounds }: Grouping, group: number): number {
  return (CROWD / groups) * rounds(group);
}

/** The post at a position of a group, its users' newest ones first; undefined where there is none. */
export function gatheredPost(
  posts: Posts,
  grouping: Grouping,
  group: number,
  position: number,
): Post | undefined {
  const { groups, first, step } = grouping;
  const users = CROWD / groups;
  const number = (position % users) * groups + group;
  const owner = posts.people.ofCrowd(orderOf(posts.people, grouping).invert(number));
  const at = first + Math.floor(position / users) * step;
  return at < owner.postCount ? posts.of(owner, at) : undefined;
}

function orderOf(people: People, { kind }: Grouping): Permutation {
  return new Permutation(mix(people.seed, kind));
}
