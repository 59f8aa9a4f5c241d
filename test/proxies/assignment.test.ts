import { afterEach, describe, expect, test } from "bun:test";
import { count, eq } from "drizzle-orm";
import fc from "fast-check";
import type { Database } from "../../src/db/connection.ts";
import { Lease } from "../../src/db/lease.ts";
import { owners, proxies, proxyHolds } from "../../src/db/schema.ts";
import { GatewayProblem } from "../../src/problems/gateway.ts";
import { type Hold, ProxyAssignment, type ProxyWish } from "../../src/proxies/assignment.ts";
import { createTenantStore } from "../../src/tenants/tenants.ts";
import { allStorages, openMemory, type Storage } from "../support/storage.ts";
import { type ProxyFields, storeProxies } from "../support/stored-proxies.ts";

const running: ProxyAssignment[] = [];
const open: Storage[] = [];
afterEach(async () => {
  for (const assignment of running.splice(0)) await assignment.close();
  for (const storage of open.splice(0)) await storage[Symbol.asyncDispose]();
});

interface World {
  db: Database;
  tenantId: string;
  other: string;
  assignment: ProxyAssignment;
  /** Another process on the same database. */
  another(): { assignment: ProxyAssignment; lease: Lease };
  wish(fields?: Partial<ProxyWish>): ProxyWish;
  proxies(...fields: ProxyFields[]): Promise<string[]>;
}

async function world(opening: () => Promise<Storage> = openMemory): Promise<World> {
  const storage = await opening();
  open.push(storage);
  const { db } = storage;
  const tenants = createTenantStore(db);
  const { id: tenantId } = await tenants.create({ name: "Acme" });
  const { id: other } = await tenants.create({ name: "Other" });
  const another = () => {
    const lease = new Lease(db, Date.now);
    const onFailed = (error: unknown): never => {
      throw error;
    };
    const assignment = new ProxyAssignment({ db, lease, now: Date.now, onFailed });
    running.push(assignment);
    return { assignment, lease };
  };
  return {
    db,
    tenantId,
    other,
    assignment: another().assignment,
    another,
    wish: (fields) => ({ tenantId, mode: "live", country: null, region: null, ...fields }),
    proxies: (...fields) =>
      storeProxies(
        db,
        fields.map((one) => ({ tenantId, ...one })),
      ),
  };
}

const refusal = (error: unknown): string =>
  error instanceof GatewayProblem ? error.kind : String(error);
const outcome = (claim: Promise<Hold | null>): Promise<string | null> =>
  claim.then((hold) => hold?.proxyId ?? null, refusal);
const holdsIn = async (db: Database): Promise<number> =>
  (await db.read((orm) => orm.select({ all: count() }).from(proxyHolds)))[0]?.all ?? -1;
const loads = async (db: Database): Promise<number[]> =>
  (await db.read((orm) => orm.select({ load: proxies.liveHolds }).from(proxies))).map(
    ({ load }) => load,
  );

describe.each(allStorages)("a place on a proxy (%s)", (_name, opening) => {
  test("is held until it is released, and counts meanwhile", async () => {
    const { db, assignment, proxies: store, wish } = await world(opening);
    const [id] = await store({ maxSessions: 1 });
    const hold = await assignment.claim(wish());
    expect(hold?.proxyId).toBe(id as string);
    expect(await outcome(assignment.claim(wish()))).toBe("NoProxyAvailable");
    await assignment.release(hold as Hold);
    expect(await holdsIn(db)).toBe(0);
    expect(await outcome(assignment.claim(wish()))).toBe(id as string);
  });

  test("is given to as many at once as there are, evenly", async () => {
    const { db, assignment, another, proxies: store, wish } = await world(opening);
    await store(...Array.from({ length: 10 }, () => ({ maxSessions: 12 })));
    const second = another().assignment;
    const claims = Array.from({ length: 125 }, (_, index) =>
      outcome((index % 2 === 0 ? assignment : second).claim(wish())),
    );
    const results = await Promise.all(claims);
    expect(results.filter((result) => result === "NoProxyAvailable")).toHaveLength(5);
    expect(await loads(db)).toEqual(Array(10).fill(12));
  });

  test("of a process that has ended is given back, and one of a process that lives is not", async () => {
    const { db, assignment, another, proxies: store, wish } = await world(opening);
    await store({ maxSessions: 2 });
    const dead = another();
    await dead.assignment.claim(wish());
    await assignment.claim(wish());
    expect(await outcome(assignment.claim(wish()))).toBe("NoProxyAvailable");
    await dead.lease.end();
    // Who finds everything taken looks for such places first.
    expect(await outcome(another().assignment.claim(wish()))).toHaveLength(26);
    expect(await holdsIn(db)).toBe(2);
  });
});

