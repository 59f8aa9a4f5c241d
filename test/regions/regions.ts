import { rmSync } from "node:fs";
import sharp from "sharp";
import { temporaryDirectory } from "../support/directory.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { EDGE, type FlyCounts, startFlyProxy } from "../support/fly-proxy.ts";
import { startLibsqlServer } from "../support/libsql-server.ts";
import { SECRETS } from "../support/process.ts";
import { startHttpProxy } from "../support/servers.ts";
import { type Happening, letThingsHappen } from "./chaos.ts";
import { ask, type LoadResult, sendLoad, type TestSession } from "./load.ts";
import { Machine } from "./machine.ts";
import { type MonitorCounts, startMonitor } from "./monitor.ts";
import { oneOf, seededRandom } from "./random.ts";

/*
 * Three regions of two machines each on one database, behind a stand-in for Fly's proxy: sessions are
 * used from everywhere while machines are stopped, killed, frozen and cut off from the database.
 */

export interface RegionsOptions {
  /** Chooses everything that is chosen; the times of processes remain what they are. */
  seed: number;
  seconds: number;
  sessions?: number;
  /** Callers of each session at the same time. */
  callers?: number;
  everyMs?: readonly [least: number, most: number];
  chaosEveryMs?: readonly [least: number, most: number];
  /** Machines in trouble at the same time. */
  atATime?: number;
  longestMs?: number;
  kinds?: readonly Happening[];
  /** Where machines read: from the database itself, or from a copy that each of them has. */
  reads?: "remote" | "replica";
  /** What Fly's proxy asks machines for. */
  checkPath?: "/health" | "/ready";
  /** When everything is well again, each session answers within this time, in milliseconds. */
  recoveryMs?: number;
  /** No request takes longer, in milliseconds. */
  giveUpMs?: number;
  env?: Record<string, string>;
  tell?: (what: string) => void;
}

export interface RegionsResult {
  faults: string[];
  answers: Record<string, number>;
  unavailable: Record<string, number>;
  times: number[];
  happened: Record<Happening, number>;
  fly: FlyCounts;
  monitor: MonitorCounts;
  /** The longest time that a session took to answer again at the end, in milliseconds. */
  longestRecoveryMs: number;
  /** Logs of the machines; kept where something went wrong. */
  directory: string;
}

const REGIONS = ["fra", "iad", "syd"];
const MACHINES_IN_A_REGION = 2;
/** The six processes and this one may share a slow machine with others. */
const REACH_MS = 20_000;
const TENANTS = 5;
const RECOVERY_MS = 20_000;
const GIVE_UP_MS = 45_000;

