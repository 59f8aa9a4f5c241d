import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type Asked, reply } from "../support/fake-instagram.ts";
import {
  createGuardedService,
  FOLLOW,
  feedback,
  type GuardedService,
  NOON,
  PROFILE,
  pleaseWait,
} from "../support/guard.ts";
import type { Answer } from "../support/service.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let service: GuardedService;
beforeEach(async () => {
  service = await createGuardedService();
  service.instagram.takePaths();
});
afterEach(() => service.close());

/** Expects that an answer is the gateway's own, and that Instagram was not asked. */
function expectCoolingDown(answer: Answer, action: string, seconds: number): void {
  expect(answer.body, answer.text).toMatchObject({ exc_type: "SessionCoolingDown", action });
  expect(answer.status).toBe(429);
  expect(Number(answer.headers.get("retry-after"))).toBe(seconds);
  expect(answer.body.until).toBe(new Date(service.time + seconds * 1000).toISOString());
  expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
}

describe("after a block of an action", () => {
  test("that kind waits without a request, and the others go on", async () => {
    service.instagram.on(FOLLOW, feedback());
    const throttled = await service.follow();
    expect(throttled.body.exc_type).toBe("FeedbackRequired");
    expect(throttled.headers.get("retry-after")).toBe("3600");

    service.instagram.on(FOLLOW);
    service.instagram.takePaths();
    service.time += MINUTE;
    expectCoolingDown(await service.follow(), "follow", 59 * 60);
    expect(service.instagram.takePaths()).toEqual([]);
    expect((await service.like()).status).toBe(200);
    expect((await service.profile()).status).toBe(200);

    service.time += HOUR;
    expect((await service.follow()).status).toBe(200);
  });

  test("each further one takes twice as long, up to a day, and good time makes up for it", async () => {
    const waits: number[] = [];
    for (let strike = 0; strike < 7; strike++) {
      service.instagram.on(FOLLOW, feedback());
      const seconds = Number((await service.follow()).headers.get("retry-after"));
      waits.push(seconds / 3600);
      service.time += seconds * 1000;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 24, 24]);
    service.time += 30 * 24 * HOUR;
    expect((await service.follow()).headers.get("retry-after")).toBe("3600");
  });

  test("reads that are blocked wait, and actions go on", async () => {
    service.instagram.on(PROFILE, feedback());
    await service.profile();
    service.instagram.on(PROFILE);
    expectCoolingDown(await service.profile(), "read", 3600);
    expect((await service.like()).status).toBe(200);
  });

  test("closed comments of one post are no block", async () => {
    const closed = feedback({ spam: false, comments_disabled: true });
    service.instagram.on(/\/comment\/$/, closed);
    const comment = () =>
      service.request("POST", "/media/comment", {
        key: service.testKey,
        session: service.session,
        form: { media_id: "3755350675776297567_25025320", text: "hello" },
      });
    await comment();
    service.instagram.on(/\/comment\/$/);
    expect((await comment()).status).toBe(200);
  });

  test("several that were under way count as one", async () => {
    const met = Promise.withResolvers<void>();
    let asked = 0;
    service.instagram.on(PROFILE, async () => {
      if (++asked === 4) met.resolve();
      await met.promise;
      return feedback();
    });
    const answers = await Promise.all([1, 2, 3, 4].map(() => service.profile()));
    expect(answers.map(({ body }) => body.exc_type)).toEqual(Array(4).fill("FeedbackRequired"));
    expectCoolingDown(await service.profile(), "read", 3600);
  });

  test("work that waited for its turn is not sent any more", async () => {
    const gate = Promise.withResolvers<void>();
    service.instagram.on(FOLLOW, async () => {
      await gate.promise;
      return feedback();
    });
    const first = service.follow();
    const others = [service.follow(), service.follow()];
    gate.resolve();
    expect((await first).body.exc_type).toBe("FeedbackRequired");
    for (const answer of await Promise.all(others)) expectCoolingDown(answer, "follow", 3600);
    expect(service.instagram.callsOf(FOLLOW)).toHaveLength(1);
  });
});

