import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;
const INSTAGRAM = "25025320";

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
    sandbox.instagram.on(
      `/api/v1/users/${pk}/info/`,
      new Response(
        `{"user":{"pk":${pk},"pk_id":"${pk}","id":"${pk}","username":"big","full_name":"","is_private":false,"media_count":1,"follower_count":2,"following_count":3,"interop_messaging_user_fbid":17841400000000000123},"status":"ok"}`,
        { headers: { "Content-Type": "application/json" } },
      ),
    );
    const answer = await get("/user", { user_id: pk });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.text).toContain(`"pk":"${pk}"`);
    const name = await get("/user/username/from/id", { user_id: pk });
    expect(name.text).toBe('"big"');
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
    sandbox.instagram.on(/about_this_account/, reply(200, { status: "ok" }));
    expect((await get("/user/about", { user_id: "1" })).body).toEqual({
      username: "",
      is_verified: false,
      country: "",
      date: "",
      former_usernames: "",
    });
  });
});

describe("ids and usernames", () => {
  test("lead from one to the other, as JSON strings", async () => {
    expect((await get("/user/id/from/username", { username: "instagram" })).text).toBe(
      `"${INSTAGRAM}"`,
    );
    expect((await get("/user/username/from/id", { user_id: INSTAGRAM })).text).toBe('"instagram"');
  });
});

describe("what the upstream refuses", () => {
  /** What is answered when Instagram answers with that. */
  const refusing = (status: number, body: unknown) => {
    sandbox.instagram.on("users/1/info/", reply(status, body));
    return get("/user", { user_id: "1" });
  };

  const counts = { media_count: 1, follower_count: 2, following_count: 3 };

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
    const user = { pk: 1, username: "one" };
    sandbox.instagram.on(/users\/(?:1\/info|one\/usernameinfo)\/$/, reply(200, { user }));
    expect((await get("/user/id/from/username", { username: "one" })).body).toBe("1");
    expect((await get("/user/username/from/id", { user_id: "1" })).body).toBe("one");
    expect((await get("/user", { user_id: "1" })).status).toBe(502);
  });
});
