import { createHash } from "node:crypto";
import { type JsonObject, refuse } from "../answer.ts";
import { type Comment, commentShape, commentTotalOf, writtenPk } from "../seed/comments.ts";
import type { Person } from "../seed/people.ts";
import type { Post } from "../seed/posts.ts";
import type { Seed } from "../seed/seed.ts";
import { type Budget, CHANGE } from "../store/budget.ts";
import { Entities } from "../store/entities.ts";
import type { Key, ListKind } from "../store/kinds.ts";
import type { List } from "../store/list.ts";
import { Lists } from "../store/lists.ts";
import { pinnedFirst } from "../store/pinned.ts";
import { Recent } from "../store/recent.ts";
import { Relation } from "../store/relation.ts";
import type { People } from "./people.ts";
import type { Posts } from "./posts.ts";

const keyOf = ({ pk }: Comment): Key => pk;

/** Estimated bytes. */
const sizeOf = ({ text }: Pick<Comment, "text">): number => 550 + 2 * text.length;

/** A comment that is to be written. */
interface Draft {
  readonly author: Person;
  readonly post: Post;
  readonly text: string;
  readonly repliedTo: Comment | undefined;
  /** Idempotence token that the client makes up for each comment. */
  readonly token: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Comments and replies of one world, and who likes them. */
export class Comments {
  readonly likes: Relation<Person, Comment>;
  readonly #comments: Entities<Post, Comment>;
  readonly #replies: Entities<Comment, Comment>;
  /** By author and token, without the text: a retry has it, and what is deleted must leave the memory. */
  readonly #byToken = new Recent<Omit<Comment, "text">>();
  /** Told of each comment and reply that was written. */
  onWritten: ((comment: Comment) => void) | undefined;
  /** Comments and replies written in this world, by a hash of author, post and text. */
  readonly #said = new Map<string, Key>();
  #written = 0;

  constructor(
    seed: Seed,
    readonly people: People,
    posts: Posts,
    readonly budget: Budget,
  ) {
    const written = { keyOf, sizeOf } as const;
    const seeded = (pk: Key) => (typeof pk === "bigint" ? seed.comments.byPk(pk) : undefined);
    this.#comments = new Entities(
      new Lists(
        {
          ...written,
          ownerKey: ({ pk }) => pk,
          seed: (post) => seed.comments.seedOf(post),
          grows: "head",
        },
        budget,
      ),
      ({ post }) => posts.current(post),
      (pk) => notReply(seeded(pk)),
    );
    this.#replies = new Entities(
      new Lists(
        {
          ...written,
          ownerKey: keyOf,
          seed: (comment) => seed.comments.repliesSeedOf(comment),
          grows: "tail",
        },
        budget,
      ),
      ({ parentPk }) => (parentPk === undefined ? undefined : this.#comments.get(parentPk)),
      seeded,
    );
    const liked: ListKind<Person, Comment> = { ownerKey: ({ pk }) => pk, keyOf, grows: "head" };
    this.likes = new Relation(
      new Lists(liked, budget),
      new Lists(
        {
          ownerKey: keyOf,
          keyOf: ({ pk }) => pk,
          seed: (comment) => seed.comments.likersSeedOf(comment),
          grows: "head",
          current: (person) => people.current(person),
        },
        budget,
      ),
    );
  }

  /** The comments under a post: those written in this world, newest first, then the seeded ones. */
  under = (post: Post) => this.#comments.of(post);

  /** The comments under a post as they are shown: first those that its owner has pinned. */
  shownUnder(post: Post): List<Comment> {
    // Of the seeded comments only the first one can be pinned.
    if (this.isAsSeeded(post)) return this.under(post);
    return pinnedFirst(this.under(post), ({ isPinned }) => isPinned);
  }

  /** The comments that the owner of a post has pinned. */
  pinnedUnder = (post: Post): Comment[] => [...this.under(post)].filter(({ isPinned }) => isPinned);

  /** Pins a comment, or no longer. Throws a Refusal when the world is full. */
  pin(comment: Comment, isPinned: boolean): void {
    if (comment.isPinned !== isPinned) this.#comments.change({ ...comment, isPinned });
  }

  /** The replies in a comment's thread, oldest first. */
  repliesTo = (comment: Comment) => this.#replies.of(comment);

