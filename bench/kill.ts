import { parseArgs } from "node:util";
import { faultOf, type KillResult, runKills, type Write } from "../test/support/kill-run.ts";

/**
 * `bun run bench:kill [--kills 200] [--rounds 4]`: kills the service with -9 under a stream of writes
 * with Idempotency-Keys, and holds each write against what the emulator has of it. Every second round
 * has two processes on one database. Ends with 1 if a write was lost or done twice.
 */
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "200" },
    rounds: { type: "string", default: "4" },
  },
});
const kills = numberOf("kills");
const rounds = numberOf("rounds");

let faults = 0;
const results: KillResult[] = [];
for (let round = 0; round < rounds; round++) {
  const processes = round % 2 === 0 ? 1 : 2;
  // A new emulator for each round, since the world of one takes only so many changes.
  const result = await runKills({ kills: Math.ceil(kills / rounds), processes });
  results.push(result);
  console.log(`Round ${round + 1}, ${processes === 1 ? "one process" : "two processes"}:`);
  print(result.writes, result.kills, result.duringShutdown);
}
const all = results.flatMap(({ writes }) => writes);
const total = (count: (result: KillResult) => number): number =>
  results.reduce((sum, result) => sum + count(result), 0);
console.log("\nAll rounds:");
print(
  all,
  total((result) => result.kills),
  total((result) => result.duringShutdown),
);
process.exit(faults === 0 ? 0 : 1);

function print(writes: readonly Write[], killed: number, duringShutdown: number): void {
  const count = (is: (write: Write) => boolean): number => writes.filter(is).length;
  console.log(`  kills                    ${killed}, of these during a shutdown ${duringShutdown}`);
  console.log(`  writes                   ${writes.length}`);
  console.log(`  interrupted              ${count(({ interrupted }) => interrupted)}`);
  console.log(`  sent again, guarded      ${count(({ sent }) => sent > 1)}`);
  console.log(`  OutcomeUnknown           ${count(({ told }) => told === "OutcomeUnknown")}`);
  console.log(
    `    of these done          ${count((w) => w.told === "OutcomeUnknown" && w.held > 0)}`,
  );
  console.log(`  answers had again        ${count(({ replayed }) => replayed === true)}`);
  const wrong = writes.flatMap((write) => {
    const fault = faultOf(write);
    return fault === null ? [] : [`    ${write.kind} ${write.about} ${fault}: ${write.seen}`];
  });
  console.log(`  lost, doubled or wrong   ${wrong.length}`);
  for (const line of wrong) console.log(line);
  faults += wrong.length;
}

function numberOf(name: keyof typeof values): number {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 1) return value;
  console.error(`--${name} must be a whole number from 1`);
  process.exit(2);
}
