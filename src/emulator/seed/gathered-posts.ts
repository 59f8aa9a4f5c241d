import { CROWD, mix, Permutation } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";

/**
 * How posts of the crowd fall into groups (by hashtag, by place). Each user belongs to one group, and
 * every `step`th post of the user, from position `first` on, is in it. The group of a post and the
 * posts of a group are both computed, so that no lists are held.
 */
export interface Grouping {
  /** Gives each grouping an order of users of its own. */
  readonly kind: number;
  /** A power of two. */
  readonly groups: number;
  readonly first: number;
  readonly step: number;
  /** The most posts of one user in a group: many in well-known groups, few in the others. */
  readonly rounds: (group: number) => number;
}

/** The group of a post, or undefined where it is in none. */
export function groupOf(
  people: People,
  post: Pick<Post, "owner" | "position">,
  grouping: Grouping,
): number | undefined {
  const crowdIndex = people.crowdIndex(post.owner);
  const round = (post.position - grouping.first) / grouping.step;
  if (crowdIndex < 0 || !Number.isInteger(round) || round < 0) return undefined;
  const group = groupOfOwner(people, crowdIndex, grouping);
  return round < grouping.rounds(group) ? group : undefined;
}

/** The group that a user of the crowd belongs to. */
export function groupOfOwner(people: People, crowdIndex: number, grouping: Grouping): number {
  return orderOf(people, grouping).apply(crowdIndex) % grouping.groups;
}

/** How many users of the crowd belong to a group. */
export const ownersIn = ({ groups }: Grouping): number => CROWD / groups;

/** The user at an index of a group, 0..ownersIn-1. */
export function ownerAt(people: People, grouping: Grouping, group: number, index: number): Person {
  return people.ofCrowd(orderOf(people, grouping).invert(index * grouping.groups + group));
}

/** How many positions gatheredPost() takes for a group; about half of them hold a post. */
export function gatheredLength(grouping: Grouping, group: number): number {
  return ownersIn(grouping) * grouping.rounds(group);
}

/** The post at a position of a group, the users' newest posts first; undefined where there is none. */
export function gatheredPost(
  posts: Posts,
  grouping: Grouping,
  group: number,
  position: number,
): Post | undefined {
  const { first, step } = grouping;
  const users = ownersIn(grouping);
  const owner = ownerAt(posts.people, grouping, group, position % users);
  const at = first + Math.floor(position / users) * step;
  return at < owner.postCount ? posts.of(owner, at) : undefined;
}

function orderOf(people: People, { kind }: Grouping): Permutation {
  return new Permutation(mix(people.seed, kind));
}