describe("the proxy of a session", () => {
  const inGermany = { country: "DE" };
  const inFrance = { country: "FR" };

  test("is in the wished country if there is one, or else anywhere", async () => {
    const { assignment, proxies: store, wish } = await world();
    const [german, french] = await store({ ...inGermany, maxSessions: 1 }, inFrance);
    expect(await outcome(assignment.claim(wish(inGermany)))).toBe(german as string);
    expect(await outcome(assignment.claim(wish(inGermany)))).toBe(french as string);
    expect(await outcome(assignment.claim(wish({ country: "US" })))).toBe(french as string);
  });

  test("is in no other country where the country is fixed", async () => {
    const { assignment, proxies: store, wish } = await world();
    await store({ ...inGermany, maxSessions: 1 }, inFrance, {});
    const fixed = wish({ ...inGermany, isCountryFixed: true });
    expect(await outcome(assignment.claim(fixed))).toHaveLength(26);
    expect(await outcome(assignment.claim(fixed))).toBe("NoProxyAvailable");
    const nowhere = wish({ country: "US", isCountryFixed: true });
    expect(await outcome(assignment.claim(nowhere))).toBe("NoProxyAvailable");
  });

  test("is near the region, the tenant's own, not failing, and the least loaded, in this order", async () => {
    const { assignment, proxies: store, wish } = await world();
    const [offered, failing, own, near] = await store(
      { tenantId: null },
      { state: "failing" },
      { maxSessions: 1 },
      { region: "fra", maxSessions: 1 },
    );
    const claim = () => outcome(assignment.claim(wish({ region: "fra" })));
    expect(await claim()).toBe(near as string);
    expect(await claim()).toBe(own as string);
    expect(await claim()).toBe(failing as string);
    expect(offered).toHaveLength(26);
  });

  test("is never down, another tenant's, or one of the other mode", async () => {
    const { assignment, other, proxies: store, wish } = await world();
    await store({ tenantId: other }, { mode: "test" }, { tenantId: null, mode: "test" });
    expect(await outcome(assignment.claim(wish()))).toBeNull();
    await store({ state: "down" });
    expect(await outcome(assignment.claim(wish()))).toBe("NoProxyAvailable");
  });

  test("of the operator serves all tenants, and counts each mode apart", async () => {
    const { assignment, other, proxies: store, wish } = await world();
    const [offered] = await store({ tenantId: null, maxSessions: 2 });
    const claims = [
      wish(),
      wish({ tenantId: other }),
      wish({ mode: "test" }),
      wish({ mode: "test" }),
    ];
    for (const claim of claims)
      expect(await outcome(assignment.claim(claim))).toBe(offered as string);
    expect(await outcome(assignment.claim(wish()))).toBe("NoProxyAvailable");
    expect(await outcome(assignment.claim(wish({ mode: "test" })))).toBe("NoProxyAvailable");
  });

  test("is the named one, or none", async () => {
    const { assignment, other, proxies: store, wish } = await world();
    const [named = "", foreign = "", wrongMode = ""] = await store(
      { maxSessions: 1 },
      { tenantId: other },
      { mode: "test" },
      {},
    );
    const claim = (proxyId: string) => outcome(assignment.claim(wish({ proxyId })));
    expect(await claim(named)).toBe(named);
    expect(await claim(named)).toBe("NoProxyAvailable");
    for (const id of [foreign, wrongMode, "no-such-proxy", "' OR 1"])
      expect([id, await claim(id)]).toEqual([id, "ProxyNotFound"]);
  });

  test("is another one than that which is left", async () => {
    const { assignment, proxies: store, wish } = await world();
    const [left = "", other = ""] = await store({}, { maxSessions: 1 });
    const claim = () => outcome(assignment.claim(wish({ except: left })));
    expect(await claim()).toBe(other);
    expect(await claim()).toBe("NoProxyAvailable");
  });
});

