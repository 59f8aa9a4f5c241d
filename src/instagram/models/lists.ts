import type { Json } from "../json.ts";
import type { DriftReporter } from "./drift.ts";

// More than any list of Instagram's holds: followers come by the hundred, messages by the twenty.
const MAX_LIST = 50_000;

/** The list, or the start of one that is longer than any that Instagram means to send. */
export const withinBounds = <T>(list: readonly T[]): readonly T[] =>
  list.length > MAX_LIST ? list.slice(0, MAX_LIST) : list;

/** Reads an item, whatever it is. Null leaves it out; undefined too, and counts it for the list. */
export type ItemReader<T> = (
  item: Json,
  drift: DriftReporter,
  model: string,
  field: string,
) => T | null | undefined;

/**
 * Reads a list; one odd item never costs the others. Null and missing give an empty list in silence;
 * what is no list, or too long to be meant (and is cut), counts as drift of the model's field.
 */
export function readList<T>(
  value: Json | undefined,
  read: ItemReader<T>,
  drift: DriftReporter,
  model: string,
  field: string,
): T[] {
  const items: T[] = [];
  if (Array.isArray(value)) {
    const list = withinBounds(value);
    if (list !== value) drift(model, field);
    for (const raw of list) {
      const item = read(raw, drift, model, field);
      if (item === undefined) drift(model, field);
      else if (item !== null) items.push(item);
    }
  } else if (value !== undefined && value !== null) drift(model, field);
  return items;
}
