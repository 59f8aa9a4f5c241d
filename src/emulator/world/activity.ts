import type { JsonObject } from "../answer.ts";
import { type Action, entry, NEWEST } from "../seed/activity.ts";
import type { Comment } from "../seed/comments.ts";
import { fixedOf } from "../seed/fixtures.ts";
import { mix } from "../seed/numbers.ts";
import type { Person } from "../seed/people.ts";
import type { Post } from "../seed/posts.ts";
import type { World } from "../world.ts";

/** Most entries that are kept for an account; the oldest one is dropped. */
const KEPT = 50;
/** Most accounts that one text tells of having mentioned them. */
const MOST_MENTIONS = 20;

/** Something that an account did to another one, and whether it is still so. */
interface Deed {
  readonly by: Person;
  /** Unix milliseconds. */
  readonly at: number;
  /** Counts all deeds of the world. */
  readonly number: number;
  /** What the entry says; undefined where the deed was undone. */
  readonly action: () => Omit<Action, "by"> | undefined;
}

/**
 * What accounts of one world did to accounts that can log in: likes, comments, mentions, follows. It is
 * told by the stores, and what was undone meanwhile is not shown.
 */
export class Activity {
  /** Deeds by account and by what was done, oldest first. */
  readonly #deeds = new Map<number, Map<string, Deed>>();
  /** How many deeds there were when an account last looked. */
  readonly #seen = new Map<number, number>();
  #count = 0;

  constructor(readonly world: World) {
    const { posts, comments, friendships } = world;
    posts.likes.forwards.onAdd = (by, post) => this.#liked(by, post);
    posts.tagging.onAdd = (person, post) => this.#tagged(person, post);
    comments.likes.forwards.onAdd = (by, comment) => this.#likedComment(by, comment);
    comments.onWritten = (comment) => this.#commented(comment);
    friendships.follows.forwards.onAdd = (by, person) => this.#followed(by, person);
    friendships.requests.forwards.onAdd = (by, person) => this.#asked(by, person);
  }

  /** What was done to an account, newest first, and how many of these entries are new. */
  of(
    person: Person,
    isFollowed: (by: Person) => boolean,
  ): { entries: JsonObject[]; newOnes: number } {
    const entries: JsonObject[] = [];
    const seen = this.#seen.get(person.pk) ?? 0;
    let newOnes = 0;
    for (const { by, at, number, action } of [...this.#of(person).values()].reverse()) {
      const done = this.#hides(person, by) ? undefined : action();
      if (done === undefined) continue;
      if (number > seen) newOnes++;
      const pk = 17_970_000_000_000_000n + BigInt(number);
      // Newer than the seeded entries, whose times do not depend on the clock.
      const timestamp = Math.max(at / 1_000, NEWEST + number);
      const named = { ...done, by: this.world.people.current(by) };
      entries.push(entry(named, { pk, timestamp, hash: mix(number, 98) }, isFollowed));
    }
    return { entries, newOnes };
  }

  /** True for an account that has seen the entries that were new at the start of the world. */
  hasSeen = ({ pk }: Person): boolean => this.#seen.has(pk);

  /** Notes that an account has seen all entries up to now. */
  markSeen({ pk }: Person): void {
    this.#seen.set(pk, this.#count);
  }

  #liked(by: Person, post: Post): void {
    const { posts } = this.world;
    this.#note(post.owner, `like ${post.pk}`, by, () => {
      const now = posts.current(post);
      if (now === undefined || !posts.likes.has(by, now)) return undefined;
      return { name: "like", story: 60, count: "likes", said: "liked your post.", post: now };
    });
  }

  #tagged(person: Person, post: Post): void {
    const { posts } = this.world;
    this.#note(person, `tag ${post.pk}`, post.owner, () => {
      const now = posts.current(post);
      if (now === undefined || !posts.tagging.has(person, now)) return undefined;
      const said = "tagged you in a post.";
      return { name: "usertag", story: 102, count: "usertags", said, post: now };
    });
  }

  #likedComment(by: Person, { pk, author }: Comment): void {
    const { comments } = this.world;
    this.#note(author, `comment like ${pk}`, by, () => {
      const comment = comments.byId(String(pk));
      if (comment === undefined || !comments.likes.has(by, comment)) return undefined;
      const said = `liked your comment: ${comment.text}`;
      const about = { post: comment.post, commentId: pk };
      return { name: "comment_like", story: 13, count: "comment_likes", said, ...about };
    });
  }

  /** Tells the owner of the post, the author of the comment that was answered, and who is mentioned. */
  #commented({ pk, post, author, text, repliedToPk }: Comment): void {
    const answered =
      repliedToPk === undefined ? undefined : this.world.comments.byId(String(repliedToPk))?.author;
    const told = new Map<number, readonly [Person, name: string, story: number, said: string]>();
    for (const person of this.#mentionedIn(text))
      told.set(person.pk, [person, "mentioned_comment", 66, "mentioned you in a comment"]);
    if (answered !== undefined)
      told.set(answered.pk, [
        answered,
        "reply_to_comment_with_threading",
        12,
        "replied to your comment",
      ]);
    told.set(post.owner.pk, [post.owner, "comment_on_post", 12, "commented"]);
    for (const [person, name, story, said] of told.values())
      this.#note(person, `comment ${pk}`, author, () => {
        const comment = this.world.comments.byId(String(pk));
        if (comment === undefined) return undefined;
        const about = { post: comment.post, commentId: pk };
        return { name, story, count: "comments", said: `${said}: ${comment.text}`, ...about };
      });
  }

  #followed(by: Person, person: Person): void {
    this.#note(person, "follow", by, () =>
      this.world.friendships.follows.has(by, person)
        ? {
            name: "user_followed",
            story: 101,
            count: "relationships",
            said: "started following you.",
          }
        : undefined,
    );
  }

  #asked(by: Person, person: Person): void {
    this.#note(person, "request", by, () =>
      this.world.friendships.requests.has(by, person)
        ? {
            name: "private_user_follow_request",
            story: 75,
            count: "requests",
            said: "requested to follow you.",
          }
        : undefined,
    );
  }

  /** The accounts that a text mentions with `@`. */
  #mentionedIn(text: string): Person[] {
    const names = [...text.matchAll(/@(\w+(?:\.\w+)*)/g)].slice(0, MOST_MENTIONS);
    return names.flatMap(([, name = ""]) => this.world.people.byUsername(name) ?? []);
  }

  /** Notes a deed for accounts that can log in; doing the same again makes it the newest. */
  #note(person: Person, what: string, by: Person, action: Deed["action"]): void {
    if (by.pk === person.pk || fixedOf(person).behaviour === undefined) return;
    const deeds = this.#of(person);
    const key = `${what} ${by.pk}`;
    deeds.delete(key);
    deeds.set(key, { by, at: this.world.clock.now, number: ++this.#count, action });
    if (deeds.size > KEPT) for (const oldest of deeds.keys()) return void deeds.delete(oldest);
    this.#deeds.set(person.pk, deeds);
  }

  #of = ({ pk }: Person): Map<string, Deed> => this.#deeds.get(pk) ?? new Map<string, Deed>();

  /** True where one of the two has blocked the other. */
  #hides(person: Person, by: Person): boolean {
    return this.world.friendships.isBlocked(person, by);
  }
}
