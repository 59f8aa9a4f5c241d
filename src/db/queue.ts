/** Runs pieces of work in their order, a few at a time. */
export interface Queue {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
}

/** `width` is the number of pieces that run at the same time. */
export function createQueue(width: number): Queue {
  const waiting: (() => void)[] = [];
  const idlers: (() => void)[] = [];
  let running = 0;
  return {
    async run(work) {
      if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
      else running++;
      try {
        return await work();
      } finally {
        // The place passes directly to the next, so that no other work takes it in between.
        const next = waiting.shift();
        if (next !== undefined) next();
        else if (--running === 0) for (const idler of idlers.splice(0)) idler();
      }
    },
    async idle() {
      if (running > 0) await new Promise<void>((resolve) => idlers.push(resolve));
    },
  };
}
