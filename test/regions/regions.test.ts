import { expect, test } from "bun:test";
import { hasLibsqlServer } from "../support/libsql-server.ts";
import { LONG_MS } from "../support/process.ts";
import { runRegions } from "./regions.ts";

/* The short form of `bun run test:regions`, which says what each option does. */

test.skipIf(!hasLibsqlServer && process.env.CI !== "true")(
  "three regions share the sessions of one database, whatever happens to their machines",
  async () => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const told: string[] = [];
    const { faults, happened, monitor, fly, answers } = await runRegions({
      seed,
      seconds: 12,
      sessions: 20,
      everyMs: [1_000, 4_000],
      longestMs: 8_000,
      // Other tests may take most of this machine.
      recoveryMs: LONG_MS / 2,
      giveUpMs: LONG_MS / 2,
      tell: (what) => told.push(what),
    });
    if (faults.length > 0) console.log([`seed ${seed}`, ...told, ...faults].join("\n"));
    expect(faults).toEqual([]);
    // Something happened, and sessions were asked for where they were not and have moved.
    expect(Object.values(happened).some((count) => count > 0)).toBe(true);
    expect(answers["200"]).toBeGreaterThan(0);
    expect(fly.replays).toBeGreaterThan(0);
    expect(monitor.moves).toBeGreaterThan(0);
  },
  3 * LONG_MS,
);
