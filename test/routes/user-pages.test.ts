import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { listOf, pksOf } from "../support/pages.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;

async function allOf(path: string, query: Record<string, string>) {
  const { items, sizes } = await listOf((cursor) => get(path, { ...query, cursor }));
  return { pks: pksOf(items), sizes };
}

describe("followers and following", () => {
  // As many as the emulator lists for these accounts.
  const lists = [
    ["/user/followers", "sandbox", 342, ["113", "200"]],
    ["/user/following", "sandbox", 120, ["119", "120", "121"]],
  ] as const;
  for (const [path, user, total, amounts] of lists)
    for (const amount of amounts)
      test(`${path} of ${user} in pages of ${amount} gives every one exactly once`, async () => {
        const { pks, sizes } = await allOf(path, { user_id: user, amount });
        expect(pks).toHaveLength(total);
        expect(new Set(pks).size).toBe(total);
        for (const size of sizes.slice(0, -1)) expect(size).toBe(Number(amount));
      });

  test("of an upstream that hands out other pages than asked for are all there, once", async () => {
    const users = Array.from({ length: 23 }, (_, at) => `3012345678901234${500 + at}`);
    sandbox.instagram.on("friendships/77/followers/", ({ url }) => {
      const start = Number(new URL(url).searchParams.get("max_id") ?? 0);
      const page = users
        .slice(start, start + 6)
        .map((pk) => `{"pk":${pk},"username":"u${pk}","full_name":""}`);
      // One odd item, and the first one of the page before once more.
      const odd = `null,{"username":"without_pk"},{"pk":${users[Math.max(0, start - 6)]},"username":"again","full_name":""}`;
      const next = start + 6 < users.length ? `,"next_max_id":${start + 6}` : "";
      return reply(200, `{"users":[${page.join(",")},${odd}]${next},"status":"ok"}`);
    });
    for (const amount of ["1", "4", "5", "7", "23", "24"]) {
      const { items } = await listOf((cursor) =>
        get("/user/followers", { user_id: "77", amount, cursor }),
      );
      expect(new Set(pksOf(items)), `amount ${amount}`).toEqual(new Set(users));
    }
  });
});

describe("GET /user/medias", () => {
  test("gives every post exactly once, under each of its paths", async () => {
    for (const path of ["/user/medias", "/user/posts", "/media/user/medias"])
      for (const amount of ["5", "11", "50"]) {
        const { pks } = await allOf(path, { username: "sandbox", amount });
        expect(pks, `${path} ${amount}`).toHaveLength(36);
        expect(new Set(pks).size).toBe(36);
      }
  });

  test("gives pks and ids with every digit, as text", async () => {
    const answer = await get("/user/medias", { user_id: "25025320", amount: "3" });
    expect(answer.body.items).toHaveLength(3);
    for (const { pk, id, user } of answer.body.items) {
      expect(pk).toMatch(/^\d{19}$/);
      expect(id).toBe(`${pk}_${user.pk}`);
      expect(answer.text).toContain(`"pk":"${pk}"`);
    }
  });

  test("hands on what a Reel says of itself where it does not fit, its ids as texts", async () => {
    sandbox.instagram.on(/./, async (_asked, usual) => {
      const text = (await (await usual()).text()).replaceAll(
        '"branded_content_tag_info":{"can_add_tag":false}',
        '"newer_id":3012345678901234567',
      );
      return reply(200, text);
    });
    const answer = await get("/user/medias", { user_id: "25025320", amount: "50" });
    expect(answer.text).toContain('"newer_id":"3012345678901234567"');
    expect(answer.text).toMatch(/"audio_asset_id":"\d{17,}"/);
    expect(answer.text).not.toMatch(/:\d{17,}/);
  });
});