export async function runRegions(options: RegionsOptions): Promise<RegionsResult> {
  const { seed, seconds, sessions: count = 50, tell = () => {} } = options;
  const { recoveryMs = RECOVERY_MS, giveUpMs = GIVE_UP_MS } = options;
  const random = seededRandom(seed);
  const started = performance.now();
  const say = (what: string): void =>
    tell(`${((performance.now() - started) / 1000).toFixed(1).padStart(6)} ${what}`);
  const directory = temporaryDirectory();
  await using ending = new AsyncDisposableStack();
  const database = ending.use(await startLibsqlServer());
  const monitor = ending.use(startMonitor({ random: seededRandom(seed + 1) }));
  const fly = ending.use(
    startFlyProxy({
      random: seededRandom(seed + 2),
      reachMs: REACH_MS,
      checks: { path: options.checkPath ?? "/health" },
    }),
  );
  const machines: Machine[] = [];
  ending.defer(async () => {
    await Promise.all(machines.map((machine) => machine.kill()));
  });
  for (const region of REGIONS)
    for (let number = 1; number <= MACHINES_IN_A_REGION; number++) {
      const id = `${region}${number}`;
      const way: FaultProxy = ending.use(await startFaultProxy(database.port));
      const upstream = monitor.originFor(id);
      machines.push(
        new Machine({
          id,
          region,
          database: way,
          isReplica: options.reads === "replica",
          upstream,
          fly: fly.machines,
          directory: directory.path,
          env: options.env ?? {},
        }),
      );
    }
  // The first one migrates.
  await machines[0]?.start();
  await Promise.all(machines.slice(1).map((machine) => machine.start()));
  await fly.machines.allHealthy();
  say(`${machines.length} machines are ready`);

  const proxies = new Map<string, number>();
  for (const region of REGIONS) {
    const proxy = await startHttpProxy(null);
    ending.defer(() => proxy[Symbol.dispose]());
    proxies.set(region, proxy.port);
  }
  const sessions = await openSessions(fly.url, count, proxies, monitor.account, random);
  say(`${sessions.length} sessions are logged in`);

  const faults: string[] = [];
  const told = (what: string): void => {
    say(what);
    if (/ended with/.test(what)) faults.push(what);
  };
  const stopping = new AbortController();
  const load = sendLoad({
    url: fly.url,
    sessions,
    machines,
    random,
    callers: options.callers ?? 2,
    everyMs: options.everyMs ?? [500, 2_500],
    largePhoto: await largePhoto(),
    giveUpMs,
    signal: stopping.signal,
  });
  const failed = load.then(
    () => null,
    (error: unknown) => error,
  );
  const happened = await letThingsHappen({
    machines,
    database,
    random: seededRandom(seed + 3),
    forMs: seconds * 1000,
    atATime: options.atATime ?? 2,
    everyMs: options.chaosEveryMs ?? [500, 3_000],
    ...(options.longestMs === undefined ? {} : { longestMs: options.longestMs }),
    ...(options.kinds === undefined ? {} : { kinds: options.kinds }),
    tell: told,
  });
  stopping.abort();
  say("everything is well again");
  const asking = { url: fly.url, machines, random, giveUpMs };
  const recovery = await recover(asking, sessions, recoveryMs, faults);
  say(`every session has answered again after ${(recovery / 1000).toFixed(1)} s`);
  const error = await failed;
  if (error !== null) throw error;
  const result = await load;
  await readBack(fly.url, machines, random, result, faults);
  faults.push(...result.faults, ...monitor.faults);
  faults.push(...ownFaults(fly.counts));
  for (const machine of machines) {
    const code = await machine.stop();
    if (code !== 0) faults.push(`${machine.id} ended with ${code} at the end`);
  }
  if (faults.length === 0) rmSync(directory.path, { recursive: true, force: true });
  return {
    faults,
    answers: result.answers,
    unavailable: result.unavailable,
    times: result.times,
    happened,
    fly: fly.counts,
    monitor: monitor.counts,
    longestRecoveryMs: recovery,
    directory: directory.path,
  };
}

/** What the proxy must never have had to do. */
function ownFaults({ errors, mostReplays }: FlyCounts): string[] {
  const kinds = (["loop", "too_large", "refused", "invalid"] as const).filter(
    (kind) => errors[kind] > 0,
  );
  return [
    ...kinds.map((kind) => `the proxy's own errors: ${errors[kind]} times ${kind}`),
    ...(mostReplays > 3 ? [`a request was replayed ${mostReplays} times`] : []),
  ];
}