describe("after Instagram has asked to wait", () => {
  test("nothing of the session is sent, for a time that doubles up to two hours", async () => {
    const waits: number[] = [];
    for (let strike = 0; strike < 6; strike++) {
      service.instagram.on(PROFILE, pleaseWait());
      const seconds = Number((await service.profile()).headers.get("retry-after"));
      waits.push(seconds / 60);
      service.instagram.takePaths();
      expectCoolingDown(await service.like(), "all", seconds);
      expectCoolingDown(await service.profile(), "all", seconds);
      expect(service.instagram.takePaths()).toEqual([]);
      service.time += seconds * 1000;
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 120]);
    service.instagram.on(PROFILE);
    expect((await service.profile()).status).toBe(200);
  });

  test("another session of the same account goes on", async () => {
    service.instagram.on(PROFILE, pleaseWait());
    await service.profile();
    service.instagram.on(PROFILE);
    service.session = await service.login();
    expect((await service.profile()).status).toBe(200);
  });

  test("a login in the session waits, too, and lifts nothing", async () => {
    service.instagram.on(PROFILE, pleaseWait());
    await service.profile();
    service.instagram.on(PROFILE);
    const relogin = await service.request("PATCH", "/auth/relogin", {
      key: service.testKey,
      session: service.session,
      form: { password: "sandbox" },
    });
    expectCoolingDown(relogin, "all", 300);
    const login = { username: "sandbox", password: "sandbox" };
    await service.request("POST", "/auth/login", { key: service.testKey, form: login });
    expectCoolingDown(await service.profile(), "all", 300);
  });

  test("a page that is not JSON concerns the address, unless it says how long to wait", async () => {
    service.instagram.on(PROFILE, reply(429, "<html>Too many requests</html>"));
    expect((await service.profile()).body.exc_type).toBe("RateLimitError");
    service.instagram.on(PROFILE);
    expect((await service.profile()).status).toBe(200);
    service.instagram.on(PROFILE, reply(429, "", { "Retry-After": "90" }));
    await service.profile();
    service.instagram.on(PROFILE);
    expectCoolingDown(await service.profile(), "all", 90);
  });

  test("a rate limit in JSON counts", async () => {
    service.instagram.on(PROFILE, reply(429, { message: "Too many", status: "fail" }));
    expect((await service.profile()).body.exc_type).toBe("RateLimitError");
    expectCoolingDown(await service.like(), "all", 300);
  });
});

describe("Instagram's own word on when it ends", () => {
  const inSeconds = (seconds: number) => Math.floor(NOON / 1000) + seconds;
  // biome-ignore format: a table is read by its rows
  const CASES: [name: string, throttled: Parameters<GuardedService["instagram"]["on"]>[1], action: string, seconds: number][] = [
    ["Retry-After", pleaseWait({ "Retry-After": "7" }), "all", 7],
    ["a date in Retry-After", pleaseWait({ "Retry-After": new Date(NOON + 90_000).toUTCString() }), "all", 90],
    ["expiration_time in seconds", feedback({ expiration_time: inSeconds(7200) }), "follow", 7200],
    ["expiration_time as text", feedback({ expiration_time: String(inSeconds(600)) }), "follow", 600],
    ["expiration_time in milliseconds", feedback({ expiration_time: NOON + 30_000 }), "follow", 30],
    ["expiration_time as ISO text", feedback({ expiration_time: new Date(NOON + 60_000).toISOString() }), "follow", 60],
    ["cooldown_time_in_seconds", feedback({ cooldown_time_in_seconds: 1800 }), "follow", 1800],
    // 16:00 UTC is noon of the account; the day ends 12 hours and some days later.
    ["a day in the text", feedback({ feedback_message: "This block will expire on 2025-11-22." }), "follow", 60 * 3600 - 1],
    ["the same day", feedback({ feedback_message: "Bu engel 2025-11-20 tarihinde kalkacak." }), "follow", 12 * 3600 - 1],
    ["a day that is over", feedback({ feedback_message: "This block will expire on 2020-03-27." }), "follow", 3600],
    ["a day that is none", feedback({ expiration_time: "soon", feedback_message: "2025-99-99" }), "follow", 3600],
    ["an age", feedback({ expiration_time: 4102444800 }), "follow", 3600],
    ["odd types", feedback({ expiration_time: { at: 5 }, cooldown_time_in_seconds: [60], feedback_message: 12 }), "follow", 3600],
  ];
  for (const [name, throttled, action, seconds] of CASES)
    test(`${name} is kept to`, async () => {
      service.instagram.on(FOLLOW, throttled!);
      const answer = await service.follow();
      expect(answer.status, answer.text).toBe(429);
      expect(answer.headers.get("retry-after")).toBe(String(seconds));
      service.instagram.on(FOLLOW);
      expectCoolingDown(await service.follow(), action, seconds);
      service.time += seconds * 1000;
      expect((await service.follow()).status).toBe(200);
    });

  test("who is throttled again right after it waits longer", async () => {
    service.instagram.on(FOLLOW, pleaseWait({ "Retry-After": "2" }));
    await service.follow();
    service.time += 2000;
    const again = await service.follow();
    expect(again.body.exc_type).toBe("PleaseWaitFewMinutes");
    expect(again.headers.get("retry-after")).toBe("600");
  });

  test("a longer one that comes while the action waits is taken", async () => {
    const gate = Promise.withResolvers<void>();
    const later = pleaseWait({ "Retry-After": "1000" });
    let asked = 0;
    service.instagram.on(PROFILE, async () => {
      if (++asked === 1) return pleaseWait();
      await gate.promise;
      return later;
    });
    const first = service.profile();
    const second = service.profile();
    await first;
    gate.resolve();
    await second;
    expectCoolingDown(await service.profile(), "all", 1000);
  });
});

