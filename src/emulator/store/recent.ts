/**
 * The newest 250 of what was put in, the oldest is dropped: for what only matters for a while. A
 * process that runs for months must not grow by every login, and there are thousands of worlds.
 */
export class Recent<Value> {
  static readonly #capacity = 250;
  #values: Map<string, Value> | undefined;

  get(key: string): Value | undefined {
    return this.#values?.get(key);
  }

  set(key: string, value: Value): void {
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