/** Tenants, and sessions in them: some at the proxy of a region, the others where they are made. */
async function openSessions(
  url: string,
  count: number,
  proxies: ReadonlyMap<string, number>,
  account: (number: number) => { pk: string; settings: Record<string, unknown> },
  random: () => number,
): Promise<TestSession[]> {
  const admin = {
    Authorization: `Bearer ${SECRETS.ADMIN_TOKEN}`,
    "Content-Type": "application/json",
  };
  const json = async (path: string, body: object): Promise<any> => {
    const sent = { method: "POST", headers: admin, body: JSON.stringify(body) };
    const answer = await fetch(url + path, sent);
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const form = async (
    method: string,
    path: string,
    key: string,
    fields: Record<string, string>,
  ): Promise<any> => {
    const headers = { "X-API-Key": key, [EDGE]: oneOf(random, REGIONS) };
    const answer = await fetch(url + path, { method, headers, body: new URLSearchParams(fields) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const sessions: TestSession[] = [];
  const tenants = Math.min(TENANTS, count);
  for (let tenant = 0; tenant < tenants; tenant++) {
    const { id } = await json("/admin/tenants", { name: `Tenant ${tenant}` });
    const scopes = ["read", "write", "auth", "admin"];
    const keyed = { name: "Backend", mode: "live", scopes };
    const { key } = await json(`/admin/tenants/${id}/keys`, keyed);
    const proxyIds: string[] = [];
    for (const [region, port] of proxies) {
      const fields = { url: `http://127.0.0.1:${port}`, region, label: region };
      proxyIds.push((await form("POST", "/proxy", key, fields)).proxy_id);
    }
    for (let number = tenant; number < count; number += tenants) {
      const { pk, settings } = account(number);
      // A third of them goes out directly, which "" says.
      const way: [string, string] =
        random() < 1 / 3 ? ["proxy", ""] : ["proxy_id", oneOf(random, proxyIds)];
      const fields = { settings: JSON.stringify(settings), [way[0]]: way[1] };
      const session = await form("PATCH", "/auth/settings", key, fields);
      sessions.push({ number, key, id: session, pk });
    }
  }
  return sessions;
}

/** Asks every session until it answers; returns the longest time that one took. */
async function recover(
  asking: Parameters<typeof ask>[0],
  sessions: readonly TestSession[],
  withinMs: number,
  faults: string[],
): Promise<number> {
  const started = performance.now();
  const times = await Promise.all(
    sessions.map(async (session) => {
      const result = { answers: {}, unavailable: {}, times: [], faults };
      for (;;) {
        const asked = { method: "GET", path: "/user?username=instagram" };
        const { status } = await ask(asking, session, asked, result);
        const time = performance.now() - started;
        if (status === 200) return time;
        if (time > withinMs) {
          faults.push(`session ${session.number} (${session.id}) is lost: it answers ${status}`);
          return time;
        }
        await Bun.sleep(100);
      }
    }),
  );
  return Math.max(...times);
}

/** Each acknowledged message is there once, and none twice. */
async function readBack(
  url: string,
  machines: readonly Machine[],
  random: () => number,
  { messages }: LoadResult,
  faults: string[],
): Promise<void> {
  for (const [session, { acknowledged, tried, threadId }] of messages) {
    if (threadId === null) continue;
    const headers = { "X-API-Key": session.key, "X-Session-ID": session.id };
    const get = async (path: string): Promise<any> => {
      for (let attempt = 0; ; attempt++) {
        const answer = await fetch(url + path, {
          headers: { ...headers, [EDGE]: oneOf(random, machines).region },
        });
        if (answer.status === 200) return answer.json();
        const text = await answer.text();
        if (attempt === 10) throw new Error(`${path}: ${answer.status} ${text}`);
        await Bun.sleep(1_000);
      }
    };
    const held = new Map<string, number>();
    const page = await get(`/direct/messages?thread_id=${threadId}&amount=0`);
    for (const { text } of page.items ?? page) held.set(text, (held.get(text) ?? 0) + 1);
    const which = `of session ${session.number}`;
    for (const text of acknowledged)
      if (!held.has(text)) faults.push(`message ${text} ${which} was acknowledged and is lost`);
    for (const text of tried)
      if ((held.get(text) ?? 0) > 1)
        faults.push(`message ${text} ${which} is there ${held.get(text)} times`);
  }
}

/** Noise, so that it does not become small. */
async function largePhoto(): Promise<Uint8Array<ArrayBuffer>> {
  const size = { width: 1080, height: 1080 };
  const noise = { type: "gaussian" as const, mean: 128, sigma: 60 };
  const image = sharp({ create: { ...size, channels: 3, background: "grey", noise } });
  return new Uint8Array(await image.jpeg({ quality: 97 }).toBuffer());
}
