/** How long a look waits for a new value, in milliseconds. */
const LONGEST_WAIT_MS = 1_000;

/** A value from the database, which may be slow or away: whoever asks for it never waits long. */
export class LatestValue<T> {
  #value: T | undefined;
  #reading: Promise<void> | null = null;

  constructor(private readonly read: () => T | Promise<T>) {}

  /** As it was read last; undefined before that. */
  get value(): T | undefined {
    return this.#value;
  }

  /** Reads it anew, one reading at a time. Resolves when it is read, or after a second. Never throws. */
  async refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = null;
    });
    let timer: Timer | undefined;
    const timeout = new Promise((resolve) => {
      timer = setTimeout(resolve, LONGEST_WAIT_MS);
    });
    await Promise.race([this.#reading, timeout]);
    clearTimeout(timer);
  }

  async #read(): Promise<void> {
    try {
      this.#value = await this.read();
    } catch {
      // The last value stays: the other metrics are needed most at that time.
    }
  }
}
