import { expect, test } from "bun:test";
import { faultOf, type KillRun, runKills } from "../support/kill-run.ts";
import { LONG_MS } from "../support/process.ts";

/* The short form of `bun run bench:kill`. */

const RUNS: Record<string, KillRun> = {
  "one process": { kills: 5, processes: 1 },
  "two processes on one database": { kills: 3, processes: 2 },
};

for (const [name, run] of Object.entries(RUNS))
  test(
    `${name}: no write under a key is lost or done twice when the service is killed`,
    async () => {
      const { writes } = await runKills(run);
      const faults = writes.flatMap((write) => {
        const fault = faultOf(write);
        return fault === null ? [] : [`${write.kind} ${write.about} ${fault}: ${write.seen}`];
      });
      expect(faults).toEqual([]);
      expect(writes.some(({ interrupted }) => interrupted)).toBe(true);
    },
    LONG_MS,
  );
