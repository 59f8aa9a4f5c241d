import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Budget, CHANGE } from "../../src/emulator/store/budget.ts";
import { Entities } from "../../src/emulator/store/entities.ts";
import type { SeedList } from "../../src/emulator/store/kinds.ts";
import { BEGINNING, type List, type Page, pageOf } from "../../src/emulator/store/list.ts";
import { Lists } from "../../src/emulator/store/lists.ts";
import { Relation } from "../../src/emulator/store/relation.ts";

interface Thing {
  readonly id: number;
  readonly text: string;
}

const ROOM = 1_000_000;

/** The items 0..length-1; every `gap`th position is empty. */
function seedWith(length: number, gap: number): SeedList<Thing> {
  const isThere = (id: number) => id >= 0 && id < length && (gap === 0 || id % gap !== 0);
  return {
    length,
    at: (position) => (isThere(position) ? { id: position, text: "seed" } : undefined),
    positionOf: ({ id }) => (isThere(id) ? id : undefined),
    count: Array.from({ length }, (_, id) => id).filter(isThere).length,
  };
}

function listsOf(seed: SeedList<Thing>, grows: "head" | "tail", budget = new Budget(ROOM)) {
  return new Lists<string, Thing>(
    { ownerKey: (owner) => owner, keyOf: ({ id }) => id, seed: () => seed, grows },
    budget,
  );
}

type Change =
  | { readonly kind: "add"; readonly id: number }
  | { readonly kind: "remove"; readonly id: number }
  | { readonly kind: "change"; readonly id: number; readonly text: string };

const id = fc.integer({ min: 0, max: 40 });
const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ kind: fc.constant("add" as const), id }),
  fc.record({ kind: fc.constant("remove" as const), id }),
  fc.record({ kind: fc.constant("change" as const), id, text: fc.string() }),
);
const setting = {
  length: fc.integer({ min: 0, max: 30 }),
  gap: fc.integer({ min: 0, max: 4 }),
  grows: fc.constantFrom("head" as const, "tail" as const),
  changes: fc.array(change, { maxLength: 60 }),
};

/** Makes the same change to a plain array; returns whether it changed anything. */
function applyTo(model: Thing[], made: Change, grows: "head" | "tail"): boolean {
  const at = model.findIndex((one) => one.id === made.id);
  if (made.kind === "add") {
    if (at >= 0) return false;
    const added = { id: made.id, text: "added" };
    if (grows === "head") model.unshift(added);
    else model.push(added);
    return true;
  }
  if (at < 0) return false;
  if (made.kind === "remove") model.splice(at, 1);
  else model[at] = { id: made.id, text: made.text };
  return true;
}

function applyToLists(lists: Lists<string, Thing>, made: Change): boolean {
  if (made.kind === "add") return lists.add("one", { id: made.id, text: "added" });
  if (made.kind === "remove") return lists.remove("one", { id: made.id, text: "" });
  return lists.change("one", { id: made.id, text: made.text });
}

/** All items, page after page; `between` is called before each page but the first. */
function paged<Item>(list: () => List<Item>, size: number, between = () => {}): Item[] {
  const items: Item[] = [];
  for (let start: number | undefined = BEGINNING; start !== undefined; ) {
    if (start !== BEGINNING) between();
    const page: Page<Item> = pageOf(list(), start, size);
    items.push(...page.items);
    start = page.next;
  }
  return items;
}

