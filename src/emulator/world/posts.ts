import type { Collection } from "../seed/collections.ts";
import { likersSeed } from "../seed/likes.ts";
import { mix } from "../seed/numbers.ts";
import type { Person } from "../seed/people.ts";
import {
  countOfKinds,
  isMediaId,
  NEWEST_SEEDED,
  type Post,
  type PostKind,
  partsOfPk,
  placeOfPost,
  postPk,
  type Shown,
  shortcodeOf,
} from "../seed/posts.ts";
import type { Seed } from "../seed/seed.ts";
import { type Budget, CHANGE } from "../store/budget.ts";
import { Entities } from "../store/entities.ts";
import { seedOf } from "../store/kinds.ts";
import { Lists } from "../store/lists.ts";
import { Relation } from "../store/relation.ts";
import type { People } from "./people.ts";

/** Milliseconds between two posts that are made in a world. */
const APART = 10;

/** What an account says of a post that it makes. */
export interface Draft
  extends Pick<Post, "owner" | "kind" | "caption" | "commentsClosed">,
    Required<Pick<Post, "shows" | "made">> {}

/** Posts of one world, who likes them and who has saved them. */
export class Posts {
  readonly all: Entities<Person, Post>;
  readonly likes: Relation<Person, Post>;
  readonly saved: Lists<Person, Post>;
  readonly collections: Entities<Person, Collection>;
  readonly collected: Lists<Collection, Post>;
  /** Posts by the user whom they tag. */
  readonly tagging: Lists<Person, Post>;
  readonly #seed: Seed["posts"];
  readonly #tags: Seed["tags"];
  /** When the newest post of this world was made, unix milliseconds. */
  #lastMade = 0;

  constructor(
    seed: Seed,
    readonly people: People,
    budget: Budget,
  ) {
    const { posts } = seed;
    this.#seed = posts;
    this.#tags = seed.tags;
    const ofPerson = { ownerKey: ({ pk }: Person) => pk, keyOf: ({ pk }: Post) => pk } as const;
    const current = (post: Post) => this.current(post);
    const newestFirst = { grows: "head", current, mayEnd: true } as const;
    this.all = new Entities(
      new Lists(
        {
          ...ofPerson,
          seed: (owner) => posts.seedOf(owner),
          grows: "head",
          sizeOf: (post) => this.#sizeOf(post),
          current: (post) => this.#withOwner(post),
        },
        budget,
      ),
      ({ owner }) => owner,
      (pk) => (typeof pk === "bigint" ? posts.byPk(pk) : undefined),
    );
    this.likes = new Relation(
      new Lists({ ...ofPerson, ...newestFirst, seed: (person) => posts.likedBy(person) }, budget),
      new Lists(
        {
          ownerKey: ({ pk }) => pk,
          keyOf: ({ pk }) => pk,
          seed: (post) => likersSeed(posts, post),
          grows: "head",
          current: (person) => people.current(person),
        },
        budget,
      ),
    );
    this.saved = new Lists(
      { ...ofPerson, ...newestFirst, seed: (person) => posts.savedBy(person) },
      budget,
    );
    this.collections = new Entities(
      new Lists(
        {
          ownerKey: ({ pk }) => pk,
          keyOf: ({ id }) => id,
          seed: (owner) => seed.collections.of(owner),
          grows: "head",
          sizeOf: ({ name }) => 2 * name.length,
        },
        budget,
      ),
      ({ owner }) => owner,
      // Nobody looks collections up by key: accounts see only their own list.
      () => undefined,
    );
    this.collected = new Lists(
      {
        ownerKey: ({ id }) => id,
        keyOf: ({ pk }) => pk,
        ...newestFirst,
        seed: (collection) => seed.collections.postsIn(collection),
      },
      budget,
    );
    this.tagging = new Lists(
      {
        ...ofPerson,
        ...newestFirst,
        seed: (person) => seedOf(seed.tags.postsTagging(person), ({ pk }) => pk),
      },
      budget,
    );
  }

  /** A post as it is now, undefined where it was deleted. */
  current(post: Post): Post | undefined {
    const now = this.all.current(post);
    return now && this.#withOwner(now);
  }

