import { AWAITED, hurryOf } from "./awaited-changes.ts";
import { ChangeFeed } from "./change-feed.ts";
import type { ChangeWatchOptions, WaitingWatch } from "./change-watch.ts";
import type { Database } from "./connection.ts";
import { LEAVING_MS } from "./file-watch.ts";
import { SeenElsewhere, type TellingMachine, UNTOLD_MS } from "./seen-elsewhere.ts";

/** How often a running service looks, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** A process that has not been running for so long looks before it trusts what it knows. */
const ASLEEP_MS = 3_000;
/** How long that look may keep requests waiting: a database that is away must not stop them. */
const FIRST_LOOK_MS = 2_000;
/** A look that takes longer has no influence on when the next begins. */
const HANGING_MS = 4_000;

/**
 * Watches the feed of changes of a remote database or a replica. A look is one query, once a second
 * for the whole process; in between nothing is asked. While the database cannot be reached, what is
 * known stays in use.
 */
export function createFeedWatch(
  db: Pick<Database, "read" | "refresh">,
  {
    now = Date.now,
    monotonicNow = () => performance.now(),
    sleep = (milliseconds) => Bun.sleep(milliseconds),
    intervalMs = LOOK_EVERY_MS,
    onFailed = () => {},
  }: ChangeWatchOptions = {},
): WaitingWatch {
  const feed = new ChangeFeed(db);
  let latest = 0;
  let looking: Promise<void> | null = null;
  let lookingSince = 0;
  let waking: Promise<number> | null = null;
  let timer: Timer | null = null;
  let isFailing = false;
  /**
   * When it was last known that this process runs and looks. By the clock that goes on while a machine is
   * suspended; where somebody sets it, there is one look more.
   */
  let awakeAt = Number.NEGATIVE_INFINITY;
  let machine: TellingMachine | null = null;
  /** Whether somebody waits to hear that this machine has seen something. */
  let mustTell = false;
  const elsewhere = new SeenElsewhere(db, { sleep, machine: () => machine });
  feed.on(AWAITED, (change) => {
    mustTell ||= hurryOf(change) !== null;
  });

  async function look(): Promise<void> {
    try {
      // A local copy must have what is told of: who drops an entry reads it again from there.
      await db.refresh();
      if (!(await feed.read())) latest++;
      isFailing = false;
      void tell();
    } catch (error) {
      if (!isFailing) onFailed(error);
      isFailing = true;
      throw error;
    }
  }

  /** Who waits hears of it at the next renewal of the lease, if this fails. */
  async function tell(): Promise<void> {
    if (!mustTell || machine === null) return;
    mustTell = false;
    await machine.tell().catch(nothing);
  }

  function isAwake(): boolean {
    return Math.abs(now() - awakeAt) < (timer === null ? intervalMs : ASLEEP_MS);
  }

  function stayAwake(): void {
    awakeAt = now();
  }

  /** A look for requests that wait; one that began before, and may hang since, does not count. */
  async function wake(): Promise<number> {
    const looked = look();
    if (feed.hasBegun) await within(FIRST_LOOK_MS, looked.catch(nothing));
    else await looked;
    stayAwake();
    return latest;
  }

  const wakeOnce = (): Promise<number> => {
    waking ??= wake().finally(() => {
      waking = null;
    });
    return waking;
  };

  function tick(): void {
    if (!isAwake()) {
      wakeOnce().catch(nothing);
      return;
    }
    stayAwake();
    // One that hangs is not waited for: the database may answer the next.
    if (looking !== null && monotonicNow() - lookingSince < HANGING_MS) return;
    lookingSince = monotonicNow();
    const started = look()
      // It was reported.
      .catch(nothing)
      .finally(() => {
        if (looking === started) looking = null;
      });
    looking = started;
  }

  return {
    epoch: () => (isAwake() ? latest : wakeOnce()),
    get latest() {
      return latest;
    },
    get seen() {
      return feed.seen;
    },
    join(registered) {
      machine = registered;
    },
    on: feed.on.bind(feed),
    look,
    async start() {
      await wakeOnce();
      timer = setInterval(tick, intervalMs);
      timer.unref();
    },
    close() {
      if (timer !== null) clearInterval(timer);
      timer = null;
    },
    async untilSeen(longestMs) {
      if (UNTOLD_MS <= longestMs) await elsewhere.wait();
    },
    async untilStopped() {
      await elsewhere.wait();
      await sleep(LEAVING_MS);
    },
  };
}

const nothing = (): void => {};

/** Waits for work, but no longer than that. */
async function within(milliseconds: number, work: Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, milliseconds);
  await Promise.race([work, over.promise]);
  clearTimeout(timer);
}
