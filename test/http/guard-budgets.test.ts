import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { OPERATOR } from "../../src/announcements.ts";
import { reply } from "../support/fake-instagram.ts";
import { createGuardedService, FOLLOW, type GuardedService, NOON } from "../support/guard.ts";
import { photo } from "../support/media-files.ts";
import type { Answer } from "../support/service.ts";

const HOUR = 3_600_000;
/** The sandbox's accounts live at UTC-4. */
const MIDNIGHT = NOON + 12 * HOUR;

let service: GuardedService;
beforeEach(async () => {
  service = await createGuardedService();
});
afterEach(() => service.close());

const budgetIn = ({ headers }: Answer): string | null => headers.get("gramway-budget");
const follows = () => service.instagram.callsOf(FOLLOW).length;

function expectSpent(answer: Answer, action: string): void {
  expect(answer.body, answer.text).toMatchObject({ exc_type: "BudgetSpent", action });
  expect(answer.status).toBe(429);
  const seconds = (MIDNIGHT - service.time) / 1000;
  expect(answer.headers.get("retry-after")).toBe(String(seconds));
}

/** Sets the session's own limits. */
async function setOwn(limits: {
  dailyBudgets?: Record<string, number | null> | null;
  paceMs?: number | null;
}): Promise<void> {
  const live = await service.service.sessions.resolve(service.tenantId, "test", service.session);
  await live!.change(() => limits, OPERATOR);
}

describe("a daily budget", () => {
  test("counts actions of its kind, says what is left, and then refuses until midnight", async () => {
    await service.limit({ daily_budgets: { follow: 2 } });
    expect(budgetIn(await service.follow())).toBe("follow;remaining=1;limit=2;reset=43200");
    service.time += HOUR;
    expect(budgetIn(await service.follow())).toBe("follow;remaining=0;limit=2;reset=39600");
    const spent = await service.follow();
    expectSpent(spent, "follow");
    expect(budgetIn(spent)).toBe("follow;remaining=0;limit=2;reset=39600");
    expect(spent.headers.get("gramway-upstream-calls")).toBe("0");
    expect(follows()).toBe(2);

    const like = await service.like();
    expect([like.status, budgetIn(like)]).toEqual([200, null]);
    service.time = MIDNIGHT - 1;
    expect((await service.follow()).body.exc_type).toBe("BudgetSpent");
    service.time = MIDNIGHT;
    expect(budgetIn(await service.follow())).toBe("follow;remaining=1;limit=2;reset=86400");
  });

  test("of nothing refuses everything of its kind, without a look-up of names", async () => {
    await service.limit({ daily_budgets: { follow: 0 } });
    service.instagram.takePaths();
    expectSpent(await service.follow("instagram"), "follow");
    expect(service.instagram.takePaths()).toEqual([]);
  });

  test("belongs to each session, and the session's own takes its place", async () => {
    await service.limit({ daily_budgets: { follow: 1, like: 1 } });
    await setOwn({ dailyBudgets: { follow: 3, comment: 5 } });
    expect(budgetIn(await service.follow())).toStartWith("follow;remaining=2;limit=3;");
    // Kinds that the session does not name have the tenant's.
    expect(budgetIn(await service.like())).toStartWith("like;remaining=0;limit=1;");
    await setOwn({ dailyBudgets: { follow: null } });
    expect(budgetIn(await service.follow())).toBeNull();
    await setOwn({ dailyBudgets: null });
    expectSpent(await service.follow(), "follow");
    service.session = await service.login();
    expect(budgetIn(await service.follow())).toStartWith("follow;remaining=0;limit=1;");
  });

  test("of a session is set and shown with it, with what is left", async () => {
    const { testKey: key, session } = service;
    await service.limit({ daily_budgets: { follow: 9 } });
    const json = { daily_budgets: { like: 3 }, pace_ms: 0 };
    const set = await service.request("PATCH", "/session", { key, session, json });
    expect(set.status, set.text).toBe(200);
    await service.like();
    const { budget } = (await service.request("GET", "/session", { key, session })).body;
    expect(budget).toMatchObject({
      follow: { limit: 9, remaining: 9 },
      like: { limit: 3, remaining: 2, reset_at: new Date(MIDNIGHT).toISOString() },
    });
    const { items } = (await service.request("GET", "/sessions", { key })).body;
    expect(items.at(-1).budget).toEqual(budget);
  });

  test("is not exceeded by requests that come at once", async () => {
    await service.limit({ daily_budgets: { follow: 5 } });
    const answers = await Promise.all(Array.from({ length: 30 }, () => service.follow()));
    const kinds = answers.map(({ status }) => status);
    expect(kinds.filter((status) => status === 200)).toHaveLength(5);
    expect(kinds.filter((status) => status === 429)).toHaveLength(25);
    expect(follows()).toBe(5);
  });

  test("counts what Instagram has refused, and not what was never sent", async () => {
    await service.limit({ daily_budgets: { follow: 3 } });
    service.instagram.on(FOLLOW, reply(404, { message: "User not found", status: "fail" }));
    expect(budgetIn(await service.follow())).toStartWith("follow;remaining=2;");
    service.instagram.on(FOLLOW);
    // A name that does not exist: the look-up fails, so nothing is written.
    expect((await service.follow("nobody.of.this.name")).status).toBe(404);
    expect(budgetIn(await service.follow())).toStartWith("follow;remaining=1;");
  });

  test("is given back when the connection fails before a byte has left", async () => {
    await service.limit({ daily_budgets: { follow: 2 } });
    const { NotSent } = await import("../../src/instagram/client.ts");
    service.instagram.on(FOLLOW, () => {
      throw new NotSent(Object.assign(new Error("refused"), { code: "ECONNREFUSED" }));
    });
    for (let times = 0; times < 3; times++)
      expect((await service.follow()).body).toMatchObject({ outcome: "not_sent" });
    service.instagram.on(FOLLOW, () => {
      throw Object.assign(new Error("reset"), { code: "ECONNRESET" });
    });
    expect((await service.follow()).body).toMatchObject({ outcome: "unknown" });
    service.instagram.on(FOLLOW);
    expect(budgetIn(await service.follow())).toStartWith("follow;remaining=0;");
  });

  test("is not charged for answers that an Idempotency-Key replays", async () => {
    await service.limit({ daily_budgets: { follow: 2 } });
    const keyed = () => service.follow("25025320", { "Idempotency-Key": "once" });
    expect(budgetIn(await keyed())).toStartWith("follow;remaining=1;");
    for (let times = 0; times < 3; times++) {
      const replayed = await keyed();
      expect(replayed.headers.get("idempotency-replayed")).toBe("true");
      expect(budgetIn(replayed)).toBeNull();
    }
    expect(budgetIn(await service.follow())).toStartWith("follow;remaining=0;");
    // What is refused by the budget is no answer to keep.
    const late = () => service.follow("25025320", { "Idempotency-Key": "late" });
    expectSpent(await late(), "follow");
    service.time = MIDNIGHT;
    expect((await late()).status).toBe(200);
  });

  test("does not begin anew when the account moves to another time zone", async () => {
    await service.limit({ daily_budgets: { follow: 1 } });
    await service.follow();
    for (const timezone of ["50400", "-39600", "0"]) {
      const moved = await service.request("PATCH", "/auth/settings", {
        key: service.testKey,
        session: service.session,
        form: { timezone },
      });
      expect(moved.status, moved.text).toBe(200);
      expectSpent(await service.follow(), "follow");
    }
    service.time = MIDNIGHT;
    // The next day ends where the account is now.
    expect(budgetIn(await service.follow())).toBe("follow;remaining=0;limit=1;reset=72000");
  });

  test("survives a clock that is set back", async () => {
    await service.limit({ daily_budgets: { follow: 1 } });
    service.time += 400 * 24 * HOUR;
    await service.follow();
    service.time = NOON;
    expect((await service.follow()).status).toBe(200);
    expectSpent(await service.follow(), "follow");
  });

  test("stops an upload before its file is sent", async () => {
    await service.limit({ daily_budgets: { post: 1 } });
    const upload = async () =>
      service.request("POST", "/photo/upload", {
        key: service.testKey,
        session: service.session,
        form: { caption: "A photo" },
        files: [["file", new File([await photo(320, 400)], "photo.jpg")]],
      });
    const posted = await upload();
    expect([posted.status, budgetIn(posted)]).toEqual([
      200,
      "post;remaining=0;limit=1;reset=43200",
    ]);
    service.instagram.takePaths();
    expectSpent(await upload(), "post");
    expect(service.instagram.takePaths()).toEqual([]);
  });

  test("is forgotten with the session", async () => {
    await service.limit({ daily_budgets: { follow: 1 }, pace_ms: 1000 });
    await service.follow();
    const { db, sessions } = service.service.stores;
    await sessions.delete(service.tenantId, "test", service.session);
    for (const table of ["action_counts", "action_paces"]) {
      const { rows } = await db.statements.execute(`SELECT * FROM ${table}`);
      expect(rows).toEqual([]);
    }
  });
});

