import { Announcements } from "../../src/announcements.ts";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { createKeyring } from "../../src/db/keyring.ts";
import { migrate } from "../../src/db/migrate.ts";
import { createAppProfiles } from "../../src/instagram/app-profiles.ts";
import { type FencedExchange, NotSent, type UpstreamCall } from "../../src/instagram/client.ts";
import { passthrough } from "../../src/instagram/readings.ts";
import { send } from "../../src/instagram/transport.ts";
import { WriteLog } from "../../src/instagram/write-log.ts";
import { GatewayProblem } from "../../src/problems/gateway.ts";
import { composeGates } from "../../src/sessions/gate.ts";
import { HeldElsewhere } from "../../src/sessions/leases/held-elsewhere.ts";
import { leaseGate } from "../../src/sessions/leases/lease-gate.ts";
import { LeaseLoop } from "../../src/sessions/leases/lease-loop.ts";
import { Machine } from "../../src/sessions/leases/machine.ts";
import { SessionLeases } from "../../src/sessions/leases/session-leases.ts";
import { LiveSessions } from "../../src/sessions/live-sessions.ts";
import { createSessionStore } from "../../src/sessions/session-store.ts";
import { nobody, OPEN_WAY } from "./callers.ts";
import { DatabaseLink, type Link } from "./database-link.ts";
import { savedSettings, USER_PK } from "./live.ts";
import { newKey, type SessionFixture, setUpSessions } from "./session-store.ts";
import { stillWatch } from "./still-watch.ts";

/*
 * Machines that share the sessions of one database, in a time that passes only when a test lets it:
 * they stand still, are cut off from the database in the middle of a statement, are killed, and end.
 * Each has the leases and the sessions of the service; Instagram counts the answers to each session
 * in a header, which the next request must bring back.
 */

const STEP_MS = 250;

/** A request at Instagram. */
interface Exchange extends FencedExchange {
  machine: SimMachine;
  session: string;
  answer(): void;
}

export class LeaseWorld {
  /** Unix milliseconds of the database. */
  time = 1_760_000_000_000;
  readonly machines: SimMachine[] = [];
  readonly sessions: string[] = [];
  readonly underWay = new Set<Exchange>();
  /** What should never be. */
  readonly faults: string[] = [];
  /** Whether each answer renews the login of its session. */
  renewsLogins = false;
  /** Requests that were answered well. */
  answered = 0;
  /** What has arrived at Instagram. */
  readonly requests: { by: string; session: string; count: number | null; login: string }[] = [];
  /** The newest value that Instagram has given to each session. */
  readonly #counts = new Map<string, number>();
  /** The newest value and the newest login that a request has brought back. */
  readonly #seen = new Map<string, number>();
  readonly #logins = new Map<string, number>();
  readonly #timers = new Set<{ at: number; machine: SimMachine; wake: () => void }>();

  private constructor(
    readonly db: Database,
    readonly fixture: SessionFixture,
  ) {}

  static async create(sessions: number): Promise<LeaseWorld> {
    const db = openDatabase({ url: ":memory:" });
    await migrate(db);
    const fixture = await setUpSessions(db);
    const world = new LeaseWorld(db, fixture);
    const store = fixture.store(newKey);
    for (let n = 0; n < sessions; n++) {
      const settings = JSON.stringify(savedSettings());
      const region = REGIONS[n % REGIONS.length] ?? null;
      const account = { username: `account${n}`, userPk: `${n}`, legacyId: null, challenge: null };
      const made = fixture.session({ ...account, proxy: null, settings, region });
      world.sessions.push((await store.create(made)).id);
    }
    return world;
  }

  /** Starts a machine; it is registered when time passes. */
  start(skewMs = 0): SimMachine {
    const number = this.machines.length + 1;
    const machine = new SimMachine(
      this,
      `m${number}`,
      REGIONS[number % REGIONS.length] ?? null,
      skewMs,
    );
    this.machines.push(machine);
    return machine;
  }

  get running(): SimMachine[] {
    return this.machines.filter(({ isRunning }) => isRunning);
  }

