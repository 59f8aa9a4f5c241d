import type { Json } from "../answer.ts";
import { Comments } from "./comments.ts";
import { mediaShape } from "./media-shape.ts";
import { Memo } from "./numbers.ts";
import { People, type Person } from "./people.ts";
import { type Post, Posts } from "./posts.ts";
import { Stories, type Story } from "./stories.ts";
import { storyShape } from "./story-shape.ts";
import { Threads } from "./threads.ts";
import { Sounds } from "./tracks.ts";
import { userFull, userShort } from "./user-shape.ts";

/** What is the same in every world: users, posts and their written-out texts. */
export class Nature {
  readonly people: People;
  readonly posts: Posts;
  readonly comments: Comments;
  readonly threads: Threads;
  readonly sounds: Sounds;
  readonly stories: Stories;
  readonly #users = new Memo<string>(4_000);
  readonly #shorts = new Memo<string>(5_000);
  readonly #medias = new Memo<MediaText>(2_000);
  readonly #stories = new Memo<string>(1_000);

  constructor(readonly seed: number) {
    this.people = new People(seed);
    this.posts = new Posts(this.people);
    this.comments = new Comments(this.people, this.posts);
    this.threads = new Threads(this.people);
    this.sounds = new Sounds(this.posts);
    this.stories = new Stories(this.people);
  }

  /** JSON text of a user's profile with its initial counts. */
  userText(person: Person): string {
    return this.#users.get(person.pk, () =>
      JSON.stringify(userFull(person, person.followerCount, person.followingCount)),
    );
  }

  /** JSON text of a user as lists carry it. */
  shortText(person: Person): string {
    return this.#shorts.get(person.slot, () => JSON.stringify(userShort(person)));
  }

  /** JSON text of a story as those see it who did not make it. */
  storyText(story: Story): string {
    return this.#stories.get(story.code, () => JSON.stringify(storyShape(this, story)));
  }

  mediaText(post: Post): MediaText {
    return this.#medias.get(
      post.code,
      () => new MediaText(mediaShape(this.people, post, this.sounds.of(post))),
    );
  }
}

/** JSON text of a post, cut where a viewer's like shows, so that one text serves all viewers. */
class MediaText {
  readonly #unliked: string;
  readonly #before: string;
  readonly #after: string;
  readonly #likes: number;

  constructor(shape: { readonly [field: string]: Json }) {
    this.#unliked = JSON.stringify(shape);
    this.#likes = Number(shape.like_count);
    const cut = `"like_count":${this.#likes},"has_liked":false`;
    const start = this.#unliked.indexOf(cut);
    this.#before = this.#unliked.slice(0, start);
    this.#after = this.#unliked.slice(start + cut.length);
  }

  render(likes: number, liked: boolean): string {
    if (likes === 0 && !liked) return this.#unliked;
    // A like of the start that was taken back may not be in the made-up count.
    const count = Math.max(0, this.#likes + likes);
    return `${this.#before}"like_count":${count},"has_liked":${liked}${this.#after}`;
  }
}