describe("a list", () => {
  test("holds after any changes what an array would, and counts it", () => {
    fc.assert(
      fc.property(fc.record(setting), ({ length, gap, grows, changes }) => {
        const seed = seedWith(length, gap);
        const lists = listsOf(seed, grows);
        const model = [...lists.of("one")];
        for (const made of changes)
          expect(applyToLists(lists, made)).toBe(applyTo(model, made, grows));
        const list = lists.of("one");
        expect([...list]).toEqual(model);
        expect(list.count).toBe(model.length);
        for (let id = 0; id <= 40; id++) {
          const found = model.find((one) => one.id === id);
          expect(list.get({ id, text: "" })?.id).toBe(found?.id);
          if (found?.text !== "seed") expect(list.get({ id, text: "" })).toEqual(found);
        }
        expect([...lists.of("another")]).toEqual([...listsOf(seed, grows).of("one")]);
      }),
    );
  });

  test("gives each item once, in its order, at any size of page", () => {
    fc.assert(
      fc.property(
        fc.record({ ...setting, size: fc.integer({ min: 1, max: 9 }) }),
        ({ length, gap, grows, changes, size }) => {
          const lists = listsOf(seedWith(length, gap), grows);
          for (const made of changes) applyToLists(lists, made);
          expect(paged(() => lists.of("one"), size)).toEqual([...lists.of("one")]);
        },
      ),
    );
  });

  test("gives what stays once, whatever comes and goes between two pages", () => {
    fc.assert(
      fc.property(
        fc.record({ ...setting, size: fc.integer({ min: 1, max: 5 }) }),
        ({ length, gap, grows, changes, size }) => {
          const lists = listsOf(seedWith(length, gap), grows);
          const before = [...lists.of("one")];
          const left = [...changes];
          const touched = new Set(left.map((made) => made.id));
          const seen = paged(
            () => lists.of("one"),
            size,
            () => {
              const made = left.shift();
              if (made !== undefined) applyToLists(lists, made);
            },
          ).map(({ id }) => id);
          const stayed = before.map(({ id }) => id).filter((id) => !touched.has(id));
          expect(seen.filter((id) => !touched.has(id))).toEqual(stayed);
        },
      ),
    );
  });

  test("keeps what is added among what comes by itself as time goes on", () => {
    // Item n came at moment 10 n; the newest is shown first.
    const growing = (now: number): SeedList<Thing> => ({
      length: Math.floor(now / 10) + 1,
      at: (position) => ({ id: Math.floor(now / 10) - position, text: "seed" }),
      positionOf: ({ id }) => (id >= 0 && id * 10 <= now ? Math.floor(now / 10) - id : undefined),
      placeAt: (position) => 10 * (position - Math.floor(now / 10)),
    });
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 25 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 6 }),
        (steps, size) => {
          let now = 0;
          const lists = new Lists<string, Thing>(
            {
              ownerKey: (owner) => owner,
              keyOf: ({ id }) => id,
              seed: () => growing(now),
              grows: "head",
            },
            new Budget(ROOM),
          );
          const moments: number[] = [];
          for (const [index, step] of steps.entries()) {
            now += step;
            lists.add("one", { id: 1_000 + index, text: "added" }, -now);
            moments.push(now);
          }
          now += 100;
          const list = lists.of("one");
          const momentOf = ({ id }: Thing) => (id < 1_000 ? id * 10 : (moments[id - 1_000] ?? 0));
          const shown = [...list];
          expect(shown).toHaveLength(growing(now).length + steps.length);
          // An item that is added at the same moment as another is one place further.
          for (const [index, item] of shown.entries()) {
            const next = shown[index + 1];
            if (next !== undefined)
              expect(momentOf(item) + steps.length).toBeGreaterThanOrEqual(momentOf(next));
          }
          expect(paged(() => lists.of("one"), size)).toEqual(shown);
          const places = [...list.from(BEGINNING)].map(([place]) => place);
          expect(places).toEqual([...new Set(places)].sort((one, other) => one - other));
        },
      ),
    );
  });

  test("computes no more of its seed than what is read", () => {
    let computed = 0;
    const seed: SeedList<Thing> = {
      length: 25_000,
      at(position) {
        computed++;
        return { id: position, text: "seed" };
      },
      positionOf: ({ id }) => (id < 25_000 ? id : undefined),
    };
    const lists = listsOf(seed, "tail");
    lists.add("one", { id: 99_999, text: "added" });
    lists.remove("one", { id: 24_000, text: "" });
    const page = pageOf(lists.of("one"), 12_000, 50);
    expect(page.items).toHaveLength(50);
    expect(lists.of("one").count).toBe(25_000);
    expect(computed).toBeLessThan(60);
  });
});

describe("a relation", () => {
  test("is the same from both its ends after any changes", () => {
    const pair = fc.record({
      kind: fc.constantFrom("add" as const, "remove" as const),
      from: fc.integer({ min: 0, max: 6 }),
      to: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 60 }), (changes) => {
        const budget = new Budget(ROOM);
        // At the start everybody is related to the next two.
        const lists = (towards: 1 | -1) =>
          new Lists<number, number>(
            {
              ownerKey: (owner) => owner,
              keyOf: (item) => item,
              seed: (owner) => ({
                length: 2,
                at: (position) => (owner + towards * (position + 1) + 7) % 7,
                positionOf(item) {
                  const position = ((towards * (item - owner) + 7) % 7) - 1;
                  return position === 0 || position === 1 ? position : undefined;
                },
              }),
              grows: "tail",
            },
            budget,
          );
        const relation = new Relation(lists(1), lists(-1));
        const model = new Set<string>();
        for (let from = 0; from < 7; from++)
          for (const to of relation.of(from)) model.add(`${from} ${to}`);
        for (const { kind, from, to } of changes) {
          const key = `${from} ${to}`;
          const isNews = kind === "add" ? !model.has(key) : model.has(key);
          expect(relation[kind](from, to)).toBe(isNews);
          if (kind === "add") model.add(key);
          else model.delete(key);
        }
        for (let one = 0; one < 7; one++)
          for (let other = 0; other < 7; other++) {
            const expected = model.has(`${one} ${other}`);
            expect(relation.has(one, other)).toBe(expected);
            expect([...relation.of(one)].includes(other)).toBe(expected);
            expect([...relation.to(other)].includes(one)).toBe(expected);
          }
      }),
    );
  });
});

