import type { Person, People as SeedPeople } from "../seed/people.ts";
import type { Budget } from "../store/budget.ts";
import { Lists } from "../store/lists.ts";

/** All users as they are in one world. Users never go away, but profiles can be edited. */
export class People {
  readonly #all: Lists<null, Person>;

  constructor(
    readonly seed: SeedPeople,
    budget: Budget,
  ) {
    this.#all = new Lists(
      {
        ownerKey: () => "everybody",
        keyOf: ({ pk }) => pk,
        seed: () => ({
          length: seed.slots,
          at: (slot) => (seed.isSlot(slot) ? seed.bySlot(slot) : undefined),
          positionOf: ({ slot }) => slot,
        }),
        grows: "tail",
        sizeOf: ({ fullName, biography, edited = {} }) =>
          500 + 2 * [fullName, biography, ...Object.values(edited)].join("").length,
      },
      budget,
    );
  }

  /** A user as they are now. */
  current(person: Person): Person {
    return this.#all.isUntouched ? person : (this.#all.of(null).get(person) ?? person);
  }

  /** True while nobody has edited a profile. */
  get isUntouched(): boolean {
    return this.#all.isUntouched;
  }

  /** The user with that id, or undefined where it belongs to nobody. */
  byPk(pk: number): Person | undefined {
    const person = this.seed.byPk(pk);
    return person && this.current(person);
  }

  /** The user with that username (any case), or undefined. */
  byUsername(text: string): Person | undefined {
    const username = text.toLowerCase();
    for (const person of this.#all.changedIn(null)) if (person.username === username) return person;
    const person = this.seed.byUsername(username);
    // A username that its user has given up belongs to nobody.
    return person !== undefined && this.current(person).username === person.username
      ? person
      : undefined;
  }

  /** Users whose username contains (named) or starts with (crowd) the text, best first; those with an edited profile come before all. */
  search(text: string, limit: number): Person[] {
    const seeded = this.seed.search(text, limit);
    if (this.isUntouched) return seeded;
    const wanted = text.trim().toLowerCase().replace(/^@/, "");
    const renamed = wanted === "" ? [] : [...this.#all.changedIn(null)];
    const found = [...renamed, ...seeded.map((person) => this.current(person))].filter(
      ({ username, fullName }) =>
        username.includes(wanted) || fullName.toLowerCase().includes(wanted),
    );
    return [...new Set(found)].slice(0, limit);
  }

  /** Replaces a user's profile with an edited one. */
  change(person: Person): void {
    this.#all.change(null, person);
  }
}
