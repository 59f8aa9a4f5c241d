import { refuse } from "../answer.ts";

/** Characters: of session ids, device ids and tokens with the account that they belong to. */
const LONGEST_KEY = 300;

/**
 * The newest 250 of what was put in, the oldest is dropped: for what only matters for a while. A
 * process that runs for months must not grow by every login, and there are thousands of worlds.
 */
export class Recent<Value> {
  static readonly #capacity = 250;
  #values: Map<string, Value> | undefined;

  /** Refuses a key that is longer than what any app makes up. */
  get(key: string): Value | undefined {
    if (key.length > LONGEST_KEY) throw refuse(400, "Invalid request body");
    return this.#values?.get(key);
  }

  /** Refuses as get() does. */
  set(key: string, value: Value): void {
    if (key.length > LONGEST_KEY) throw refuse(400, "Invalid request body");
    this.#values ??= new Map();
    this.#values.set(key, value);
    if (this.#values.size <= Recent.#capacity) return;
    const oldest = this.#values.keys().next();
    if (!oldest.done) this.#values.delete(oldest.value);
  }

  delete(key: string): void {
    this.#values?.delete(key);
  }
}
