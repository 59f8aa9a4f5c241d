import { mix, Permutation } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import type { Post } from "./posts.ts";

/** How many people like a post at the start of every world. */
export function initialLikes(post: Post): number {
  return post.owner.slot === 0 ? 100_000 + (post.hash % 900_000) : post.hash % 2_000;
}

/** The first `count` of those who like a post at the start of every world: distinct users of the crowd. */
export function initialLikers(people: People, post: Post, count: number): Person[] {
  const order = new Permutation(mix(people.seed, post.hash, 63));
  return Array.from({ length: count }, (_, index) => people.ofCrowd(order.apply(index)));
}
