import {
  type Hashtag,
  hashtagName,
  hashtagNamed,
  hashtagsIn,
  newHashtag,
  searchHashtags,
  taggedLength,
  taggedPost,
} from "../seed/hashtags.ts";
import type { Post } from "../seed/posts.ts";
import type { Seed } from "../seed/seed.ts";
import type { ComputedList } from "../store/list.ts";
import type { Posts } from "./posts.ts";

/** Most posts that were added or edited in a world and are in the list of one hashtag. */
const MOST_EDITED = 60;

/** The posts that were added or edited, by the hashtags in their captions. */
interface Edited {
  /** What it was computed of. */
  readonly revision: number;
  /** Newest first. */
  readonly posts: ReadonlyMap<string, readonly Post[]>;
  /** How many more, or fewer, posts have a hashtag than at the start of the world. */
  readonly more: ReadonlyMap<string, number>;
}

const NOTHING_EDITED: Edited = { revision: 0, posts: new Map(), more: new Map() };

/** Hashtags of one world: those of the seed and those that accounts write into captions. */
export class Hashtags {
  #edited = NOTHING_EDITED;

  constructor(
    readonly seed: Seed,
    readonly posts: Posts,
  ) {}

  /** The hashtag of that name, in any case and with or without `#`; undefined where nobody uses it. */
  named(text: string): Hashtag | undefined {
    const seeded = hashtagNamed(text);
    const { more } = this.#index();
    if (seeded !== undefined) return this.#counted(seeded);
    const name = hashtagName(text);
    const count = more.get(name) ?? 0;
    return count > 0 ? newHashtag(name, count) : undefined;
  }

  /** Hashtags whose name contains the text: those of the seed, then those that were made up. */
  search(text: string, limit: number): Hashtag[] {
    const seeded = searchHashtags(text, limit).map((hashtag) => this.#counted(hashtag));
    const wanted = hashtagName(text.trim());
    if (wanted === "") return seeded;
    const madeUp = [...this.#index().more.keys()]
      .filter((name) => name.includes(wanted) && hashtagNamed(name) === undefined)
      .flatMap((name) => this.named(name) ?? []);
    return [...seeded, ...madeUp].slice(0, limit);
  }

  /**
   * The posts of a hashtag, roughly newest first: at the first positions those that were added or edited
   * in this world, so that the seeded ones keep theirs. With `seededAt` the seeded ones are in another
   * order.
   */
  tagged(
    hashtag: Hashtag,
    seededAt: (position: number, length: number) => number = (position) => position,
  ): ComputedList<Post> {
    const { people, posts } = this.seed;
    const edited = this.#index().posts.get(hashtag.name) ?? [];
    const length = taggedLength(people, hashtag);
    return {
      length: MOST_EDITED + length,
      at: (position) =>
        position < MOST_EDITED
          ? edited[position]
          : taggedPost(posts, hashtag, seededAt(position - MOST_EDITED, length)),
    };
  }

  #counted(hashtag: Hashtag): Hashtag {
    const more = this.#index().more.get(hashtag.name) ?? 0;
    return more === 0 ? hashtag : { ...hashtag, mediaCount: hashtag.mediaCount + more };
  }

  #index(): Edited {
    const { lists } = this.posts.all;
    if (lists.revision === this.#edited.revision) return this.#edited;
    const byName = new Map<string, Post[]>();
    const more = new Map<string, number>();
    const count = (name: string, by: number) => more.set(name, (more.get(name) ?? 0) + by);
    for (const post of lists.edited()) {
      const names = hashtagsIn(post.caption);
      const before =
        post.position < 0
          ? new Set<string>()
          : hashtagsIn(this.seed.posts.of(post.owner, post.position).caption);
      for (const name of names.difference(before)) count(name, 1);
      for (const name of before.difference(names)) count(name, -1);
      for (const name of names) byName.set(name, [...(byName.get(name) ?? []), post]);
    }
    for (const [name, posts] of byName)
      byName.set(
        name,
        posts.sort((one, other) => other.takenAt - one.takenAt).slice(0, MOST_EDITED),
      );
    this.#edited = { revision: lists.revision, posts: byName, more };
    return this.#edited;
  }
}
