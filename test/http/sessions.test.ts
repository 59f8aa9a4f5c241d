import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/route.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { session, testKey: key } = sandbox;
const withSession = sandbox.entries.filter(({ access }) => /session/.test(access.kind));
const needingSession = withSession.filter(({ access }) => access.kind === "session");
const named = ({ method, path }: Operation): string => `${method} ${path}`;

const otherTenant = await sandbox.createTenant("Other");
const otherKey = (await sandbox.createKey(otherTenant)).key;
const foreign = await sandbox.login("sandbox", otherKey);

describe("each operation that takes a session", () => {
  for (const entry of needingSession)
    test(`${named(entry)} answers 401 without one`, async () => {
      const body = expectProblem(await sandbox.call(entry, { session: null }), "SessionRequired");
      expect(body.hint).toContain("/auth/login");
      expectProblem(await sandbox.call(entry, { session: ' "" ' }), "SessionRequired");
    });

  for (const entry of withSession) {
    test(`${named(entry)} answers the same to unknown and foreign sessions and those of the other mode`, async () => {
      const about = { "X-Request-Id": "the-same-for-all" };
      const answers = [
        await sandbox.call(entry, { session: "01K9ZJ5M0T6R3F4C2B1A0XYZWV", headers: about }),
        await sandbox.call(entry, { session: foreign, headers: about }),
        await sandbox.call(entry, { key: sandbox.liveKey, headers: about }),
        await sandbox.call(entry, {
          session: "61000000001%3Aabcdefghijk%3A22%3AAYe",
          headers: about,
        }),
        await sandbox.call(entry, { session: "x".repeat(5000), headers: about }),
      ];
      for (const answer of answers) expectProblem(answer, "SessionNotFound");
      expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
      const headersOf = ({ headers }: (typeof answers)[number]): string[] => [...headers.keys()];
      for (const answer of answers) expect(headersOf(answer)).toEqual(headersOf(answers[0]!));
    });

    test(`${named(entry)} refuses an unknown session before it looks at the input`, async () => {
      const options = { query: { amount: "x" }, ...(entry.body ? { form: { x: "y" } } : {}) };
      const answer = await sandbox.call(entry, { ...options, session: foreign });
      expectProblem(answer, "SessionNotFound");
    });
  }

  test("is not entered by a foreign tenant's key with the right session id in lower case", async () => {
    const entry = sandbox.entry("getAccount");
    expectProblem(
      await sandbox.call(entry, { key: otherKey, session: session.toLowerCase() }),
      "SessionNotFound",
    );
    expect((await sandbox.call(entry, { key: otherKey, session: foreign })).status).toBe(200);
  });
});

describe("the session id", () => {
  const account = (options: Parameters<typeof sandbox.request>[2]) =>
    sandbox.request("GET", "/account", { key, ...options });
  const renew = (options: Parameters<typeof sandbox.request>[2]) =>
    sandbox.request("PATCH", "/auth/settings", { key, ...options });

  test("is taken from the header, the cookie, the query, and the form", async () => {
    expect((await account({ headers: { "X-Session-ID": session } })).status).toBe(200);
    expect((await account({ headers: { Cookie: `a=b; sessionid=${session}` } })).status).toBe(200);
    expect((await account({ query: { sessionid: session } })).status).toBe(200);
    const form = await renew({ form: { sessionid: session, locale: "en_US" } });
    expect([form.status, form.body]).toEqual([200, session]);
    const json = await renew({ json: { sessionid: session, locale: "en_US" } });
    expect([json.status, json.body]).toEqual([200, session]);
    const multipart = new FormData();
    multipart.set("sessionid", session);
    multipart.set("locale", "en_US");
    expect((await renew({ body: multipart })).body).toBe(session);
  });

  test("counts in the order header, cookie, query, form", async () => {
    const places = {
      header: (id: string) => ({ headers: { "X-Session-ID": id } }),
      cookie: (id: string) => ({ headers: { Cookie: `sessionid=${id}` } }),
      query: (id: string) => ({ query: { sessionid: id } }),
      form: (id: string) => ({ form: { sessionid: id, locale: "en_US" } }),
    };
    const order = Object.keys(places) as (keyof typeof places)[];
    for (const [first, second] of order.slice(0, -1).map((name, at) => [name, order[at + 1]!])) {
      const merged = (good: string, bad: string) => {
        const a: any = places[first as keyof typeof places](good);
        const b: any = places[second as keyof typeof places](bad);
        return {
          form: { locale: "en_US" },
          ...a,
          ...b,
          headers: { ...a.headers, ...b.headers },
        };
      };
      expect((await renew(merged(session, "unknown"))).body, `${first}, ${second}`).toBe(session);
      expectProblem(await renew(merged("unknown", session)), "SessionNotFound", `${first}`);
    }
  });

  test("is taken from the next place where one is empty", async () => {
    const answer = await account({
      headers: { "X-Session-ID": "", Cookie: 'sessionid=""' },
      query: { sessionid: session },
    });
    expect(answer.status).toBe(200);
  });

  test("is taken in quotes, with escaped quotes, URL-encoded, and in lower case", async () => {
    const spellings = [
      `"${session}"`,
      `'${session}'`,
      `\\"${session}\\"`,
      ` ${session} `,
      `%22${session}%22`,
      session.toLowerCase(),
      `"${session.toLowerCase()}"`,
    ];
    for (const spelling of spellings) {
      const inHeader = await account({ headers: { "X-Session-ID": spelling } });
      expect(inHeader.status, `header ${spelling}`).toBe(200);
      const inCookie = await account({ headers: { Cookie: `sessionid=${spelling.trim()}` } });
      expect(inCookie.status, `cookie ${spelling}`).toBe(200);
      const inQuery = await account({ query: { sessionid: spelling } });
      expect(inQuery.status, `query ${spelling}`).toBe(200);
    }
  });

  test("of the service before, the upstream's own, opens an imported session in every spelling", async () => {
    const settings = (await sandbox.call(sandbox.entry("getAuthSettings"))).body;
    const cookie: string = settings.authorization_data.sessionid;
    const imported = await renew({ form: { settings: JSON.stringify(settings) } });
    expect(imported.status).toBe(200);
    const decoded = decodeURIComponent(cookie);
    for (const spelling of [cookie, decoded, encodeURIComponent(cookie), `"${cookie}"`]) {
      expect((await account({ headers: { "X-Session-ID": spelling } })).status, spelling).toBe(200);
      expect((await account({ headers: { Cookie: `sessionid=${spelling}` } })).status).toBe(200);
      expect((await account({ query: { sessionid: spelling } })).status).toBe(200);
    }
    const foreignUse = await sandbox.request("GET", "/account", { key: otherKey, session: cookie });
    expectProblem(foreignUse, "SessionNotFound");
  });

  test("is not needed where it is optional, and must be good where it is given", async () => {
    const entry = sandbox.entry("getMediaPkFromUrl");
    expect((await sandbox.call(entry, { session: null })).status).toBe(200);
    expectProblem(await sandbox.call(entry, { session: "unknown" }), "SessionNotFound");
  });
});

describe("an answer with a session", () => {
  test("tells how many upstream requests it cost, one for a read", async () => {
    for (const name of ["getAccount", "getUser", "getUserFollowers", "getUserMedias", "getMedia"]) {
      const answer = await sandbox.call(sandbox.entry(name));
      expect(answer.headers.get("gramway-upstream-calls"), name).toBe("1");
    }
    const none = await sandbox.call(sandbox.entry("getAuthSettings"));
    expect(none.headers.get("gramway-upstream-calls")).toBe("0");
  });
});
