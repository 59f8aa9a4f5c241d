import type { LibsqlServer } from "../support/libsql-server.ts";
import type { Machine } from "./machine.ts";
import { between, oneOf } from "./random.ts";

/*
 * What happens to machines: a fault meets one of them, lasts for a while and is mended again.
 */

export const HAPPENINGS = ["stop", "kill", "freeze", "cut", "stall", "slow", "outage"] as const;

/**
 * stop: the machine is stopped and started again. kill: the same with kill -9. freeze: SIGSTOP, and
 * SIGCONT later. cut: its connections to the database are closed, and no other is taken. stall: the
 * database takes everything from it and answers nothing. slow: each of its queries takes long. outage:
 * the database itself stands still, for all.
 */
export type Happening = (typeof HAPPENINGS)[number];

/** The longest time that a machine is frozen or without its database, in milliseconds. */
const LONGEST_MS = 20_000;

export interface ChaosOptions {
  machines: readonly Machine[];
  database: Pick<LibsqlServer, "pause" | "resume">;
  random: () => number;
  /** How long it goes on, in milliseconds. */
  forMs: number;
  /** Machines that may be in trouble at the same time. */
  atATime: number;
  /** Time between two happenings, in milliseconds. */
  everyMs: readonly [least: number, most: number];
  /** The longest freeze or cut, in milliseconds. */
  longestMs?: number;
  kinds?: readonly Happening[];
  /** Told what happens, in words. */
  tell: (what: string) => void;
}

/** Lets faults happen; resolves when the time is over and every machine is well again. */
export async function letThingsHappen(options: ChaosOptions): Promise<Record<Happening, number>> {
  const { machines, random, forMs, atATime, everyMs, kinds = HAPPENINGS, tell } = options;
  const counts = Object.fromEntries(HAPPENINGS.map((kind) => [kind, 0])) as Record<
    Happening,
    number
  >;
  const inTrouble = new Map<Machine, Promise<void>>();
  const until = performance.now() + forMs;
  // Each kind comes once before any comes again.
  let toCome: Happening[] = [];
  while (performance.now() < until) {
    await Bun.sleep(between(random, ...everyMs));
    const well = machines.filter((machine) => !inTrouble.has(machine));
    if (inTrouble.size >= atATime || performance.now() >= until) continue;
    if (toCome.length === 0) toCome = [...kinds];
    const kind = oneOf(random, toCome);
    toCome.splice(toCome.indexOf(kind), 1);
    const machine = oneOf(random, well);
    counts[kind]++;
    const ended = happen(kind, machine, options).then(() => {
      tell(`${kind === "outage" ? "database" : machine.id}: ${kind} is over`);
      inTrouble.delete(machine);
    });
    inTrouble.set(machine, ended);
  }
  await Promise.all(inTrouble.values());
  return counts;
}

async function happen(
  kind: Happening,
  machine: Machine,
  { random, tell, database: server, longestMs = LONGEST_MS }: ChaosOptions,
): Promise<void> {
  const forMs = between(random, Math.min(5_000, longestMs), longestMs);
  const seconds = `${(forMs / 1000).toFixed(1)} s`;
  const { id, database } = machine;
  switch (kind) {
    case "stop": {
      tell(`${id}: stop`);
      const code = await machine.stop();
      if (code !== 0) tell(`${id}: ended with ${code}`);
      await Bun.sleep(between(random, 0, 3_000));
      return machine.start();
    }
    case "kill":
      tell(`${id}: kill -9`);
      await machine.kill();
      await Bun.sleep(between(random, 0, 5_000));
      return machine.start();
    case "freeze":
      tell(`${id}: freeze for ${seconds}`);
      machine.freeze();
      await Bun.sleep(forMs);
      return machine.thaw();
    case "cut":
    case "stall":
      tell(`${id}: ${kind} off from the database for ${seconds}`);
      await database.fail(kind === "cut" ? "refuse" : "stall");
      if (kind === "cut") database.cut();
      await Bun.sleep(forMs);
      return database.heal();
    case "slow":
      tell(`${id}: slow database for ${seconds}`);
      database.latencyMs = between(random, 100, 1_000);
      await Bun.sleep(forMs);
      database.latencyMs = 0;
      return;
    case "outage":
      tell(`database: outage for ${seconds}`);
      server.pause();
      await Bun.sleep(forMs);
      server.resume();
  }
}