test("claims at once get what they would get one after the other, whatever there is", async () => {
  const countries = [null, "DE", "FR", "US"];
  const regions = [null, "fra", "iad"];
  const proxy = fc.record({
    isOffered: fc.boolean(),
    country: fc.constantFrom(...countries),
    region: fc.constantFrom(...regions),
    maxSessions: fc.option(fc.integer({ min: 0, max: 4 })),
    state: fc.constantFrom("unknown", "healthy", "failing", "down"),
  });
  const wished = fc.record({
    country: fc.constantFrom(...countries),
    region: fc.constantFrom(...regions),
    isCountryFixed: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(proxy, { maxLength: 8 }),
      wished,
      fc.integer({ min: 1, max: 30 }),
      async (given, fields, claims) => {
        const { db, tenantId, assignment, proxies: store, wish } = await world();
        const ids = await store(
          ...given.map(({ isOffered, ...rest }) => ({
            ...rest,
            tenantId: isOffered ? null : tenantId,
          })),
        );
        const { country, region } = fields;
        const isFixed = fields.isCountryFixed && country !== null;
        // What fits better has a smaller rank, in the order of the list.
        const model = given.map((one, index) => ({ ...one, id: ids[index] ?? "", load: 0 }));
        const ranksOf = (one: (typeof model)[number]) => [
          country !== null && one.country !== country ? 1 : 0,
          region !== null && one.region !== region ? 1 : 0,
          one.isOffered ? 1 : 0,
          one.state === "failing" ? 1 : 0,
          one.load,
        ];
        const expected: (number[] | null)[] = [];
        for (let claim = 0; claim < claims; claim++) {
          const [best] = model
            .filter(
              ({ state, load, maxSessions }) => state !== "down" && load < (maxSessions ?? 99),
            )
            .filter((one) => !isFixed || one.country === country)
            .sort((a, b) => compare(ranksOf(a), ranksOf(b)));
          expected.push(best ? ranksOf(best) : null);
          if (best) best.load++;
        }
        const results = await Promise.all(
          Array.from({ length: claims }, () => outcome(assignment.claim(wish(fields)))),
        );
        const served = results.filter((result) => result?.length === 26);
        expect(served).toHaveLength(expected.filter((one) => one !== null).length);
        const stored = await db.read((orm) =>
          orm.select({ id: proxies.id, load: proxies.liveHolds }).from(proxies),
        );
        // Which of several equal ones it is does not matter.
        const shape = (all: readonly { id: string; load: number }[]) =>
          all
            .map(({ id, load }) => {
              const one = model.find((other) => other.id === id);
              return JSON.stringify([one && ranksOf({ ...one, load: 0 }), load]);
            })
            .sort();
        expect(sumBy(shape(stored))).toEqual(sumBy(shape(model)));
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);

/** Sorted texts, counted. */
const sumBy = (texts: readonly string[]) =>
  Object.entries(Object.groupBy(texts, (text) => text)).map(([text, all]) => [text, all?.length]);

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

test("places that cannot be given back at once are given back later", async () => {
  const { db, another, proxies: store, wish } = await world();
  await store({});
  const errors: unknown[] = [];
  let isBroken = false;
  const broken: Database = {
    ...db,
    write: (work) => (isBroken ? Promise.reject(new Error("no disk")) : db.write(work)),
  };
  const { lease } = another();
  const assignment = new ProxyAssignment({
    db: broken,
    lease,
    now: Date.now,
    onFailed: (error) => errors.push(error),
  });
  const hold = (await assignment.claim(wish())) as Hold;
  isBroken = true;
  await assignment.release(hold);
  expect(errors).toHaveLength(1);
  expect(await holdsIn(db)).toBe(1);
  isBroken = false;
  await assignment.close();
  expect(await holdsIn(db)).toBe(0);
});

test("a hold of an owner of whom nothing is known is nobody's", async () => {
  const { db, assignment, proxies: store, wish } = await world();
  const [id = ""] = await store({ maxSessions: 1 });
  await db.write((orm) =>
    orm.insert(proxyHolds).values({
      id: "lost",
      proxyId: id,
      mode: "live",
      owner: "nobody",
      heldUntil: Date.now() + 60_000,
    }),
  );
  expect(await outcome(assignment.claim(wish()))).toBe(id);
  expect(await db.read((orm) => orm.select().from(owners).where(eq(owners.id, "nobody")))).toEqual(
    [],
  );
});

describe("proxies in thousands of places", () => {
  const code = (number: number): string =>
    [number % 26, Math.floor(number / 26) % 26, Math.floor(number / 676)]
      .map((letter) => String.fromCharCode(97 + letter))
      .join("");

  test("are found where they fit, and many who wish differently leave turns to others", async () => {
    const { assignment, proxies: add, wish, db } = await world();
    const countries = ["AT", "DE", "US"];
    await add(
      ...Array.from({ length: 3_000 }, (_, index) => ({
        country: countries[index % 3] ?? null,
        region: code(index),
      })),
    );
    const countryOf = async (hold: Hold | null): Promise<string | null | undefined> => {
      const of = eq(proxies.id, hold?.proxyId ?? "");
      const [row] = await db.read((orm) =>
        orm.select({ country: proxies.country }).from(proxies).where(of),
      );
      return row?.country;
    };
    for (const country of countries)
      for (const isCountryFixed of [false, true]) {
        const hold = await assignment.claim(wish({ country, isCountryFixed }));
        expect(await countryOf(hold)).toBe(country);
      }

    let turns = 0;
    let isOver = false;
    const others = (async () => {
      for (; !isOver; turns++) await new Promise((resolve) => setImmediate(resolve));
    })();
    const wishes = Array.from({ length: 40 }, (_, index) => wish({ region: code(index) }));
    const holds = await Promise.all(wishes.map((one) => assignment.claim(one)));
    isOver = true;
    await others;
    expect(new Set(holds.map((hold) => hold?.id)).size).toBe(40);
    expect(turns).toBeGreaterThanOrEqual(9);
  });
});
