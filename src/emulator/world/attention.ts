import type { Person } from "../seed/people.ts";
import { type Budget, CHANGE } from "../store/budget.ts";
import { Lists } from "../store/lists.ts";
import type { People } from "./people.ts";

/** What of a user an account can mute. */
export type Mutable = "posts" | "stories";

/** What of a user an account can be notified of, by the end of the action's name. */
export const ANNOUNCED = ["", "_for_stories", "_for_igtv", "_for_clips"] as const;
export type Announced = (typeof ANNOUNCED)[number];

/** Whom the accounts of one world mute, hear of and count among their close friends, and hashtags that they follow. */
export class Attention {
  readonly closeFriends: Lists<Person, Person>;
  readonly muted: Readonly<Record<Mutable, Lists<Person, Person>>>;
  readonly announced: Readonly<Record<Announced, Lists<Person, Person>>>;
  /** Names of the hashtags that an account follows, followed last first. */
  readonly hashtags: Lists<Person, string>;

  constructor(
    people: People,
    readonly budget: Budget,
  ) {
    const lists = (): Lists<Person, Person> =>
      new Lists(
        {
          ownerKey: ({ pk }) => pk,
          keyOf: ({ pk }) => pk,
          grows: "head",
          current: (person) => people.current(person),
        },
        budget,
      );
    this.closeFriends = lists();
    this.muted = { posts: lists(), stories: lists() };
    this.announced = {
      "": lists(),
      _for_stories: lists(),
      _for_igtv: lists(),
      _for_clips: lists(),
    };
    this.hashtags = new Lists(
      {
        ownerKey: ({ pk }) => pk,
        keyOf: (name) => name,
        grows: "head",
        sizeOf: (name) => 2 * name.length,
      },
      budget,
    );
  }

  /** Throws a Refusal where the world has no room for so many more entries. */
  checkRoom(entries: number): void {
    this.budget.check(entries * CHANGE);
  }

  /** Ends what `from` has set about `to` while following it. */
  forgetFollowed(from: Person, to: Person): void {
    for (const lists of [...Object.values(this.muted), ...Object.values(this.announced)])
      lists.remove(from, to);
  }

  /** Ends all that `from` has set about `to`. */
  forget(from: Person, to: Person): void {
    this.forgetFollowed(from, to);
    this.closeFriends.remove(from, to);
  }
}