  /** The comment or reply with that id, undefined where there is none. */
  byId(id: string): Comment | undefined {
    if (!/^\d{1,19}$/.test(id)) return undefined;
    return this.#comments.get(BigInt(id)) ?? this.#replies.get(BigInt(id));
  }

  /** How many comments and replies a post has. */
  countUnder(post: Post): number {
    if (this.#comments.lists.isAsSeeded(post)) return commentTotalOf(post);
    let count = 0;
    for (const comment of this.under(post)) count += 1 + this.repliesTo(comment).count;
    return count;
  }

  /** True while nobody has changed the comments and replies of a post. */
  isAsSeeded(post: Post): boolean {
    return this.#comments.lists.isAsSeeded(post);
  }

  /**
   * Writes a comment or a reply. When the author has used the token before, returns the comment written
   * then. Throws a Refusal for a text that the author has written under the post already, and when the
   * world is full.
   */
  write({ author, post, text, repliedTo, token, now }: Draft): Comment {
    const key = `${author.pk} ${token}`;
    const known = this.#byToken.get(key);
    if (known !== undefined) return this.byId(String(known.pk)) ?? { ...known, text };
    const words = saidKey({ author, post, text });
    if (this.#said.has(words)) throw repeated();
    // Checked first: the comment and the change of the comment above it are kept, or nothing.
    const above = repliedTo === undefined ? 0 : CHANGE + sizeOf(repliedTo);
    this.budget.check(CHANGE + sizeOf({ text }) + above);
    const comment: Comment = {
      pk: writtenPk(now, this.#written++),
      post,
      parentPk: repliedTo && (repliedTo.parentPk ?? repliedTo.pk),
      repliedToPk: repliedTo?.pk,
      position: -1,
      reply: 0,
      author,
      text,
      createdAt: Math.floor(now / 1_000),
      isPinned: false,
    };
    (repliedTo === undefined ? this.#comments : this.#replies).add(comment);
    this.#repliesChanged(comment);
    const { text: _, ...withoutText } = comment;
    this.#byToken.set(key, withoutText);
    this.#said.set(words, comment.pk);
    this.onWritten?.(comment);
    return comment;
  }

  /** Deletes comments, with their replies, and single replies: all or none. Throws as write() does. */
  delete(comments: readonly Comment[]): void {
    const seeded = comments.filter(({ position }) => position >= 0);
    this.budget.check(seeded.length * 2 * (CHANGE + sizeOf({ text: "" })));
    for (const comment of comments) this.#delete(comment);
  }

  #delete(comment: Comment): void {
    this.#said.delete(saidKey(comment));
    if (comment.parentPk !== undefined) {
      this.#replies.remove(comment);
      this.#repliesChanged(comment);
      return;
    }
    for (const reply of [...this.repliesTo(comment)])
      if (this.#replies.isAdded(reply)) this.#delete(reply);
    this.#comments.remove(comment);
  }

  /** A comment as the viewer sees it. */
  shape(viewer: Person, comment: Comment): JsonObject {
    return commentShape(
      { ...comment, author: this.people.current(comment.author) },
      {
        likes: this.likes.to(comment).count,
        hasLiked: this.likes.has(viewer, comment),
        replies: this.repliesTo(comment).count,
      },
    );
  }

  /** Marks the comment above a reply as changed, so that its post is counted anew. */
  #repliesChanged({ parentPk }: Comment): void {
    const parent = parentPk === undefined ? undefined : this.#comments.get(parentPk);
    if (parent !== undefined) this.#comments.change(parent);
  }
}

const saidKey = ({ author, post, text }: Pick<Comment, "author" | "post" | "text">): string =>
  createHash("sha256").update(`${author.pk} ${post.pk} ${text.trim()}`).digest("base64url");

/** 400: the account has written the same under the post before. */
const repeated = () =>
  refuse(400, "feedback_required", undefined, {
    spam: true,
    feedback_title: "Couldn't Post Your Comment",
    feedback_message:
      "It looks like your comment is the same as one that you have posted here already.",
    feedback_action: "report_problem",
  });

const notReply = (comment: Comment | undefined): Comment | undefined =>
  comment?.parentPk === undefined ? comment : undefined;
