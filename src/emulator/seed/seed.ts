import type { JsonObject } from "../answer.ts";
import { Collections } from "./collections.ts";
import { Comments, commentTotalOf } from "./comments.ts";
import { likersSeed } from "./likes.ts";
import { mediaShape, type PostCounts } from "./media-shape.ts";
import { Memo } from "./numbers.ts";
import { People, type Person } from "./people.ts";
import { countOfKinds, type Post, Posts, type Tagged } from "./posts.ts";
import { Relations } from "./relations.ts";
import { highlightCountOf, Stories, type Story } from "./stories.ts";
import { storyShape } from "./story-shape.ts";
import { Tags, tagOf } from "./tags.ts";
import { Threads } from "./threads.ts";
import { Sounds } from "./tracks.ts";
import { type ProfileCounts, userFull, userShort } from "./user-shape.ts";

/** What every world starts with. It is computed when it is read; JSON texts that are used often are kept. */
export class Seed {
  readonly people: People;
  readonly relations: Relations;
  readonly posts: Posts;
  readonly collections: Collections;
  readonly comments: Comments;
  readonly threads: Threads;
  readonly sounds: Sounds;
  readonly stories: Stories;
  readonly tags: Tags;
  /** JSON texts of messages that are the same for every viewer. */
  readonly messageTexts = new Memo<string>(2_000);
  readonly #users = new Memo<string>(4_000);
  readonly #shorts = new Memo<string>(5_000);
  readonly #medias = new Memo<MediaText>(2_000);
  readonly #stories = new Memo<string>(1_000);

  constructor(readonly number: number) {
    this.people = new People(number);
    this.relations = new Relations(this.people);
    this.posts = new Posts(this.people);
    this.collections = new Collections(this.posts);
    this.comments = new Comments(this.people, this.posts);
    this.threads = new Threads(this.people);
    this.sounds = new Sounds(this.posts);
    this.stories = new Stories(this.people);
    this.tags = new Tags(this.posts);
  }

  /** JSON text of a user's profile as it is at the start of every world. */
  userText(person: Person): string {
    return this.#users.get(person, () => this.profileText(person, this.#profileCounts(person)));
  }

  /** JSON text of a user's profile with the counts of a world. */
  profileText(person: Person, counts: ProfileCounts): string {
    return JSON.stringify(userFull(person, counts));
  }

  /** JSON text of a user as in lists. */
  shortText(person: Person): string {
    return this.#shorts.get(person, () => JSON.stringify(userShort(person)));
  }

  /** JSON text of a story as everybody but its owner sees it. */
  storyText(story: Story): string {
    const compute = () => JSON.stringify(storyShape(this.sounds, story));
    const { owner, code, takenAt, made } = story;
    // An owner with an edited profile is another object: the kept text shows the old profile. Stories
    // that were made are different in each world.
    if (made !== undefined || owner !== this.people.bySlot(owner.slot)) return compute();
    return this.#stories.get(`${code} ${takenAt}`, compute);
  }

  /** The JSON text of a post, to be rendered for a viewer. */
  mediaText(post: Post): MediaText {
    return this.#medias.get(post, () => this.mediaTextWith(post, this.tagsOn(post)));
  }

  /** Who is tagged on a post, and where. */
  tagsOn(post: Post): readonly Tagged[] {
    return post.shows?.tagged ?? this.tags.taggedOn(post).map(tagOf(post));
  }

  /** The text of a post with the users tagged on it as they are in a world. */
  mediaTextWith(post: Post, tagged: readonly Tagged[]): MediaText {
    const { count: likes = 0 } = likersSeed(this.posts, post);
    const counts = { likes, comments: commentTotalOf(post) };
    const shape = mediaShape(this.people, post, counts, tagged, this.sounds.of(post));
    return new MediaText(
      shape,
      counts,
      tagged.map(({ person }) => person),
    );
  }

  #profileCounts(person: Person): ProfileCounts {
    const followers = this.relations.followersOf(person);
    return {
      followers: followers.count ?? followers.length,
      following: this.relations.followedBy(person).length,
      posts: person.postCount,
      clips: countOfKinds(person, ["clip"]),
      videos: countOfKinds(person, ["video"]),
      usertags: this.tags.postsTagging(person).length,
      highlights: highlightCountOf(person),
    };
  }
}

/** What a post shows to the account that reads it. */
interface PostView {
  /** Counts of a world; undefined while they are those of the seed. */
  readonly counts: PostCounts | undefined;
  readonly isLiked: boolean;
  readonly viewerPk: number;
  /** Ids of the viewer's collections with it; undefined where it is not saved. */
  readonly savedIn: readonly string[] | undefined;
}

/** JSON text of a post, cut where viewers see different values: one text serves all of them. */
class MediaText {
  readonly #whole: string;
  readonly #pieces: readonly string[];
  readonly #counts: PostCounts;
  readonly #tagged: readonly number[];

  constructor(shape: JsonObject, counts: PostCounts, tagged: readonly Person[]) {
    this.#whole = JSON.stringify(shape);
    this.#counts = counts;
    this.#tagged = tagged.map(({ pk }) => pk);
    const cuts = [
      `"like_count":${counts.likes},"has_liked":false`,
      `"comment_count":${counts.comments}`,
      '"photo_of_you":false',
      '"has_viewer_saved":false',
    ];
    this.#pieces = cutAt(this.#whole, cuts);
  }

  render({ counts, isLiked, viewerPk, savedIn }: PostView): string {
    const isTagged = this.#tagged.includes(viewerPk);
    if (counts === undefined && !isLiked && !isTagged && savedIn === undefined) return this.#whole;
    const [start, afterLikes, afterComments, afterPhoto, end] = this.#pieces;
    const { likes, comments } = counts ?? this.#counts;
    const saved =
      savedIn === undefined
        ? '"has_viewer_saved":false'
        : `"has_viewer_saved":true,"saved_collection_ids":${JSON.stringify(savedIn)}`;
    return (
      `${start}"like_count":${likes},"has_liked":${isLiked}` +
      `${afterLikes}"comment_count":${comments}` +
      `${afterComments}"photo_of_you":${isTagged}${afterPhoto}${saved}${end}`
    );
  }
}

/** The pieces of a text around `cuts`, which stand in it in that order. Throws where one is missing. */
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
