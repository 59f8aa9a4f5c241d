import { type Place, placedLength, placedPost, placeOf } from "../seed/places.ts";
import type { Post } from "../seed/posts.ts";
import type { Seed } from "../seed/seed.ts";
import type { ComputedList } from "../store/list.ts";
import type { Posts } from "./posts.ts";

/** Most posts that were edited in a world and are in the list of one place. */
const MOST_EDITED = 60;

/** The posts of places in one world: edited ones are where their owners say that they were made. */
export class Places {
  #edited: { readonly revision: number; readonly byPlace: ReadonlyMap<number, Post[]> } = {
    revision: 0,
    byPlace: new Map(),
  };

  constructor(
    readonly seed: Seed,
    readonly posts: Posts,
  ) {}

  /**
   * The posts of a place, roughly newest first: at the first positions those that were edited in this
   * world, so that the seeded ones keep theirs. With `seededAt` the seeded ones are in another order.
   */
  placed(
    place: Place,
    seededAt: (position: number, length: number) => number = (position) => position,
  ): ComputedList<Post> {
    const { people, posts } = this.seed;
    const edited = this.#byPlace().get(place.index) ?? [];
    const length = placedLength(people, place);
    return {
      length: MOST_EDITED + length,
      at: (position) => {
        if (position < MOST_EDITED) return edited[position];
        const post = placedPost(posts, place, seededAt(position - MOST_EDITED, length));
        // An edited post is at the first positions of its place, or at no place now.
        return post && this.posts.byPk(post.pk)?.shows === undefined ? post : undefined;
      },
    };
  }

  #byPlace(): ReadonlyMap<number, Post[]> {
    const { lists } = this.posts.all;
    if (lists.revision === this.#edited.revision) return this.#edited.byPlace;
    const byPlace = new Map<number, Post[]>();
    for (const post of lists.edited()) {
      const place = post.shows === undefined ? placeOf(this.seed.people, post) : post.shows.place;
      if (place === undefined || (post.shows === undefined && post.position >= 0)) continue;
      byPlace.set(place.index, [...(byPlace.get(place.index) ?? []), post]);
    }
    for (const [index, posts] of byPlace)
      byPlace.set(
        index,
        posts.sort((one, other) => other.takenAt - one.takenAt).slice(0, MOST_EDITED),
      );
    this.#edited = { revision: lists.revision, byPlace };
    return byPlace;
  }
}
