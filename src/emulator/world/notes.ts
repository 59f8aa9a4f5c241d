import { NOTE_LIFETIME, type Note, noteSeed } from "../seed/notes.ts";
import type { Person } from "../seed/people.ts";
import { type Budget, CHANGE } from "../store/budget.ts";
import { Lists } from "../store/lists.ts";
import type { Clock } from "./clock.ts";
import type { Friendships } from "./friendships.ts";

/** Ids of notes that are written in a world begin here: past 2^53 and odd. */
const FIRST_WRITTEN_ID = 18_100_000_000_000_001n;

/** Slots of users are below this number. */
const SLOTS = 2n ** 20n;

/** The id of a world's nth written note, which tells its author. */
const writtenId = ({ slot }: Person, written: number): string =>
  String(FIRST_WRITTEN_ID + 2n * (BigInt(written) * SLOTS + BigInt(slot)));

const sizeOf = ({ text }: Note): number => 200 + 2 * text.length;

/** The notes of one world. Nobody has more than one. */
export class Notes {
  readonly #notes: Lists<Person, Note>;
  #written = 0;

  constructor(
    readonly clock: Clock,
    readonly friendships: Friendships,
    readonly budget: Budget,
  ) {
    this.#notes = new Lists(
      {
        ownerKey: ({ pk }) => pk,
        keyOf: ({ id }) => id,
        seed: (author) => noteSeed(author, clock.now),
        grows: "head",
        sizeOf,
        current: (note) => ({ ...note, author: friendships.people.current(note.author) }),
      },
      budget,
    );
  }

  /** The note that an author shows now. */
  of(author: Person): Note | undefined {
    const { now } = this.clock;
    for (const note of this.#notes.of(author))
      if (now < (note.createdAt + NOTE_LIFETIME) * 1_000) return note;
    return undefined;
  }

  /** The author's note, if the viewer may see it. */
  shownTo(viewer: Person, author: Person): Note | undefined {
    const note = this.of(author);
    if (note === undefined || author.pk === viewer.pk || !this.#notes.isAdded(author, note))
      return note;
    // Seeded notes of others are for whoever follows them.
    return this.#isFor(viewer, note) ? note : undefined;
  }

  #isFor(viewer: Person, { author, audience }: Note): boolean {
    const { follows, attention } = this.friendships;
    if (audience !== 0) return attention.closeFriends.has(author, viewer);
    return follows.has(author, viewer) && follows.has(viewer, author);
  }

  /** Writes a note in place of the author's one before. Throws a Refusal when the world is full. */
  write(draft: Pick<Note, "author" | "text" | "audience">): Note {
    const note: Note = {
      ...draft,
      id: writtenId(draft.author, this.#written),
      createdAt: Math.floor(this.clock.now / 1_000),
    };
    this.budget.check(2 * CHANGE + sizeOf(note));
    this.#written++;
    for (const old of [...this.#notes.of(note.author)]) this.#notes.remove(note.author, old);
    this.#notes.add(note.author, note);
    return note;
  }

  /**
   * Deletes an author's note, which may be gone already; false where the author has written none with
   * that id. Throws as write() does.
   */
  delete(author: Person, id: string): boolean {
    const shown = this.of(author);
    if (shown?.id === id) return this.#notes.remove(author, shown);
    return this.#hasWritten(author, id);
  }

  #hasWritten(author: Person, id: string): boolean {
    if (!/^\d{17,19}$/.test(id)) return false;
    if (noteSeed(author, this.clock.now).at(0)?.id === id) return true;
    const written = Number((BigInt(id) - FIRST_WRITTEN_ID) / 2n / SLOTS);
    return written >= 0 && written < this.#written && writtenId(author, written) === id;
  }
}
