import type { Nature } from "./nature.ts";
import { CROWD, mix, Permutation } from "./numbers.ts";
import type { People, Person } from "./people.ts";
import type { Post } from "./posts.ts";

/*
 * Who is tagged on which post. Every rule is computed in both directions: from a post to those on it,
 * and from a user to the posts that tag them.
 */

/** How many of the crowd tag a named account, by its slot; those who post do so on one post each. */
const FANS_OF: ReadonlyArray<readonly [slot: number, fans: number]> = [
  [0, 60],
  [1, 40],
  [5, 9],
];

/** Users of the crowd that are tagged on one post, at most. */
const MOST_ON_ONE = 3;

/** Users of the crowd have fewer posts than this. */
const MOST_POSTS = 81;

/** Those tagged on a post. */
export function taggedOn(people: People, post: Post): Person[] {
  const tagged = new Map<number, Person>();
  for (const [slot, fans] of FANS_OF) {
    const person = people.bySlot(slot);
    const rank = fanRank(people, person, post.owner);
    if (rank >= 0 && rank < fans && rank % post.owner.postCount === post.position)
      tagged.set(person.pk, person);
  }
  const count = post.hash % 5 === 2 ? 1 + (post.hash % MOST_ON_ONE) : 0;
  for (let turn = 0; turn < count; turn++) {
    const person = ofCrowdOn(people, post, turn);
    if (person.pk !== post.owner.pk) tagged.set(person.pk, person);
  }
  return [...tagged.values()];
}

/** Posts that tag a user, newest first. */
export function postsTagging(nature: Nature, person: Person): Post[] {
  const { people } = nature;
  const found = new Map<string, Post>();
  for (const post of candidates(nature, person))
    if (taggedOn(people, post).some(({ pk }) => pk === person.pk)) found.set(post.code, post);
  return [...found.values()].sort((a, b) => b.takenAt - a.takenAt);
}

/** Posts that may tag a user: the rules of taggedOn() read backwards. */
function* candidates({ people, posts }: Nature, person: Person): Generator<Post> {
  const index = people.crowdIndex(person);
  if (index < 0) {
    const fans = FANS_OF.find(([slot]) => slot === person.slot)?.[1] ?? 0;
    for (let rank = 0; rank < fans; rank++) {
      const owner = people.ofCrowd(fansOf(people, person).apply(rank));
      if (owner.postCount > 0) yield posts.of(owner, rank % owner.postCount);
    }
    return;
  }
  for (const [slot] of FANS_OF) {
    const owner = people.bySlot(slot);
    for (let position = 0; position < owner.postCount; position++) yield posts.of(owner, position);
  }
  for (let position = 0; position < MOST_POSTS; position++)
    for (let turn = 0; turn < MOST_ON_ONE; turn++) {
      const owner = people.ofCrowd(shuffle(people, position, turn).invert(index));
      if (position < owner.postCount) yield posts.of(owner, position);
    }
}

/** Which of the crowd tag a named account, and on which of their posts. */
const fansOf = (people: People, person: Person): Permutation =>
  new Permutation(mix(people.seed, person.slot, 81));

function fanRank(people: People, person: Person, owner: Person): number {
  const index = people.crowdIndex(owner);
  return index < 0 ? -1 : fansOf(people, person).invert(index);
}

function ofCrowdOn(people: People, post: Post, turn: number): Person {
  const index = people.crowdIndex(post.owner);
  return people.ofCrowd(
    index < 0 ? mix(post.hash, turn) % CROWD : shuffle(people, post.position, turn).apply(index),
  );
}

const shuffle = (people: People, position: number, turn: number): Permutation =>
  new Permutation(mix(people.seed, 82, position * MOST_ON_ONE + turn));
