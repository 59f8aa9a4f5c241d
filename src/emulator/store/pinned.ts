import { BEGINNING, type Entry, type List } from "./list.ts";

/** Further than any two places of a list are apart. */
const AWAY = 2 ** 50;

/** The place of a pinned item in a list that shows these first. */
export const pinnedPlace = (place: number): number => place - AWAY;

/** A list that shows its pinned items before all others, both in their own order. */
export function pinnedFirst<Item>(list: List<Item>, isPinned: (item: Item) => boolean): List<Item> {
  return {
    *from(start): Generator<Entry<Item>> {
      if (start < -AWAY / 2)
        for (const [place, item] of list.from(start + AWAY))
          if (isPinned(item)) yield [pinnedPlace(place), item];
      const others = start < -AWAY / 2 ? BEGINNING : start;
      for (const entry of list.from(others)) if (!isPinned(entry[1])) yield entry;
    },
  };
}
