import type { Queue } from "../queue.ts";

export interface PatientQueueOptions {
  /** So many pieces of work run at the same time, as long as they are quick. */
  width: number;
  /** One that runs longer leaves its place to the next; in milliseconds. */
  patienceMs: number;
  /** So many pieces may run at the same time, those that left their place included. */
  mostRunning: number;
  /** The longest wait for a place, in milliseconds. */
  longestWaitMs: number;
  /** What run() rejects with after that: the work was not begun. */
  refusal: () => Error;
}

/** A queue for work that may hang: a few hanging pieces do not keep all others waiting. */
export function createPatientQueue({
  width,
  patienceMs,
  mostRunning,
  longestWaitMs,
  refusal,
}: PatientQueueOptions): Queue {
  const waiting = new Set<() => void>();
  const idlers: (() => void)[] = [];
  let taken = 0;
  let running = 0;

  const hasPlace = (): boolean => taken < width && running < mostRunning;

  function begin(): void {
    taken++;
    running++;
  }

  function admitNext(): void {
    const [next] = waiting;
    if (next === undefined || !hasPlace()) return;
    waiting.delete(next);
    // The place passes directly to the next, so that no other work takes it in between.
    begin();
    next();
  }

  const place = (): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      const admitted = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(admitted);
        reject(refusal());
      }, longestWaitMs);
      waiting.add(admitted);
    });

  return {
    async run(work) {
      if (waiting.size === 0 && hasPlace()) begin();
      else await place();
      let holdsPlace = true;
      const leave = (): void => {
        if (holdsPlace) taken--;
        holdsPlace = false;
        admitNext();
      };
      const timer = setTimeout(leave, patienceMs);
      try {
        return await work();
      } finally {
        clearTimeout(timer);
        running--;
        leave();
        if (running === 0) for (const idler of idlers.splice(0)) idler();
      }
    },
    async idle() {
      if (running > 0) await new Promise<void>((resolve) => idlers.push(resolve));
    },
  };
}