describe("a pace", () => {
  test("keeps actions apart, at random a little more, and lets reads pass", async () => {
    await service.limit({ pace_ms: 2000 });
    await service.follow();
    expect(service.waits).toEqual([]);
    for (let times = 0; times < 5; times++) {
      await service.like();
      const wait = service.waits.pop()!;
      expect(wait).toBeGreaterThanOrEqual(2000);
      expect(wait).toBeLessThanOrEqual(2600);
      await service.profile();
      expect(service.waits).toEqual([]);
    }
    service.time += 2600;
    await service.follow();
    expect(service.waits).toEqual([]);
  });

  test("that is longer than a request may take refuses it at once, and takes no place", async () => {
    await service.limit({ pace_ms: 600_000, daily_budgets: { follow: 5 } });
    await service.follow();
    const answers = await Promise.all([1, 2, 3].map(() => service.follow()));
    for (const { status, body, headers } of answers) {
      expect([status, body.exc_type, body.action]).toEqual([429, "SessionCoolingDown", "follow"]);
      expect(Number(headers.get("retry-after"))).toBeWithin(600, 781);
    }
    expect(follows()).toBe(1);
    service.time += 780_000;
    expect(budgetIn(await service.follow())).toStartWith("follow;remaining=3;");
  });

  test("of a session takes the place of the tenant's", async () => {
    await service.limit({ pace_ms: 2000 });
    await setOwn({ paceMs: 0 });
    await service.follow();
    await service.follow();
    expect(service.waits).toEqual([]);
    await setOwn({ paceMs: 100 });
    await service.follow();
    await service.follow();
    expect(service.waits).toHaveLength(1);
    expect(service.waits[0]).toBeWithin(100, 131);
  });

  test("does not hold another session back", async () => {
    await service.limit({ pace_ms: 20_000 });
    await service.follow();
    service.session = await service.login();
    await service.follow();
    expect(service.waits).toEqual([]);
  });
});