  /** Lets time pass, in small steps. */
  async pass(milliseconds: number): Promise<void> {
    for (let left = milliseconds; left > 0; left -= STEP_MS) {
      this.time += STEP_MS;
      for (const machine of this.running) if (!machine.isStill) machine.beat(this.time);
      for (const timer of [...this.#timers]) {
        if (timer.at > this.time || timer.machine.isStill) continue;
        this.#timers.delete(timer);
        if (timer.machine.isRunning) timer.wake();
      }
      await this.settle();
    }
  }

  /** Lets everything go on that waits for nothing but the database. */
  async settle(): Promise<void> {
    for (let idle = 0; idle < 2; ) {
      await new Promise((resolve) => setImmediate(resolve));
      let moved = false;
      for (const machine of this.machines) moved = (await machine.cross()) || moved;
      this.check();
      idle = moved ? 0 : idle + 1;
    }
  }

  /**
   * A request to a machine, and its answer by Instagram as soon as it is there. False when it could not
   * be served within twenty seconds.
   */
  async use(machine: SimMachine, id: string, insists = false): Promise<boolean> {
    const asking = machine.ask(id, 0, insists);
    let isOver = false;
    void asking.then(() => {
      isOver = true;
    });
    for (let n = 0; n < 80; n++) {
      await this.settle();
      this.answer(id);
      await this.settle();
      if (isOver) return asking;
      await this.pass(STEP_MS);
    }
    return false;
  }

  /** Instagram answers what has arrived for a session. */
  answer(id: string): void {
    for (const exchange of [...this.underWay]) if (exchange.session === id) exchange.answer();
  }

  sleep(machine: SimMachine, milliseconds: number): Promise<void> {
    return new Promise((wake) => {
      this.#timers.add({ at: this.time + milliseconds, machine, wake });
    });
  }

  /** At no instant may two machines believe that they have a session. */
  check(): void {
    for (const id of this.sessions) {
      const holders = this.running.filter((machine) => machine.holds(id));
      if (holders.length > 1)
        this.faults.push(`held by ${holders.map(({ name }) => name).join(" and ")}`);
    }
  }

  /** A request arrives at Instagram. */
  arrive(machine: SimMachine, session: string, call: UpstreamCall): Promise<Response> {
    const rur = Number(/PRN,(\d+)/.exec(call.headers["IG-U-RUR"] ?? "")?.[1] ?? Number.NaN);
    const others = [...this.underWay].filter(
      (one) => one.session === session && one.machine !== machine,
    );
    // What a machine has sent before it stood still or died is over soon.
    if (others.some((one) => one.machine.isRunning && !one.machine.isStill))
      this.faults.push(`${machine.name} asks while another machine does`);
    if (!machine.holds(session)) this.faults.push(`${machine.name} asks without the lease`);
    if (rur < (this.#seen.get(session) ?? 0))
      this.faults.push(`${machine.name} brings an old value`);
    if (!Number.isNaN(rur)) this.#seen.set(session, rur);
    const login = Number(/Renewed%3A(\d+)/.exec(call.headers.Cookie ?? "")?.[1] ?? 0);
    if (login < (this.#logins.get(session) ?? 0))
      this.faults.push(`${machine.name} brings an old login`);
    // One that is alone goes on without the database, and what it has may be lost with it.
    if (!machine.machine.isAlone) this.#logins.set(session, login);
    const count = Number.isNaN(rur) ? null : rur;
    this.requests.push({
      by: machine.name,
      session,
      count,
      login: `${call.headers.Authorization} ${call.headers.Cookie}`,
    });
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.underWay.delete(exchange);
        call.fence?.leave(exchange);
      };
      const exchange: Exchange = {
        machine,
        session,
        breakOff: (error) => {
          leave();
          reject(error);
        },
        answer: () => {
          this.underWay.delete(exchange);
          const count = (this.#counts.get(session) ?? 0) + 1;
          this.#counts.set(session, count);
          this.answered++;
          const headers = new Headers({ "ig-set-ig-u-rur": `PRN,${count}` });
          if (this.renewsLogins)
            headers.append("Set-Cookie", `sessionid=${USER_PK}%3ARenewed%3A${count}`);
          machine.receive(() => {
            leave();
            resolve(new Response('{"status":"ok"}', { headers }));
          });
        },
      };
      try {
        call.fence?.enter(exchange);
      } catch (error) {
        reject(new NotSent(error));
        return;
      }
      this.underWay.add(exchange);
    });
  }
}

const REGIONS = ["fra", "iad", "syd"] as const;

/** One machine, or its process. */
export class SimMachine {
  readonly #link: DatabaseLink;
  isStill = false;
  isRunning = true;
  readonly sessions: LiveSessions;
  readonly machine: Machine;
  readonly #loop: LeaseLoop;
  #started: Promise<void> | null = null;
  #ticks = 0;
  readonly #received: (() => void)[] = [];
  private get isSmall(): boolean {
    return this.name.endsWith("2") || this.name.endsWith("4");
  }

  constructor(
    readonly world: LeaseWorld,
    readonly name: string,
    region: string | null,
    /** By how much its clocks are wrong. */
    skewMs: number,
  ) {
    this.#link = new DatabaseLink(world.db, () => world.time);
    const { db } = this.#link;
    const clock = {
      now: () => world.time + skewMs,
      monotonicNow: () => world.time / 7 + (world.time * 6) / 7 - 1_000_000 + skewMs,
      sleep: (milliseconds: number) => world.sleep(this, milliseconds),
    };
    this.machine = new Machine({ ...clock, db, machine: name, region });
    const leases = new SessionLeases({ ...clock, db, machine: this.machine });
    this.sessions = new LiveSessions(
      {
        ...OPEN_WAY,
        ...clock,
        store: createSessionStore(db, createKeyring([newKey]), clock),
        isLocal: true,
        announcements: new Announcements(),
        changes: stillWatch,
        profiles: createAppProfiles(),
        fetchFor: () => (call) => this.#fetch(call),
        gate: composeGates([leaseGate]),
        leases,
        timeoutMs: 60_000,
        drift: () => {},
        onQueueDepth: () => {},
        noteSigns: () => {},
      },
      // On every second machine sessions leave the memory all the time.
      { saveCountersMs: 60_000_000, ...(this.isSmall ? { maxLive: 2 } : {}) },
    );
    this.#loop = new LeaseLoop({
      leases,
      sessions: this.sessions,
      homeOf: ({ stored }) => stored.region,
      onFailed: () => {},
    });
  }

  /** Whether it believes that it may use a session now. */
  holds(id: string): boolean {
    return this.sessions.peek(id)?.lease.isHeld === true;
  }

  beat(time: number): void {
    this.#started ??= this.machine.ready().catch(() => {
      this.#started = null;
    });
    this.machine.beat();
    this.#ticks++;
    if (this.#ticks % 4 === 0) void this.#loop.tick();
    if (this.#ticks % 80 === 0) void this.#loop.lookHome();
    if (time % 6_000 === 0) void this.sessions.flush(12_000);
  }

  /** A request of a caller, with what Fly's proxy makes of the answer. Never rejects. */
  async ask(id: string, hops = 0, insists = false, isTried = false): Promise<boolean> {
    const { world } = this;
    try {
      const wish = { insists: insists || hops >= 2, isOutOfReach: () => isTried };
      const session = await this.sessions.resolve(world.fixture.tenantId, "live", id, wish);
      if (session === null) {
        world.faults.push("a session is lost");
        return false;
      }
      const caller = { ...nobody, ...wish, writes: new WriteLog() };
      await session.read(caller, (client) =>
        send(client, passthrough, { effect: "read", method: "GET", path: `/of/${id}/` }),
      );
      return true;
    } catch (error) {
      if (error instanceof HeldElsewhere && !insists && hops < 2)
        return this.#replay(id, hops + 1, error.elsewhere.machine);
      if (!(error instanceof GatewayProblem)) world.faults.push(String(error));
      return false;
    }
  }

  async #replay(id: string, hops: number, name: string | null): Promise<boolean> {
    const target = this.world.machines.find((one) => one.name === name);
    if (target === undefined) return this.ask(id, 2);
    if (target.isRunning && !target.isStill) {
      target.machine.noteOther();
      return target.ask(id, hops);
    }
    // Fly's proxy gives up.
    await this.world.sleep(this, 2_000);
    return this.ask(id, hops, true, true);
  }

