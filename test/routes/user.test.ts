import { afterAll, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createSandbox, emulatorWith } from "../support/sandbox.ts";

const sandbox = await createSandbox();
afterAll(() => sandbox.close());

const { testKey: key, session } = sandbox;
const get = (path: string, query: Record<string, string> = {}) =>
  sandbox.request("GET", path, { key, session, query });
const INSTAGRAM = "25025320";

describe("GET /account", () => {
  for (const path of ["/account", "/account/info"])
    test(`${path} tells the account that is logged in`, async () => {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      expect([answer.body.pk, answer.body.username]).toEqual(["61000000001", "sandbox"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    });
});

describe("GET /user", () => {
  test("finds a user by pk and by username, under each of its paths, with one request", async () => {
    for (const path of ["/user", "/user/info", "/user/info/by/username"])
      for (const query of [
        { user_id: INSTAGRAM },
        { user_id: "instagram" },
        { username: "instagram" },
        { username: "@Instagram" },
        { username: "instagram", user_id: "" },
        { user_id: INSTAGRAM, username: "" },
        { username: "https://www.instagram.com/instagram/?hl=en" },
        { user_id: "instagram.com/Instagram" },
      ] as Record<string, string>[]) {
        const answer = await get(path, query);
        expect(answer.status, `${path} ${JSON.stringify(query)} ${answer.text}`).toBe(200);
        expect(answer.text).toStartWith(`{"pk":"${INSTAGRAM}","username":"instagram"`);
        expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
      }
  });

  test("takes use_cache, and answers alike", async () => {
    const fresh = await get("/user", { username: "instagram", use_cache: "false" });
    const cached = await get("/user", { username: "instagram", use_cache: "true" });
    expect(fresh.text).toBe(cached.text);
  });

  test("needs exactly one of user_id and username", async () => {
    for (const path of ["/user", "/user/medias"]) {
      expect(faultyFields(await get(path))).toEqual(["user_id"]);
      expect(faultyFields(await get(path, { user_id: "", username: "" }))).toEqual(["user_id"]);
      const both = await get(path, { user_id: INSTAGRAM, username: "instagram" });
      expect(faultyFields(both)).toEqual(["user_id"]);
      expect(both.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });

  test("shows the profile of a private account", async () => {
    const answer = await get("/user", { username: "sandbox_private" });
    expect([answer.status, answer.body.is_private]).toEqual([200, true]);
  });

  test("of a user whose ids pass 2^53 gives every digit", async () => {
    const pk = "3012345678901234567";
    const emulator = emulatorWith((url) =>
      url.pathname === `/api/v1/users/${pk}/info/`
        ? new Response(
            `{"user":{"pk":${pk},"pk_id":"${pk}","id":"${pk}","username":"big","full_name":"","is_private":false,"media_count":1,"follower_count":2,"following_count":3,"interop_messaging_user_fbid":17841400000000000123},"status":"ok"}`,
            { headers: { "Content-Type": "application/json" } },
          )
        : undefined,
    );
    const own = await createSandbox({ emulator });
    const answer = await own.request("GET", "/user", {
      key: own.testKey,
      session: own.session,
      query: { user_id: pk },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toContain(`"pk":"${pk}"`);
    const name = await own.request("GET", "/user/username/from/id", {
      key: own.testKey,
      session: own.session,
      query: { user_id: pk },
    });
    expect(name.text).toBe('"big"');
    await own.close();
  });
});

describe("GET /user/about", () => {
  test("tells what Instagram shows of an account, with one request by pk", async () => {
    const byPk = await get("/user/about", { user_id: INSTAGRAM });
    expect(byPk.status, byPk.text).toBe(200);
    expect(byPk.headers.get("gramway-upstream-calls")).toBe("1");
    expect(byPk.body).toEqual({
      username: "instagram",
      is_verified: true,
      country: expect.stringMatching(/^\p{L}/u),
      date: expect.stringMatching(/^[A-Z][a-z]+ 20\d\d$/),
      former_usernames: expect.stringMatching(/^\d*$/),
    });
    const byName = await get("/user/about", { user_id: " @Instagram " });
    expect(byName.text).toBe(byPk.text);
    expect(byName.headers.get("gramway-upstream-calls")).toBe("2");
  });

  test("tells it of private accounts too, and leaves empty what is not shown", async () => {
    const query = { user_id: INSTAGRAM, amount: "30" };
    const { items } = (await get("/user/followers", query)).body;
    const abouts = await Promise.all(
      items.map(async ({ pk }: { pk: string }) => (await get("/user/about", { user_id: pk })).body),
    );
    expect(items.some((user: { is_private: boolean }) => user.is_private)).toBe(true);
    expect(abouts.map(({ username }) => username)).toEqual(
      items.map(({ username }: { username: string }) => username),
    );
    for (const field of ["country", "former_usernames"]) {
      const empty = abouts.filter((about) => about[field] === "").length;
      expect(empty > 0 && empty < abouts.length, field).toBe(true);
    }
    expect(new Set(abouts.map((about) => about.is_verified))).toEqual(new Set([true, false]));
  });

  test("is empty where a page says nothing", async () => {
    const emulator = emulatorWith((url) =>
      url.pathname.includes("about_this_account") ? Response.json({ status: "ok" }) : undefined,
    );
    const own = await createSandbox({ emulator });
    const options = { key: own.testKey, session: own.session, query: { user_id: "1" } };
    expect((await own.request("GET", "/user/about", options)).body).toEqual({
      username: "",
      is_verified: false,
      country: "",
      date: "",
      former_usernames: "",
    });
    await own.close();
  });

  test("refuses what is no user, naming it", async () => {
    for (const user_id of ["", "no such user!", "99999999999999999999"])
      expect(faultyFields(await get("/user/about", { user_id }))).toEqual(["user_id"]);
  });
});

describe("ids and usernames", () => {
  test("lead from one to the other, as JSON strings", async () => {
    expect((await get("/user/id/from/username", { username: "instagram" })).text).toBe(
      `"${INSTAGRAM}"`,
    );
    expect((await get("/user/username/from/id", { user_id: INSTAGRAM })).text).toBe('"instagram"');
  });

  test("must be of their own kind", async () => {
    const answer = await get("/user/username/from/id", { user_id: "instagram" });
    expect(faultyFields(answer)).toEqual(["user_id"]);
  });
});

describe("an unknown user", () => {
  const nowhere: [string, Record<string, string>][] = [
    ["/user", { user_id: "999" }],
    ["/user", { user_id: "0" }],
    ["/user", { username: "nobody_at_all" }],
    ["/user/info/by/username", { username: "nobody_at_all" }],
    ["/user/id/from/username", { username: "nobody_at_all" }],
    ["/user/username/from/id", { user_id: "999" }],
    ["/user/followers", { user_id: "999" }],
    ["/user/followers", { user_id: "nobody_at_all" }],
    ["/user/following", { user_id: "999" }],
    ["/user/medias", { user_id: "999" }],
    ["/user/medias", { username: "nobody_at_all" }],
    ["/user/about", { user_id: "999" }],
    ["/user/about", { user_id: "nobody_at_all" }],
    ["/user/friendship", { user_id: "999" }],
    ["/user/friendship", { user_id: "18446744073709551615" }],
  ];
  for (const [path, query] of nowhere)
    test(`of ${path} ${JSON.stringify(query)} is answered 404`, async () => {
      expectProblem(await get(path, query), "UserNotFound");
    });
});

describe("a private account", () => {
  for (const path of ["/user/followers", "/user/following", "/user/medias"])
    test(`keeps ${path} from those who do not follow it`, async () => {
      const byName = await get(path, { user_id: "sandbox_private" });
      expect(expectProblem(byName, "PrivateAccount").hint).toContain("follow");
      expectProblem(await get(path, { user_id: "61000000005" }), "PrivateAccount");
    });

  test("shows them to itself", async () => {
    const own = await sandbox.login("sandbox_private");
    const query = { user_id: "sandbox_private", amount: "5" };
    const answer = await sandbox.request("GET", "/user/followers", { key, session: own, query });
    expect([answer.status, answer.body.items.length]).toEqual([200, 5]);
  });
});

describe("GET /user/friendship", () => {
  test("tells how the account stands to a user, by pk and by username", async () => {
    const byPk = await get("/user/friendship", { user_id: INSTAGRAM });
    const byName = await get("/user/friendship", { user_id: "@instagram" });
    expect(byPk.status).toBe(200);
    expect(byPk.body.user_id).toBe(INSTAGRAM);
    expect(byName.text).toBe(byPk.text);
    expect(byPk.headers.get("gramway-upstream-calls")).toBe("1");
    expect(byName.headers.get("gramway-upstream-calls")).toBe("2");
  });
});

describe("what the upstream refuses", () => {
  /** A sandbox whose upstream answers one path with that. */
  async function refusing(status: number, body: unknown, headers: Record<string, string> = {}) {
    const emulator = emulatorWith((url) =>
      url.pathname === "/api/v1/users/1/info/"
        ? new Response(typeof body === "string" ? body : JSON.stringify(body), {
            status,
            headers: { "Content-Type": "application/json", ...headers },
          })
        : undefined,
    );
    const own = await createSandbox({ emulator });
    const answer = await own.request("GET", "/user", {
      key: own.testKey,
      session: own.session,
      query: { user_id: "1" },
    });
    await own.close();
    return answer;
  }

  const counts = { media_count: 1, follower_count: 2, following_count: 3 };

  const cases = [
    ["LoginRequired", 403, { message: "login_required", status: "fail" }],
    ["PleaseWaitFewMinutes", 400, { message: "Please wait a few minutes before you try again." }],
    ["FeedbackRequired", 400, { message: "feedback_required", feedback_title: "Try Again Later" }],
    ["RateLimitError", 429, { message: "" }],
    ["ChallengeRequired", 400, { message: "challenge_required", challenge: { api_path: "/x/" } }],
    ["UpgradeRequired", 400, { message: "needs_upgrade" }],
    ["ConsentRequired", 400, { message: "consent_required" }],
    ["UserNotFound", 404, { message: "User not found" }],
    ["UpstreamError", 500, "<html>s3cr3t internals</html>"],
    ["UpstreamError", 503, { message: "s3cr3t" }],
    ["UpstreamError", 200, "<html>not JSON</html>"],
  ] as const;
  for (const [type, status, body] of cases)
    test(`with ${status} ${JSON.stringify(body).slice(0, 60)} is answered as ${type}`, async () => {
      const answer = await refusing(status, body);
      expectProblem(answer, type);
      expect(answer.text).not.toContain("s3cr3t");
      if (answer.status === 429)
        expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    });

  test("as an app version that is no longer served is no challenge", async () => {
    const answer = await refusing(400, {
      message: "checkpoint_required",
      checkpoint_url: "https://i.instagram.com/web/unsupported_version/",
    });
    expect(expectProblem(answer, "UpgradeRequired").hint).toContain("profile");
  });

  test("with a page whose fields are all of the wrong type is no failure", async () => {
    const answer = await refusing(200, {
      user: { pk: 1, username: 5, full_name: [], is_private: {}, biography: 1, ...counts },
    });
    const { status, body } = answer;
    expect([status, body.pk, body.username]).toEqual([200, "1", "5"]);
    expect([body.follower_count, body.following_count, body.media_count]).toEqual([2, 3, 1]);
  });

  test.each(["media_count", "follower_count", "following_count"])(
    "with a profile that does not tell its %s is no profile",
    async (field) => {
      for (const value of [undefined, null, "many", [], {}]) {
        const profile = { pk: 1, username: "one", ...counts, [field]: value };
        const { status, body } = await refusing(200, { user: profile });
        expect([status, body.exc_type]).toEqual([502, "UpstreamError"]);
        expect(body.detail).toEndWith(`lacks ${field}`);
      }
    },
  );

  test("with a profile that counts nothing has its pk and its name all the same", async () => {
    const emulator = emulatorWith((url) =>
      /^\/api\/v1\/users\/(?:1\/info|one\/usernameinfo)\/$/.test(url.pathname)
        ? Response.json({ user: { pk: 1, username: "one" }, status: "ok" })
        : undefined,
    );
    const own = await createSandbox({ emulator });
    const asked = { key: own.testKey, session: own.session };
    const username = { ...asked, query: { username: "one" } };
    const pk = { ...asked, query: { user_id: "1" } };
    expect((await own.request("GET", "/user/id/from/username", username)).body).toBe("1");
    expect((await own.request("GET", "/user/username/from/id", pk)).body).toBe("one");
    expect((await own.request("GET", "/user", pk)).status).toBe(502);
    await own.close();
  });
});
