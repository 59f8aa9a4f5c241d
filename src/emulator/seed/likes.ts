import type { SeedList } from "../store/kinds.ts";
import { CROWD, mix, Permutation } from "./numbers.ts";
import { isInstagram, type Person } from "./people.ts";
import type { Post, Posts } from "./posts.ts";
import { withNamed } from "./relations.ts";

/** How many users like a post at the start of every world, unless more named accounts do. */
function likeCountOf(post: Post): number {
  if (post.position < 0) return 0;
  return isInstagram(post.owner) ? 100_000 + (post.hash % 900_000) : post.hash % 2_000;
}

/** Who likes a post at the start of every world: named accounts first, then users of the crowd. */
export function likersSeed(posts: Posts, post: Post): SeedList<Person> {
  const { people } = posts;
  const order = new Permutation(mix(people.seed, post.hash, 63));
  const count = likeCountOf(post);
  return withNamed(
    people,
    (account) => posts.likedBy(account).positionOf(post) !== undefined,
    Math.min(count, CROWD >> 1),
    (length) => ({
      length,
      at: (position) => people.ofCrowd(order.apply(position)),
      positionOf(person) {
        const index = people.crowdIndex(person);
        const position = index < 0 ? length : order.invert(index);
        return position < length ? position : undefined;
      },
    }),
    count,
  );
}
