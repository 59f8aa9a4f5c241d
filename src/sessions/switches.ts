import { eq, sql } from "drizzle-orm";
import { type Actor, type Announcements, OPERATOR } from "../announcements.ts";
import { recordIfChanged } from "../db/audited.ts";
import type { ChangeWatch } from "../db/change-watch.ts";
import type { Database } from "../db/connection.ts";
import { readMeta } from "../db/meta.ts";
import { meta, tenants } from "../db/schema.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import type { Gate, GatePass } from "./gate.ts";
import { SessionGone } from "./session-errors.ts";
import type { SessionRecord } from "./session-store.ts";
import { BY_OPERATOR } from "./shown-state.ts";

/** Whether anything goes to Instagram at all, and since when, in unix milliseconds. */
export interface UpstreamSwitch {
  readonly enabled: boolean;
  /** Null as long as nobody has used the switch. */
  readonly since: number | null;
}

/** The number of changes of the switches; a trigger counts those of tenants. */
const CHANGES = "switches";
const UPSTREAM = "upstream";
/** So often a request looks until what it has seen is not too old, at the most. */
const MAX_LOOKS = 10;
const ON: UpstreamSwitch = { enabled: true, since: null };

export interface SwitchesDependencies {
  db: Database;
  /** Tells when another process may have used a switch. */
  changes: ChangeWatch;
  announcements: Announcements;
  /** Unix milliseconds. */
  now: () => number;
}

/**
 * The switches that stop what goes to Instagram: of a session, of a tenant (its suspension), and of all.
 * They are looked at for each single request, immediately before it is sent, so that nothing leaves any
 * process once the use of a switch is acknowledged. As long as no other process has written, that costs
 * no look into the database.
 */
export class Switches implements Gate {
  #upstream: UpstreamSwitch = ON;
  #suspended: ReadonlySet<string> = new Set();
  /** The change watch's number, and the number of changes of the switches, when they were read. */
  #epoch = Number.NaN;
  #changes: string | null = null;
  #reading: Promise<void> | null = null;
  /** Counts what was switched in this process: a look that began before knows less. */
  #generation = 0;

