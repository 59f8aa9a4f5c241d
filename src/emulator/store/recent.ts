import { refuse } from "../answer.ts";

/** Most characters of a key: session ids, device ids and tokens of accounts are shorter. */
const LONGEST_KEY = 300;

/**
 * A map of the newest entries, 250 unless another number is given, for what only matters for a while;
 * the oldest entry is dropped. A process that runs for months must not grow with every login, and it
 * holds thousands of worlds.
 */
export class Recent<Value> {
  #values: Map<string, Value> | undefined;

  constructor(readonly capacity = 250) {}

  /** Throws a Refusal for a key longer than 300 characters: no app makes up such keys. */
  get(key: string): Value | undefined {
    if (key.length > LONGEST_KEY) throw refuse(400, "Invalid request body");
    return this.#values?.get(key);
  }

  /** Throws as get() does. */
  set(key: string, value: Value): void {
    if (key.length > LONGEST_KEY) throw refuse(400, "Invalid request body");
    this.#values ??= new Map();
    this.#values.set(key, value);
    if (this.#values.size <= this.capacity) return;
    const oldest = this.#values.keys().next();
    if (!oldest.done) this.#values.delete(oldest.value);
  }

  delete(key: string): void {
    this.#values?.delete(key);
  }
}