  /** An answer comes in: at once, or when the machine goes on. */
  receive(deliver: () => void): void {
    if (this.isStill) this.#received.push(deliver);
    else deliver();
  }

  wake(): void {
    this.isStill = false;
    for (const deliver of this.#received.splice(0)) deliver();
  }

  /** Saves what is unsaved. */
  async save(): Promise<void> {
    const saving = this.sessions.flush();
    // It rests between its batches.
    await this.world.pass(1_000);
    await saving;
  }

  kill(): void {
    this.isRunning = false;
    for (const exchange of this.world.underWay)
      if (exchange.machine === this) this.world.underWay.delete(exchange);
  }

  /** Ends as the service does; resolves when it has, which needs time to pass. */
  async end(): Promise<void> {
    await this.#loop.drain();
    await this.world.sleep(this, 1_000);
    for (const exchange of this.world.underWay) if (exchange.machine === this) exchange.answer();
    await this.sessions.close();
    await this.#loop.end().catch(() => {});
    this.isRunning = false;
  }

  set link(state: Link) {
    this.#link.state = state;
  }

  /** Lets what it asks of the database go on by one stage; true if anything has. */
  async cross(): Promise<boolean> {
    if (!this.isRunning || this.isStill || this.#link.state === "slow") return false;
    return this.step();
  }

  /** The same of one that is slow. */
  step(): Promise<boolean> {
    return this.#link.step();
  }

  async #fetch(call: UpstreamCall): Promise<Response> {
    try {
      const asking = call.ready?.();
      if (asking) await asking;
    } catch (error) {
      throw new NotSent(error);
    }
    const session = /\/of\/(\w+)\//.exec(call.url)?.[1] ?? "";
    return this.world.arrive(this, session, call);
  }
}
