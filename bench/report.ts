import type { DatabasesReport } from "./databases.ts";
import type { LoadResult } from "./load.ts";

/** The result of one round for one target. */
export interface Round extends LoadResult {
  /** Processor time of the server for each request, in microseconds. */
  cpu: number;
}

/** Medians over the rounds; latencies in milliseconds. */
export interface Summary {
  perSecond: number;
  p50: number;
  p99: number;
  cpu: number;
  rounds: Round[];
}

export interface Report {
  at: string;
  machine: { cpu: string; cores: number; memory: number };
  bun: string;
  options: Record<string, number>;
  floor: Summary;
  /** One session per connection. */
  gateway: Summary;
  /** All connections use one session, so their reads wait for each other. */
  oneSession: Summary;
  /** The floor with as many connections as one session runs reads at a time. */
  narrowFloor: Summary;
  /** Throughput of the gateway divided by that of the floor. */
  ratio: number;
  /**
   * Processor time of the floor for each request, divided by that of the gateway or of one session.
   */
  cpuRatio: number;
  oneSessionCpuRatio: number;
  p99Overhead: number;
  startToReadyMs: { median: number; all: number[] };
  /** In MB. */
  rss: { idle: number; underLoad: number };
  crowd: {
    tenants: number;
    sessions: number;
    spreadOver: number;
    few: Summary;
    many: Summary;
    ratio: number;
    rss: number;
  } | null;
  databases: DatabasesReport | null;
}

export function summaryOf(rounds: Round[]): Summary {
  return {
    perSecond: median(rounds.map((round) => round.perSecond)),
    p50: median(rounds.map((round) => round.p50)),
    p99: median(rounds.map((round) => round.p99)),
    cpu: median(rounds.map((round) => round.cpu)),
    rounds,
  };
}

/**
 * The median of comparisons made round by round: the other load on the machine is about the same for
 * both targets of a round.
 */
export function compared<One>(
  rounds: readonly One[],
  base: readonly One[],
  compare: (round: One, base: One) => number,
): number {
  const values = rounds.flatMap((round, index) => {
    const other = base[index];
    return other ? [compare(round, other)] : [];
  });
  return median(values);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

export function printReport(report: Report): void {
  const { floor, gateway, oneSession, narrowFloor, crowd, options, machine } = report;
  console.log(
    `GET /user at ${options.connections} connections, medians of ${options.rounds} rounds of ${options.seconds} s; Bun ${report.bun}, ${machine.cores} cores\n`,
  );
  line("floor (bare server)", floor);
  line("gateway", gateway);
  line("gateway, one session", oneSession);
  line("floor, 4 at a time", narrowFloor);
  console.log("");
  ratio("throughput", report.ratio, 0.75);
  ratio("processor time", report.cpuRatio, 0.7);
  ratio("one session's", report.oneSessionCpuRatio, 0.6);
  aim("p99 overhead", `${ms(report.p99Overhead)} ms`, report.p99Overhead <= 3, "≤ 3 ms");
  const { median: start } = report.startToReadyMs;
  aim("start to ready", `${start.toFixed(0)} ms`, start <= 500, "≤ 500 ms");
  const { idle, underLoad } = report.rss;
  aim("memory, idle", `${idle.toFixed(0)} MB`, idle <= 120, "≤ 120 MB");
  console.log(`${"memory, under load".padEnd(24)}${underLoad.toFixed(0)} MB`);
  if (!crowd) return;
  console.log(`\nWith ${crowd.tenants} tenants and ${crowd.sessions} sessions stored`);
  line(`over ${options.connections} sessions`, crowd.few);
  line(`over ${crowd.spreadOver} sessions`, crowd.many);
  console.log(`${"ratio".padEnd(24)}${crowd.ratio.toFixed(3)}`);
  console.log(`${"memory".padEnd(24)}${crowd.rss.toFixed(0)} MB`);
}

function line(name: string, { perSecond, p50, p99, cpu }: Summary): void {
  const rate = Math.round(perSecond).toLocaleString("en-US").padStart(8);
  console.log(
    `${name.padEnd(24)}${rate} requests/s   p50 ${ms(p50)} ms   p99 ${ms(p99)} ms   ${cpu.toFixed(0)} µs of CPU each`,
  );
}

/** Prints a ratio of the gateway to the floor; 1 means equal. */
function ratio(name: string, value: number, least: number): void {
  aim(`${name}, ratio`, value.toFixed(3), value >= least, `≥ ${least.toFixed(2)}`);
}

function aim(name: string, value: string, reached: boolean, wanted: string): void {
  console.log(`${name.padEnd(24)}${value.padEnd(12)}${reached ? "reached" : "missed"} (${wanted})`);
}

const ms = (value: number): string => value.toFixed(2);