describe("things", () => {
  const lists = (budget: Budget) => listsOf(seedWith(5, 0), "head", budget);
  const thingsWith = (budget = new Budget(ROOM)) =>
    new Entities(
      lists(budget),
      () => "one",
      (key) => [...lists(budget).of("one")].find((one) => one.id === key),
    );

  test("are found by their keys as they are now, wherever else they are listed", () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const things = thingsWith();
        const elsewhere = new Lists<string, Thing>(
          {
            ownerKey: (owner) => owner,
            keyOf: ({ id }) => id,
            grows: "tail",
            current: (thing) => things.current(thing),
            mayEnd: true,
          },
          new Budget(ROOM),
        );
        for (let id = 0; id < 5; id++) elsewhere.add("shown", { id, text: "seed" });
        const model: Thing[] = Array.from({ length: 5 }, (_, id) => ({ id, text: "seed" }));
        for (const made of changes) {
          applyTo(model, made, "head");
          if (made.kind === "add") things.add({ id: made.id, text: "added" });
          else if (made.kind === "remove") things.remove({ id: made.id, text: "" });
          else things.change({ id: made.id, text: made.text });
        }
        for (let id = 0; id <= 40; id++)
          expect(things.get(id)).toEqual(model.find((one) => one.id === id));
        const shown = [...elsewhere.of("shown")];
        expect(shown).toEqual(
          [0, 1, 2, 3, 4].flatMap((id) => model.find((one) => one.id === id) ?? []),
        );
        expect(elsewhere.of("shown").count).toBe(shown.length);
      }),
    );
  });
});

describe("a budget", () => {
  test("refuses what does not fit, keeps what is there, and gets back what is undone", () => {
    const budget = new Budget(5_000);
    const lists = listsOf(seedWith(3, 0), "tail", budget);
    let added = 0;
    const add = () => lists.add("one", { id: 100 + added, text: "added" });
    expect(() => {
      for (; ; added++) add();
    }).toThrow("feedback_required");
    expect(added).toBeGreaterThan(5);
    expect(lists.of("one").count).toBe(3 + added);
    expect(() => lists.change("one", { id: 0, text: "changed" })).toThrow();
    expect([...lists.of("one")][0]).toEqual({ id: 0, text: "seed" });
    lists.remove("one", { id: 100, text: "" });
    add();
    expect(lists.of("one").count).toBe(3 + added);
  });

  test("is used by nothing when all changes are undone", () => {
    fc.assert(
      fc.property(fc.record(setting), ({ length, gap, grows, changes }) => {
        const budget = new Budget(ROOM);
        const lists = listsOf(seedWith(length, gap), grows, budget);
        const seeded = new Set([...lists.of("one")].map(({ id }) => id));
        for (const made of changes) if (!seeded.has(made.id)) applyToLists(lists, made);
        for (const thing of lists.of("one")) if (!seeded.has(thing.id)) lists.remove("one", thing);
        expect(budget.used).toBe(0);
        expect(lists.isAsSeeded("one")).toBe(true);
      }),
    );
  });

  test("changes both ends of a relation or neither", () => {
    const budget = new Budget(3 * CHANGE);
    const lists = () =>
      new Lists<number, number>(
        { ownerKey: (owner) => owner, keyOf: (item) => item, grows: "tail" },
        budget,
      );
    const relation = new Relation(lists(), lists());
    relation.add(1, 2);
    expect(() => relation.add(1, 3)).toThrow("feedback_required");
    expect([...relation.of(1), ...relation.to(3)]).toEqual([2]);
    expect(relation.remove(1, 2)).toBe(true);
    expect(budget.used).toBe(0);
  });
});
