import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { optional, required } from "./read.ts";
import { toInteger, toText } from "./values.ts";

/*
 * Total readers of what has parts: objects and lists. One odd item never costs a list its others:
 * it is left out, and counted.
 */

type Value = Json | undefined;

/** Reads one item of an upstream list, whatever it is. Null leaves the item out. */
export type ItemReader<T> = (item: Json, drift: DriftReporter) => T | null;

/** Maps one upstream object. Null, where a model has it, leaves the object out. */
export type ObjectReader<T> = (raw: JsonObject, drift: DriftReporter) => T | null;

/** An object of the upstream as it is, or null; anything else present counts as drift. */
export function readOptionalObject(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
  missing: JsonObject | null = null,
): JsonObject | null {
  return optional(value, isJsonObject(value) ? value : undefined, missing, drift, model, field);
}

/** A required object to read a model from; an empty one, counted, when there is none. */
export function readObject(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): JsonObject {
  return required(isJsonObject(value) ? value : undefined, {}, drift, model, field);
}

/** A nested model, or null. */
export function readNested<T>(
  value: Value,
  read: ObjectReader<T>,
  drift: DriftReporter,
  model: string,
  field: string,
): T | null {
  const raw = readOptionalObject(value, drift, model, field);
  return raw === null ? null : read(raw, drift);
}

// More than any list of Instagram's holds: followers come by the hundred, messages by the twenty.
const MAX_LIST = 50_000;

/** The list, or the start of one that is longer than any that Instagram means to send. */
export const withinBounds = (list: readonly Json[]): readonly Json[] =>
  list.length > MAX_LIST ? list.slice(0, MAX_LIST) : list;

/**
 * A list whose item reader does the counting. Null and missing give an empty list; what is too long
 * to be meant is cut, and counted.
 */
export function readList<T>(
  value: Value,
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
      const item = read(raw, drift);
      if (item !== null) items.push(item);
    }
  } else if (value !== undefined && value !== null) drift(model, field);
  return items;
}

/** A list of nested models; an item that is no object is left out and counted. */
export function readModels<T>(
  value: Value,
  read: ObjectReader<T>,
  drift: DriftReporter,
  model: string,
  field: string,
): T[] {
  const item: ItemReader<T> = (raw) =>
    isJsonObject(raw) ? read(raw, drift) : skip(drift, model, field);
  return readList(value, item, drift, model, field);
}

/** A list of objects of the upstream, passed through. */
export function readObjects(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): JsonObject[] {
  return readModels(value, (raw) => raw, drift, model, field);
}

/** A list of texts. */
export function readTexts(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): string[] {
  const item: ItemReader<string> = (raw) => toText(raw) ?? skip(drift, model, field);
  return readList(value, item, drift, model, field);
}

/** A list of whole numbers. */
export function readIntegers(
  value: Value,
  drift: DriftReporter,
  model: string,
  field: string,
): number[] {
  const item: ItemReader<number> = (raw) => toInteger(raw) ?? skip(drift, model, field);
  return readList(value, item, drift, model, field);
}

function skip(drift: DriftReporter, model: string, field: string): null {
  drift(model, field);
  return null;
}
