import { sql } from "drizzle-orm";
import type { Database } from "./connection.ts";
import { machines } from "./machines-schema.ts";

/** This process among the registered machines. */
export interface TellingMachine {
  /** Of its registration. */
  readonly id: string;
  /** Stores at once what it has seen of the feed. Throws StorageUnavailable. */
  tell(): Promise<void>;
}

export interface SeenElsewhereOptions {
  sleep: (milliseconds: number) => Promise<void>;
  /** Null where this process is none. */
  machine: () => TellingMachine | null;
}

/** So late a process that tells nothing has seen a change, while its database answers: a look and its query. */
export const UNTOLD_MS = 2_000;
/** How often it is asked what the others have seen, in milliseconds. */
const ASK_EVERY_MS = 200;
/** Longer than a lease lasts: a machine that is cut off has lost its own by then, and sends nothing. */
const MAX_ASKS = 80;

interface Waiting {
  asks: number;
  /** The number that the others must have seen; null: not known yet. */
  until: number | null;
  resolve(): void;
}

interface Answer {
  /** The number of the last change. */
  newest: number;
  /** What all other machines have seen; null where there is none. */
  least: number | null;
}

/**
 * Waits until the other processes on a remote database have seen what is committed. All who wait share
 * the questions: a thousand waits take as long as one.
 */
export class SeenElsewhere {
  #waiting: Waiting[] = [];
  #isAsking = false;

  constructor(
    private readonly db: Pick<Database, "read" | "refresh">,
    private readonly options: SeenElsewhereOptions,
  ) {}

  /**
   * Resolves when every machine whose lease holds has told that it has seen what is committed now.
   * Processes without leases tell nothing: then it resolves after the time in which they look. Never
   * rejects.
   */
  wait(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ asks: 0, until: null, resolve });
    if (!this.#isAsking) {
      this.#isAsking = true;
      void this.#askAll().finally(() => {
        this.#isAsking = false;
      });
    }
    return promise;
  }

  async #askAll(): Promise<void> {
    const { sleep, machine } = this.options;
    while (this.#waiting.length > 0) {
      // Who comes during the question may have committed after its answer was made.
      const asked = [...this.#waiting];
      const isMachine = machine() !== null;
      const answer = await this.#ask().catch(() => null);
      const isTold = answer === null || answer.least !== null || isMachine;
      if (!isTold) await sleep(UNTOLD_MS);
      const over = new Set(asked.filter((one) => !isTold || isOver(one, answer)));
      this.#waiting = this.#waiting.filter((one) => !over.has(one));
      for (const { resolve } of over) resolve();
      if (this.#waiting.length > 0 && isTold) await sleep(ASK_EVERY_MS);
    }
  }

  async #ask(): Promise<Answer | null> {
    await this.db.refresh();
    const own = this.options.machine()?.id ?? "";
    const [answer] = await this.db.read((orm) =>
      orm.all<Answer>(sql`SELECT (SELECT max(seq) FROM changes) AS newest,
        (SELECT min(seen) FROM ${machines} WHERE id <> ${own} AND ended_at IS NULL
          AND lease_until > unixepoch('subsec') * 1000) AS least`),
    );
    return answer ?? null;
  }
}

/** Without an answer nobody knows more than before. */
function isOver(one: Waiting, answer: Answer | null): boolean {
  if (++one.asks >= MAX_ASKS) return true;
  if (answer === null) return false;
  one.until ??= answer.newest;
  return (answer.least ?? Number.POSITIVE_INFINITY) >= one.until;
}
