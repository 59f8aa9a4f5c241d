import { parseArgs } from "node:util";
import { HAPPENINGS, type Happening } from "./chaos.ts";
import { type RegionsOptions, type RegionsResult, runRegions } from "./regions.ts";

/**
 * `bun run test:regions [--seconds 60] [--rounds 20] [--seed n] [--sessions 50] [--kinds stop,kill]
 * [--reads remote|replica]`: the three-region test in its long form. The seed also says what Fly's proxy
 * asks for and, unless it is given, where machines read. Ends with 1 if anything went wrong in any round.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    rounds: { type: "string", default: "1" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000)) },
    sessions: { type: "string", default: "50" },
    kinds: { type: "string", default: HAPPENINGS.join(",") },
    reads: { type: "string", default: "" },
    quiet: { type: "boolean", default: false },
  },
});

const numberOf = (name: "seconds" | "rounds" | "seed" | "sessions"): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} must be a whole number`);
  process.exit(2);
};

const isHappening = (name: string): name is Happening =>
  HAPPENINGS.some((happening) => happening === name);
const names = values.kinds.split(",");
const kinds = names.filter(isHappening);
if (kinds.length < names.length || !["", "remote", "replica"].includes(values.reads)) {
  console.error(`--kinds must be some of ${HAPPENINGS.join(",")}, --reads remote or replica`);
  process.exit(2);
}

/** Fly's checks may ask for either; an outage of the database takes all machines from the second. */
const checkedBy = (seed: number): Pick<RegionsOptions, "checkPath" | "kinds"> =>
  seed % 2 === 0
    ? { checkPath: "/health", kinds }
    : { checkPath: "/ready", kinds: kinds.filter((kind) => kind !== "outage") };

let failed = 0;
const rounds = numberOf("rounds");
for (let round = 0; round < rounds; round++) {
  const seed = numberOf("seed") + round;
  console.log(`Round ${round + 1} of ${rounds}, --seed ${seed}`);
  const result = await runRegions({
    seed,
    seconds: numberOf("seconds"),
    sessions: numberOf("sessions"),
    ...checkedBy(seed),
    reads:
      values.reads === "replica" || (values.reads === "" && seed % 4 > 1) ? "replica" : "remote",
    tell: values.quiet ? () => {} : (what) => console.log(what),
  });
  print(result);
  if (result.faults.length > 0) failed++;
}
console.log(`${rounds - failed} of ${rounds} rounds without a fault`);
process.exit(failed === 0 ? 0 : 1);

function print(result: RegionsResult): void {
  const { faults, answers, unavailable, happened, fly, monitor, longestRecoveryMs } = result;
  const times = result.times.toSorted((a, b) => a - b);
  const percentile = (share: number): string =>
    `${Math.round(times[Math.floor(times.length * share)] ?? 0)} ms`;
  const list = (counts: object): string =>
    Object.entries(counts)
      .filter(([, count]) => typeof count !== "number" || count > 0)
      .map(([name, count]) => `${name} ${typeof count === "object" ? `(${list(count)})` : count}`)
      .join(", ");
  console.log(`  happened   ${list(happened)}`);
  console.log(`  answers    ${list(answers)}; 503s: ${list(unavailable) || "none"}`);
  console.log(
    `  200 in     ${percentile(0.5)} (half), ${percentile(0.99)} (99 of 100), ${percentile(0.9999)} (most)`,
  );
  console.log(`  proxy      ${list(fly)}`);
  console.log(`  upstream   ${list(monitor)}`);
  console.log(`  recovery   ${(longestRecoveryMs / 1000).toFixed(1)} s at the longest`);
  console.log(`  faults     ${faults.length}`);
  for (const fault of faults.slice(0, 40)) console.log(`    ${fault}`);
  if (faults.length > 0) console.log(`  logs in    ${result.directory}`);
}