  /** A post with its owner as they are now. */
  #withOwner(post: Post): Post {
    if (this.people.isUntouched) return post;
    const owner = this.people.current(post.owner);
    return owner === post.owner ? post : { ...post, owner };
  }

  /** The post with a media id, `<pk>` or `<pk>_<owner>`; undefined also where the owner is not right. */
  byMediaId(text: string): Post | undefined {
    if (!isMediaId(text)) return undefined;
    const [pk = "", owner] = text.split("_");
    const post = this.byPk(BigInt(pk));
    return owner === undefined || owner === String(post?.owner.pk) ? post : undefined;
  }

  /** As byMediaId(), for a post that its owner has archived. */
  archivedByMediaId(text: string, owner: Person): Post | undefined {
    const [pk = "", ownerPk = String(owner.pk)] = text.split("_");
    const post = isMediaId(text) ? this.all.getHidden(BigInt(pk)) : undefined;
    return post?.owner.pk === owner.pk && ownerPk === String(owner.pk) ? post : undefined;
  }

  /** Adds a post that an account has made just now. Throws a Refusal when the world is full; then nothing is added. */
  make(draft: Draft, now: number): Post {
    const { owner } = draft;
    // Ids come from the time: items of a carousel take the ids of the next milliseconds.
    const takenAt = Math.max(now, NEWEST_SEEDED + APART, this.#lastMade + APART);
    const pk = postPk(takenAt, owner.slot, 0);
    const post: Post = {
      ...draft,
      pk,
      code: shortcodeOf(pk),
      position: -1,
      takenAt,
      captionIsEdited: false,
      isPinned: false,
      hash: mix(Number(pk & 0xffffffffn), owner.slot),
    };
    const { tagged } = draft.shows;
    this.all.lists.budget.check(CHANGE * (1 + tagged.length) + this.#sizeOf(post));
    this.#lastMade = takenAt;
    this.all.add(post, placeOfPost(post));
    for (const { person } of tagged) this.tagging.add(person, post);
    return post;
  }

  /** The posts that were made in this world, newest first. */
  get made(): Post[] {
    return [...this.all.lists.edited()]
      .filter(({ made }) => made !== undefined)
      .sort((one, other) => other.takenAt - one.takenAt);
  }

  /**
   * Changes the caption, and who and where a post shows: both ways, so that the lists of those who are
   * tagged follow. Throws a Refusal when the world is full; then nothing is changed.
   */
  edit(post: Post, caption: string, shows: Shown): void {
    const before = this.taggedOn(post);
    const after = shows.tagged.map(({ person }) => person);
    const isIn = (people: readonly Person[]) => (person: Person) =>
      people.some(({ pk }) => pk === person.pk);
    this.all.lists.budget.check(
      CHANGE * (1 + before.length + after.length) + this.#sizeOf({ ...post, caption, shows }),
    );
    const captionIsEdited = post.captionIsEdited || caption !== post.caption;
    const edited = { ...post, caption, captionIsEdited, shows };
    this.all.change(edited);
    for (const person of before) if (!isIn(after)(person)) this.tagging.remove(person, edited);
    for (const person of after) if (!isIn(before)(person)) this.tagging.add(person, edited);
  }

  /** Who is tagged on a post. */
  taggedOn({ shows, ...post }: Post): Person[] {
    return shows?.tagged.map(({ person }) => person) ?? this.#tags.taggedOn(post);
  }

  /** Deletes a post, also an archived one. Throws a Refusal when the world is full. */
  delete(post: Post): void {
    // A post that is archived takes as much room as one that is deleted.
    this.all.show(post);
    this.all.remove(post);
  }

  readonly #sizeOf = ({ caption, shows, made }: Post): number =>
    600 + 2 * caption.length + 100 * (shows?.tagged.length ?? 0) + 300 * (made?.items.length ?? 0);

  /** The posts that an owner has pinned to the profile. */
  pinnedOf(owner: Person): Post[] {
    return [...this.all.of(owner)].filter(({ isPinned }) => isPinned);
  }

  /** When an owner's post was taken, even if it is deleted now; undefined where the id is not the owner's. */
  takenAt(pk: bigint, owner: Person, now: number): number | undefined {
    const { slot, child, takenAt } = partsOfPk(pk);
    if (slot !== owner.slot || child !== 0) return undefined;
    const mayHaveBeen = takenAt > NEWEST_SEEDED && takenAt <= Math.max(now, this.#lastMade);
    return mayHaveBeen || this.#seed.byPk(pk) !== undefined ? takenAt : undefined;
  }

  byPk(pk: bigint): Post | undefined {
    const post = this.all.get(pk);
    return post && this.current(post);
  }

  newest(owner: Person): Post | undefined {
    for (const post of this.all.of(owner)) return post;
    return undefined;
  }

  /** The newest post of an owner that was not made in this world. */
  newestSeeded(owner: Person): Post | undefined {
    for (const post of this.all.of(owner)) if (post.made === undefined) return post;
    return undefined;
  }

  /** An owner's Reel, 0 the newest; undefined where the owner has fewer. */
  clip(owner: Person, index: number): Post | undefined {
    if (this.all.lists.isAsSeeded(owner)) return this.#seed.clip(owner, index);
    const clips = [...this.all.of(owner)].filter(({ kind }) => kind === "clip");
    return clips[index];
  }

  /** How many posts of a kind an owner has. */
  countOf(owner: Person, kind: PostKind): number {
    if (this.all.lists.isAsSeeded(owner)) return countOfKinds(owner, [kind]);
    let count = 0;
    for (const post of this.all.of(owner)) if (post.kind === kind) count++;
    return count;
  }

  /** Saves a post and puts it into collections of the account. Throws a Refusal when the world is full. */
  save(viewer: Person, post: Post, collections: readonly Collection[]): void {
    this.saved.budget.check((1 + collections.length) * CHANGE);
    this.saved.add(viewer, post);
    for (const collection of collections) this.collected.add(collection, post);
  }

  /** Removes a post from what an account has saved and from all its collections. */
  unsave(viewer: Person, post: Post): void {
    this.saved.remove(viewer, post);
    for (const collection of this.collections.of(viewer)) this.collected.remove(collection, post);
  }

  /** Ids of the account's collections that hold a post; undefined where it is not saved. */
  savedIn(viewer: Person, post: Post): string[] | undefined {
    if (!this.saved.has(viewer, post)) return undefined;
    return [...this.collections.of(viewer)]
      .filter((collection) => this.collected.has(collection, post))
      .map(({ id }) => id);
  }
}
