import type { JsonObject } from "../answer.ts";
import { Comments } from "./comments.ts";
import { mediaShape } from "./media-shape.ts";
import { Memo } from "./numbers.ts";
import { People, type Person } from "./people.ts";
import { type Post, Posts } from "./posts.ts";
import { Stories, type Story } from "./stories.ts";
import { storyShape } from "./story-shape.ts";
import { Tags } from "./tags.ts";
import { Threads } from "./threads.ts";
import { Sounds } from "./tracks.ts";
import { userFull, userShort } from "./user-shape.ts";

/** What is the same in every world: users, posts and their written-out texts. */
export class Seed {
  readonly people: People;
  readonly posts: Posts;
  readonly comments: Comments;
  readonly threads: Threads;
  readonly sounds: Sounds;
  readonly stories: Stories;
  readonly tags: Tags;
  /** Texts of messages that are the same for every viewer. */
  readonly messageTexts = new Memo<string>(2_000);
  readonly #users = new Memo<string>(4_000);
  readonly #shorts = new Memo<string>(5_000);
  readonly #medias = new Memo<MediaText>(2_000);
  readonly #stories = new Memo<string>(1_000);

  constructor(readonly number: number) {
    this.people = new People(number);
    this.posts = new Posts(this.people);
    this.comments = new Comments(this.people, this.posts);
    this.threads = new Threads(this.people);
    this.sounds = new Sounds(this.posts);
    this.stories = new Stories(this.people);
    this.tags = new Tags(this.posts);
  }

  /** JSON text of a user's profile with its initial counts. */
  userText(person: Person): string {
    return this.#users.get(person.pk, () =>
      this.profileText(person, person.followerCount, person.followingCount),
    );
  }

  /** JSON text of a user's profile with counts of a world. */
  profileText(person: Person, followers: number, following: number): string {
    const usertags = this.tags.postsTagging(person).length;
    return JSON.stringify(userFull(person, { followers, following, usertags }));
  }

  /** JSON text of a user as lists carry it. */
  shortText(person: Person): string {
    return this.#shorts.get(person.slot, () => JSON.stringify(userShort(person)));
  }

  /** JSON text of a story as those see it who did not make it. */
  storyText(story: Story): string {
    return this.#stories.get(`${story.code} ${story.takenAt}`, () =>
      JSON.stringify(storyShape(this.sounds, story)),
    );
  }

  /** A post, to be rendered for a viewer. */
  mediaText(post: Post): MediaText {
    return this.#medias.get(post.code, () => {
      const tagged = this.tags.taggedOn(post);
      return new MediaText(mediaShape(this.people, post, tagged, this.sounds.of(post)), tagged);
    });
  }
}

/** What a post is to the account that looks at it, and what it did with it. */
export interface Seen {
  /** How many more like it than at the start. */
  readonly likesAdded: number;
  readonly isLiked: boolean;
  readonly viewerPk: number;
  /** Ids of the viewer's collections with it; undefined where it is not saved. */
  readonly savedIn: readonly string[] | undefined;
}

/** JSON text of a post, cut where it differs between viewers, so that one text serves all of them. */
class MediaText {
  readonly #whole: string;
  readonly #pieces: readonly string[];
  readonly #likes: number;
  readonly #tagged: readonly number[];

  constructor(shape: JsonObject, tagged: readonly Person[]) {
    this.#whole = JSON.stringify(shape);
    this.#likes = Number(shape.like_count);
    this.#tagged = tagged.map(({ pk }) => pk);
    const cuts = [
      `"like_count":${this.#likes},"has_liked":false`,
      '"photo_of_you":false',
      '"has_viewer_saved":false',
    ];
    this.#pieces = cutAt(this.#whole, cuts);
  }

  render({ likesAdded, isLiked, viewerPk, savedIn }: Seen): string {
    const isTagged = this.#tagged.includes(viewerPk);
    if (likesAdded === 0 && !isLiked && !isTagged && savedIn === undefined) return this.#whole;
    const [start, afterLikes, afterPhoto, end] = this.#pieces;
    // A like of the start that was taken back may not be in the made-up count.
    const likes = `"like_count":${Math.max(0, this.#likes + likesAdded)},"has_liked":${isLiked}`;
    const saved =
      savedIn === undefined
        ? '"has_viewer_saved":false'
        : `"has_viewer_saved":true,"saved_collection_ids":${JSON.stringify(savedIn)}`;
    return `${start}${likes}${afterLikes}"photo_of_you":${isTagged}${afterPhoto}${saved}${end}`;
  }
}

/** The text around the first of each of the cuts, which follow each other in it. */
function cutAt(text: string, cuts: readonly string[]): string[] {
  const pieces: string[] = [];
  let from = 0;
  for (const cut of cuts) {
    const at = text.indexOf(cut, from);
    if (at < 0) throw new Error(`no ${cut} in ${text}`);
    pieces.push(text.slice(from, at));
    from = at + cut.length;
  }
  return [...pieces, text.slice(from)];
}
