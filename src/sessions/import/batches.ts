import type { Line } from "../../lines.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import { type Entry, EntryReader } from "./entries.ts";
import type { Outcome } from "./outcome.ts";
import type { SessionImport } from "./session-import.ts";

/** What one batch may hold: it is in memory, and its transaction holds up others. */
const MAX_BATCH_ENTRIES = 100;
const MAX_BATCH_CHARACTERS = 1024 * 1024;
/** The most logins of one import. */
export const MAX_ENTRIES = 250_000;

/**
 * Imports a file of logins while it arrives, a batch after the other, and yields what became of each
 * when that is durable. What has come is imported before it waits for more.
 *
 * Throws PayloadTooLarge for too many logins, and what `lines`, `mayGoOn` and SessionImport.take()
 * throw; what was yielded before stays.
 */
export async function* importBatches(
  sessions: Pick<SessionImport, "take">,
  lines: AsyncIterable<Line>,
  /** Called before each batch; it throws when the import has to end. */
  mayGoOn: () => void | Promise<void> = () => {},
): AsyncGenerator<Outcome[]> {
  const reader = new EntryReader();
  let batch: Entry[] = [];
  let characters = 0;
  let total = 0;

  async function imported(): Promise<Outcome[]> {
    const due = batch;
    batch = [];
    characters = 0;
    await mayGoOn();
    return sessions.take(due);
  }

  const arriving = lines[Symbol.asyncIterator]();
  try {
    for (;;) {
      const coming = arriving.next();
      // Handled when it is awaited, which may be after it has failed.
      coming.catch(() => {});
      if (batch.length > 0 && !(await isThere(coming))) yield await imported();
      const { done, value } = await coming;
      for (const entry of done ? reader.end() : reader.take(value)) {
        if (++total > MAX_ENTRIES)
          throw new GatewayProblem(
            "PayloadTooLarge",
            `An import may have ${MAX_ENTRIES} logins at the most`,
          );
        batch.push(entry);
        characters += entry.text?.length ?? 0;
        if (batch.length >= MAX_BATCH_ENTRIES || characters >= MAX_BATCH_CHARACTERS)
          yield await imported();
      }
      if (done) break;
    }
    if (batch.length > 0) yield await imported();
  } finally {
    // Not awaited: it may be waiting for bytes.
    void arriving.return?.().catch(() => {});
  }
}

/** Whether a promise settles within a turn of the event loop. */
function isThere(promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    let waiting = setImmediate(() => {
      waiting = setImmediate(() => resolve(false));
    });
    const settled = (): void => {
      clearImmediate(waiting);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