  constructor(private readonly deps: SwitchesDependencies) {
    deps.announcements.on(["tenant.changed"], ({ tenantId, status }) =>
      this.#note(tenantId, status === "suspended"),
    );
    deps.announcements.on(["tenant.deleted"], ({ tenantId }) => this.#note(tenantId, true));
    deps.changes.on(["tenant.changed"], ({ tenantId, status }) => {
      if (status !== null) this.#note(tenantId, status === "suspended");
    });
    deps.changes.on(["tenant.deleted"], ({ tenantId }) => this.#note(tenantId, true));
    deps.changes.on(["upstream.switched"], () => {
      this.#generation++;
      this.#epoch = Number.NaN;
      this.#changes = null;
    });
  }

  /** The switch of all, as it is stored. Throws StorageUnavailable. */
  async upstream(): Promise<UpstreamSwitch> {
    const isFresh = this.#fresh();
    if (isFresh !== true) await isFresh;
    return this.#upstream;
  }

  /** The same as it was last seen. */
  get lastSeen(): UpstreamSwitch {
    return this.#upstream;
  }

  /** Stops or starts everything; resolves when that holds for every process. Throws StorageUnavailable. */
  async setUpstream(enabled: boolean, by: Actor = OPERATOR): Promise<UpstreamSwitch> {
    const before = await this.upstream();
    if (before.enabled === enabled) return before;
    const { db, announcements, now } = this.deps;
    const at = now();
    const value = JSON.stringify({ enabled, since: at });
    const switched = { kind: "upstream.switched", tenantId: null, enabled, by, at } as const;
    await db.write((orm) =>
      orm.batch([
        orm
          .insert(meta)
          .values({ key: UPSTREAM, value })
          .onConflictDoUpdate({ target: meta.key, set: { value } }),
        orm.run(recordIfChanged(switched)),
        orm
          .update(meta)
          .set({ value: sql`CAST(${meta.value} AS INTEGER) + 1` })
          .where(eq(meta.key, CHANGES)),
      ]),
    );
    this.#generation++;
    this.#upstream = { enabled, since: at };
    await announcements.announce(switched);
    return this.#upstream;
  }

  /**
   * Throws GatewayProblem: UpstreamStopped, TenantSuspended, SessionDisabled; SessionGone;
   * StorageUnavailable.
   */
  before(pass: GatePass): void | Promise<void> {
    const isFresh = this.#fresh();
    const isSessionFresh = pass.fresh();
    if (isFresh === true && isSessionFresh === true) return this.#require(pass);
    return this.#requireFresh(pass, isFresh, isSessionFresh);
  }

  /** The same, when a connection is ready for the request. */
  ready(pass: GatePass): void | Promise<void> {
    return this.before(pass);
  }

  async #requireFresh(
    pass: GatePass,
    isFresh: true | Promise<void>,
    isSessionFresh: true | Promise<boolean>,
  ): Promise<void> {
    let looks: [true | Promise<void>, true | Promise<boolean>] = [isFresh, isSessionFresh];
    for (let look = 1; look <= MAX_LOOKS; look++) {
      const [, exists] = await Promise.all(looks);
      if (!exists) throw new SessionGone();
      // On a busy machine a look may be too old when it is over.
      looks = [this.#fresh(), pass.fresh()];
      if (looks[0] === true && looks[1] === true) break;
    }
    this.#require(pass);
  }

  #require({ tenantId, session }: GatePass): void {
    if (!this.#upstream.enabled)
      throw new GatewayProblem("UpstreamStopped", "The operator has stopped all requests");
    if (this.#suspended.has(tenantId))
      throw new GatewayProblem("TenantSuspended", "The tenant is suspended");
    if (session !== null && !session.enabled) throw switchedOff(session);
  }

  /** Makes sure that the switches are known as they are: at once where no other process has written. */
  #fresh(): true | Promise<void> {
    const epoch = this.deps.changes.epoch();
    if (epoch === this.#epoch) return true;
    this.#reading ??= this.#read(epoch).finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  async #read(looking: number | Promise<number>): Promise<void> {
    const { db } = this.deps;
    const epoch = await looking;
    if (epoch === this.#epoch) return;
    for (;;) {
      const generation = this.#generation;
      const changes = await readMeta(db, CHANGES);
      if (changes !== this.#changes) {
        const [upstream, suspended] = await Promise.all([
          readMeta(db, UPSTREAM),
          db.read((orm) =>
            orm.select({ id: tenants.id }).from(tenants).where(eq(tenants.status, "suspended")),
          ),
        ]);
        if (generation !== this.#generation) continue;
        this.#upstream = upstreamIn(upstream);
        this.#suspended = new Set(suspended.map(({ id }) => id));
        this.#changes = changes;
      }
      // What was read may be older than a use of a switch that was heard of meanwhile.
      if (generation !== this.#generation) continue;
      this.#epoch = epoch;
      return;
    }
  }

  #note(tenantId: string | null, isSuspended: boolean): void {
    this.#generation++;
    if (tenantId === null || this.#suspended.has(tenantId) === isSuspended) return;
    const suspended = new Set(this.#suspended);
    if (isSuspended) suspended.add(tenantId);
    else suspended.delete(tenantId);
    this.#suspended = suspended;
  }
}

/** A value that cannot be read stops nothing: only the service writes it. */
function upstreamIn(text: string | null): UpstreamSwitch {
  if (text === null) return ON;
  const { enabled, since } = JSON.parse(text) as Partial<UpstreamSwitch>;
  return { enabled: enabled !== false, since: since ?? null };
}

const switchedOff = ({ disabledBy }: SessionRecord): GatewayProblem =>
  disabledBy === BY_OPERATOR
    ? new GatewayProblem("SessionDisabled", "The operator has switched this session off", {
        hint: "Nothing was sent to Instagram. Only the operator of this gateway can switch it on again.",
      })
    : new GatewayProblem("SessionDisabled", "This session is switched off");