test("an import of the session's own settings ends nothing", async () => {
  const { testKey: key, session } = service;
  service.instagram.on(FOLLOW, feedback());
  await service.follow();
  const saved = await service.request("GET", "/auth/settings", { key, session });
  const form = { settings: saved.text };
  const imported = await service.request("PATCH", "/auth/settings", { key, session, form });
  expect(imported.status, imported.text).toBe(200);
  expectCoolingDown(await service.follow(), "follow", 3600);
});

test("the session shows what waits, until somebody ends it", async () => {
  const { testKey: key, session } = service;
  const shown = async () => (await service.request("GET", "/session", { key, session })).body;
  service.instagram.on(FOLLOW, feedback());
  await service.follow();
  const until = new Date(service.time + HOUR).toISOString();
  expect(await shown()).toMatchObject({
    state: "cooling_down",
    state_since: new Date(service.time).toISOString(),
    blocked: [{ action: "follow", until }],
  });
  service.instagram.on(FOLLOW);
  const form = { unblock: "true" };
  const ended = await service.request("PATCH", "/session", { key, session, form });
  expect(ended.body).toMatchObject({ state: "active", blocked: [] });
  expect((await service.follow()).status).toBe(200);
  // What was ended is forgotten: the next one is a first one.
  service.instagram.on(FOLLOW, feedback());
  expect((await service.follow()).headers.get("retry-after")).toBe("3600");
  service.time += HOUR;
  expect(await shown()).toMatchObject({ state: "active", blocked: [] });
});

test("an action of several requests that has begun is finished", async () => {
  // A message with a name to look up: the look-up comes first, then the write.
  const gate = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  service.instagram.on(FOLLOW, async (_asked: Asked, usual) => {
    begun.resolve();
    await gate.promise;
    return await usual();
  });
  service.instagram.on(PROFILE, pleaseWait());
  const following = service.follow();
  await begun.promise;
  await service.profile();
  gate.resolve();
  expect((await following).status).toBe(200);
  expectCoolingDown(await service.like(), "all", 300);
});

test("what the website tells an anonymous browser does not hold the session back", async () => {
  service.instagram.on("/web/search/topsearch/", pleaseWait());
  const found = await service.request("GET", "/search/locations", {
    key: service.testKey,
    session: service.session,
    query: { name: "berlin" },
  });
  expect(found.body.exc_type).toBe("PleaseWaitFewMinutes");
  expect((await service.profile()).status).toBe(200);
});

test("metrics count throttles and what was held back", async () => {
  service.instagram.on(FOLLOW, feedback());
  await service.follow();
  await service.follow();
  const { text } = await service.request("GET", "/metrics", { peer: "127.0.0.1" });
  expect(text).toContain(
    'gramway_session_throttles_total{exc_type="FeedbackRequired",action="follow"} 1',
  );
  expect(text).toContain(
    'gramway_actions_held_back_total{reason="cooling_down",action="follow"} 1',
  );
});
