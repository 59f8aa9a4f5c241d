import type { JsonObject } from "./answer.ts";
import { Pace } from "./pace.ts";

import { type Hashtag, hashtagShape } from "./seed/hashtags.ts";

import type { Person } from "./seed/people.ts";
import type { Post } from "./seed/posts.ts";
import type { Seed } from "./seed/seed.ts";
import type { Story } from "./seed/stories.ts";
import type { ProfileCounts } from "./seed/user-shape.ts";
import { Budget } from "./store/budget.ts";
import { type FileRoom, FileStore } from "./store/files.ts";
import type { ChooseFault } from "./upload-faults.ts";
import { Activity } from "./world/activity.ts";
import type { Clock } from "./world/clock.ts";
import { Comments } from "./world/comments.ts";
import { Direct } from "./world/direct.ts";
import { Friendships } from "./world/friendships.ts";
import { Hashtags } from "./world/hashtags.ts";
import { Logins } from "./world/logins.ts";
import { Notes } from "./world/notes.ts";
import { People } from "./world/people.ts";
import { Places } from "./world/places.ts";
import { Posts } from "./world/posts.ts";
import { Stories } from "./world/stories.ts";
import { Uploads } from "./world/uploads.ts";

/** Bytes that the changes of one world may take: enough for about five thousand likes or comments. */
const WORLD_LIMIT = 4 * 1_024 * 1_024;

/** How uploads go on. */
export interface UploadOptions {
  /** How long a second of a video is transcoded, in milliseconds. */
  readonly transcodeRate?: number;
  readonly chooseFault?: ChooseFault | undefined;
}

/** One tenant's Instagram: the seed, which all worlds share, and the changes that its accounts made. */
export class World {
  readonly clock: Clock = { now: 0 };
  readonly logins = new Logins();
  readonly pace = new Pace();
  readonly people: People;
  readonly friendships: Friendships;
  readonly posts: Posts;
  readonly hashtags: Hashtags;
  readonly places: Places;
  readonly comments: Comments;
  readonly stories: Stories;
  readonly direct: Direct;
  readonly notes: Notes;
  readonly activity: Activity;
  readonly uploads: Uploads;

  constructor(
    readonly seed: Seed,
    readonly files: FileRoom = new FileStore().room(),
    { transcodeRate = 0, chooseFault }: UploadOptions = {},
  ) {
    const budget = new Budget(WORLD_LIMIT);
    this.people = new People(seed.people, budget);
    this.friendships = new Friendships(seed.relations, this.people, budget);
    this.posts = new Posts(seed, this.people, budget);
    this.hashtags = new Hashtags(seed, this.posts);
    this.places = new Places(seed, this.posts);
    this.comments = new Comments(seed, this.people, this.posts, budget);
    this.notes = new Notes(this.clock, this.friendships, budget);
    this.stories = new Stories(seed, this.people, this.clock, budget);
    this.direct = new Direct(seed, this.clock, this.friendships, budget);
    this.uploads = new Uploads(files, this.clock, transcodeRate, chooseFault);
    this.activity = new Activity(this);
  }

  /** True where the viewer may see a user's posts and lists. */
  canSee(viewer: Person, person: Person): boolean {
    return this.friendships.canSee(viewer, person);
  }

  /** True where the viewer may see a story while it is shown or in a highlight. */
  seesStory(viewer: Person, { owner, made }: Story): boolean {
    if (!this.canSee(viewer, owner)) return false;
    if (!made?.isForCloseFriends || owner.pk === viewer.pk) return true;
    return this.friendships.attention.closeFriends.has(owner, viewer);
  }

  /** The stories that a user shows now, of those that the viewer may see; oldest first. */
  storiesFor(viewer: Person, owner: Person): Story[] {
    return this.stories.shownBy(owner).filter((story) => this.seesStory(viewer, story));
  }

  /** The numbers of a user's followers, followed users and posts. */
  counts(person: Person): Pick<ProfileCounts, "followers" | "following" | "posts"> {
    const { follows } = this.friendships;
    return {
      followers: follows.to(person).count,
      following: follows.of(person).count,
      posts: this.posts.all.of(person).count,
    };
  }

  /** JSON text of a profile; its counts are those of its lists. */
  userText(person: Person): string {
    const { follows } = this.friendships;
    const isAsSeeded =
      follows.isAsSeeded(person, person) &&
      this.posts.all.lists.isUntouched &&
      this.stories.highlights.lists.isAsSeeded(person);
    if (isAsSeeded) return this.seed.userText(person);
    return this.seed.profileText(person, {
      ...this.counts(person),
      clips: this.posts.countOf(person, "clip"),
      videos: this.posts.countOf(person, "video"),
      usertags: this.posts.tagging.of(person).count,
      highlights: this.stories.highlights.of(person).count,
    });
  }

  /** JSON text of a user as in lists. */
  shortText(person: Person): string {
    return this.seed.shortText(this.people.current(person));
  }

  /** A hashtag, with whether the viewer follows it. */
  hashtagShape(viewer: Person, hashtag: Hashtag): JsonObject {
    const isFollowed = this.friendships.attention.hashtags.has(viewer, hashtag.name);
    return { ...hashtagShape(hashtag), following: Number(isFollowed) };
  }

  /** JSON text of a post as the viewer sees it. */
  mediaText(viewer: Person, post: Post): string {
    const { likes } = this.posts;
    const isAsSeeded = likes.backwards.isAsSeeded(post) && this.comments.isAsSeeded(post);
    return this.#mediaText(post).render({
      counts: isAsSeeded
        ? undefined
        : { likes: likes.to(post).count, comments: this.comments.countUnder(post) },
      isLiked: likes.has(viewer, post),
      viewerPk: viewer.pk,
      savedIn: this.posts.savedIn(viewer, post),
    });
  }

  #mediaText(post: Post): ReturnType<Seed["mediaText"]> {
    const { people, seed } = this;
    if (people.isUntouched) return seed.mediaText(post);
    const tagged = seed.tagsOn(post);
    const now = tagged.map((tag) => ({ ...tag, person: people.current(tag.person) }));
    const isUnchanged = now.every(({ person }, index) => person === tagged[index]?.person);
    return isUnchanged ? seed.mediaText(post) : seed.mediaTextWith(post, now);
  }
}
