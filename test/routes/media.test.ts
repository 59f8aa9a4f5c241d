import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { expectProblem, expectProblemForm, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get, session } = sandbox;

const posts: { pk: string; id: string; code: string }[] = (
  await get("/user/medias", { user_id: "25025320", amount: "3" })
).body.items;
const { pk, id, code } = posts[0]!;

describe("GET /media", () => {
  const names: Record<string, string>[] = [
    { pk },
    { pk: ` ${id} ` },
    { id },
    { id: pk },
    { id: code },
    { pk, code: "", url: "" },
    { code },
    { code: `${code}AAAAAAAAAAAAAAAAAAAAAAAAAAAA` },
    { url: `https://www.instagram.com/p/${code}/` },
    { url: `instagram.com/p/${code}` },
    { url: `http://m.instagram.com/instagram/reel/${code}/?igsh=x&y=z#top` },
    { url: `https://instagr.am/tv/${code}/` },
    { url: ` https://www.instagram.com/reels/${code}/ ` },
  ];
  for (const query of names)
    test(`finds a post by ${JSON.stringify(query)}`, async () => {
      for (const path of ["/media", "/media/info"]) {
        const answer = await get(path, query);
        expect(answer.status, answer.text.slice(0, 300)).toBe(200);
        expect(answer.text).toStartWith(`{"pk":"${pk}","id":"${id}","code":"${code}"`);
        expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
      }
    });

  test("follows a share link, for one more request", async () => {
    const answer = await get("/media", { url: "https://www.instagram.com/share/p/BAxyzxyz/" });
    expect(answer.status).toBe(200);
    expect(answer.body.user.pk).toBe("25025320");
    expect(answer.headers.get("gramway-upstream-calls")).toBe("2");
  });

  test("needs exactly one name", async () => {
    const wrong: Record<string, string>[] = [{}, { pk, id }, { pk, code }, { code, url: "x" }];
    wrong.push({ pk, id, code, url: `https://www.instagram.com/p/${code}/` });
    for (const query of wrong) {
      const answer = await get("/media", query);
      expect(faultyFields(answer), JSON.stringify(query)).toEqual(["pk"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });

  test("answers 404 to a post that is not there, or not to be seen", async () => {
    const queries: Record<string, string>[] = [
      { pk: "999" },
      { id: "999_1" },
      { code: "AAAAAAAAAAB" },
    ];
    for (const query of queries) expectProblem(await get("/media", query), "MediaNotFound");
    const largest = await get("/media", { pk: "18446744073709551615" });
    expect(largest.status).toBe(404);
    expectProblemForm(largest);
    const mine = await sandbox.login("sandbox_private");
    const own = (await get("/user/medias", { username: "sandbox_private", amount: "1" }, mine))
      .body;
    expectProblem(await get("/media", { pk: own.items[0].pk }), "MediaNotFound");
  });

  test("refuses links that lead elsewhere, and sends nothing there", async () => {
    const wrong = [
      "https://example.com/p/abc/",
      "https://www.instagram.com.evil.example/p/abc/",
      "https://instagram.com@evil.example/p/abc/",
      "https://evil.example/https://www.instagram.com/p/abc/",
      "https://www.instagram.com/",
      "https://www.instagram.com/instagram/",
      "https://www.instagram.com/p/",
      "https://www.instagram.com/p/a%20b/",
      "javascript:alert(1)",
      "file:///etc/passwd",
      "ftp://www.instagram.com/p/abc/",
      "not a link",
      "https://www.instagram.com/share/",
      "https://www.instagram.com/share/p/%2e%2e/",
    ];
    for (const path of ["/media", "/media/pk/from/url"])
      for (const url of wrong) {
        const answer = await get(path, { url });
        expect(faultyFields(answer), url).toEqual(["url"]);
        expect(answer.headers.get("gramway-upstream-calls"), url).toBe("0");
        expect(answer.text).not.toContain("evil.example");
      }
  });

  test("keeps every digit of ids that are numbers at the upstream", async () => {
    const big = "3012345678901234567";
    sandbox.instagram.on(
      `/api/v1/media/${big}/info/`,
      new Response(
        `{"items":[{"pk":${big},"id":"${big}_9007199254740993","code":"x","media_type":1,"taken_at":1700000000,"user":{"pk":9007199254740993,"username":"big"},"location":{"pk":9223372036854775807,"name":"l","hours":{"id":${big}}},"clips_metadata":{"sound_id":${big}}}],"status":"ok"}`,
        { headers: { "Content-Type": "application/json" } },
      ),
    );
    const answer = await get("/media", { pk: big });
    expect(answer.status, answer.text).toBe(200);
    for (const part of [`"pk":"${big}"`, '"pk":"9007199254740993"', '"pk":"9223372036854775807"'])
      expect(answer.text).toContain(part);
    // In what is handed on as it is, too: as texts, which no client rounds.
    for (const part of [`"hours":{"id":"${big}"}`, `"clips_metadata":{"sound_id":"${big}"}`])
      expect(answer.text).toContain(part);
  });
});

describe("GET /media/id", () => {
  test("adds the owner to a pk, a shortcode or a link", async () => {
    for (const media_pk of [pk, code, `https://www.instagram.com/p/${code}/`]) {
      const answer = await get("/media/id", { media_pk });
      expect([answer.status, answer.text]).toEqual([200, `"${id}"`]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    }
  });

  test.each(["x", "1_2_3", "1_", "1 _ 2", "1_x"])("refuses %p", async (media_pk) => {
    expect(faultyFields(await get("/media/id", { media_pk }))).toEqual(["media_pk"]);
  });

  test("hands a full id back, at no cost and without a session", async () => {
    for (const media_pk of [id, ` 00${id} `]) {
      const answer = await get("/media/id", { media_pk }, null);
      expect([answer.status, answer.text]).toEqual([200, `"${id}"`]);
    }
  });

  test("without a session asks the web, and tells nothing of any session to it", async () => {
    const { instagram } = sandbox;
    instagram.on(
      "/graphql/query/",
      reply(200, { data: { xdt_shortcode_media: { owner: { id: "25025320" } } } }),
    );
    const query = { media_pk: pk };
    const answer = await get("/media/id", query, null);
    expect([answer.status, answer.text]).toEqual([200, `"${id}"`]);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    const [seen, ...more] = instagram.calls;
    expect(more).toEqual([]);
    expect(seen?.headers.authorization).toBeUndefined();
    expect(seen?.headers.cookie ?? "").not.toContain("sessionid");
    expect(seen?.body).toContain(encodeURIComponent(`{"shortcode":"${code}"}`));
  });

  test("without a session reads the web's answer under its older name, too", async () => {
    sandbox.instagram.on(
      "/graphql/query/",
      Response.json({ data: { shortcode_media: { owner: { id: "25025320" } } } }),
    );
    const query = { media_pk: pk };
    const answer = await get("/media/id", query, null);
    expect([answer.status, answer.text]).toEqual([200, `"${pk}_25025320"`]);
  });

  test("without a session says where the web wants a login", async () => {
    sandbox.instagram.on(
      "/graphql/query/",
      Response.json({ message: "login_required", status: "fail" }, { status: 401 }),
    );
    const query = { media_pk: pk };
    const answer = await get("/media/id", query, null);
    expect(expectProblem(answer, "ClientForbiddenError").detail).toContain("send a session");
  });

  test("without a session answers 404 to a post that the web does not know", async () => {
    sandbox.instagram.on("/graphql/query/", Response.json({ data: { xdt_shortcode_media: null } }));
    const query = { media_pk: pk };
    const answer = await get("/media/id", query, null);
    expectProblem(answer, "MediaNotFound");
  });
});

describe("the names of a post", () => {
  test("lead to its pk, at no cost and without a session", async () => {
    const ways: [string, Record<string, string>][] = [
      ["/media/pk", { media_id: id }],
      ["/media/pk", { media_id: ` ${pk} ` }],
      ["/media/pk/from/code", { code }],
      ["/media/pk/from/code", { code: ` ${code} ` }],
      ["/media/pk/from/url", { url: `https://www.instagram.com/reel/${code}/?x=y` }],
    ];
    for (const [path, query] of ways)
      for (const own of [session, null]) {
        const answer = await get(path, query, own);
        expect([answer.status, answer.text], path).toEqual([200, `"${pk}"`]);
        expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe("0");
      }
  });

  test("lead to the pks that the contract's examples say", async () => {
    const known: [string, string][] = [
      ["B-fKL9qpeab", "2278584739065882267"],
      ["B1LbfVPlwIA", "2110901750722920960"],
      ["A", "0"],
    ];
    for (const [shortcode, number] of known)
      expect((await get("/media/pk/from/code", { code: shortcode })).text).toBe(`"${number}"`);
  });

  test("are refused where they cannot be one", async () => {
    const wrong = ["b d", "ä", "a/b", "a.b", "!", "___________"];
    for (const shortcode of wrong) {
      const answer = await get("/media/pk/from/code", { code: shortcode });
      expect(faultyFields(answer), shortcode).toEqual(["code"]);
    }
  });

  test("as a share link lead there with and without a session", async () => {
    const url = "https://www.instagram.com/share/reel/BAabcdefgh/?igsh=1";
    for (const own of [session, null]) {
      const answer = await get("/media/pk/from/url", { url }, own);
      expect(answer.status, answer.text).toBe(200);
      expect(answer.text).toMatch(/^"\d+"$/);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
    }
  });

  test("as a share link that leads nowhere or elsewhere are refused", async () => {
    const nowhere = await get("/media/pk/from/url", {
      url: "https://www.instagram.com/share/p/zzzz/",
    });
    expectProblem(nowhere, "ClientNotFoundError");
    for (const location of ["https://evil.example/p/abc/", "/instagram/", "::", ""])
      expectProblem(await sharedTo(location), "ValidationError", location);
  });

  test("as a share link that leads to the login page are refused", async () => {
    const answer = await sharedTo("https://www.instagram.com/accounts/login/?next=%2F");
    expectProblem(answer, "ValidationError");
  });

  /** What a share link comes to that the web redirects to that place. */
  async function sharedTo(location: string) {
    sandbox.instagram.on(/^\/share\//, reply(302, "", { Location: location }));
    const query = { url: "https://www.instagram.com/share/p/BAabcdefgh/" };
    const answer = await get("/media/pk/from/url", query, null);
    return answer;
  }
});
