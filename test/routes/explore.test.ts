import { afterAll, describe, expect, test } from "bun:test";
import { shortcodeOfPk } from "../../src/instagram/ids.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createSandbox, emulatorWith } from "../support/sandbox.ts";

const sandbox = await createSandbox();
afterAll(() => sandbox.close());

const { testKey: key, session } = sandbox;
const get = (path: string, query: Record<string, string> = {}) =>
  sandbox.request("GET", path, { key, session, query });

const grid = await get("/explore");

test("GET /explore passes the grid through", () => {
  expect(grid.status).toBe(200);
  expect(grid.headers.get("gramway-upstream-calls")).toBe("1");
  const { sectional_items: sections, clusters, more_available } = grid.body;
  expect(sections.length).toBeGreaterThan(3);
  expect(clusters[0]).toMatchObject({ id: "explore_all:0" });
  expect(more_available).toBe(true);
  expect(grid.text).toMatch(/"medias":\[\{"media":\{"pk":\d{19},/);
});

describe("GET /explore/media", () => {
  const [, pk = "", id = ""] = /"media":\{"pk":(\d{19}),"id":"([^"]+)"/.exec(grid.text) ?? [];

  test("passes a post through, with every digit of its numbers", async () => {
    const code = shortcodeOfPk(pk);
    for (const media_pk of [pk, id, ` ${pk} `, code, `https://www.instagram.com/p/${code}/`]) {
      const answer = await get("/explore/media", { media_pk });
      expect(answer.status).toBe(200);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
      expect(answer.text).toStartWith(`{"pk":${pk},"id":"${id}",`);
      expect(grid.text).toContain(answer.text);
    }
  });

  test("answers 404 to a post that is not there", async () => {
    for (const media_pk of ["1", "3312345678901234567", "1_2"])
      expectProblem(await get("/explore/media", { media_pk }), "MediaNotFound");
  });

  test("answers 404 where the upstream has nothing to say of it", async () => {
    for (const [status, body] of [
      [200, { status: "ok" }],
      [200, { media_or_ad: null, status: "ok" }],
      [404, { message: "", status: "fail" }],
    ] as const) {
      const emulator = emulatorWith((url) =>
        url.pathname === "/api/v1/discover/media_metadata/"
          ? Response.json(body, { status })
          : undefined,
      );
      const own = await createSandbox({ emulator });
      const options = { key: own.testKey, session: own.session, query: { media_pk: pk } };
      expectProblem(await own.request("GET", "/explore/media", options), "MediaNotFound");
      await own.close();
    }
  });

  test("wants a pk", async () => {
    for (const media_pk of ["", "abc", "1_2_3", "9".repeat(30), "https://example.com/"]) {
      const answer = await get("/explore/media", { media_pk });
      expect(faultyFields(answer), media_pk).toEqual(["media_pk"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
    expect(faultyFields(await get("/explore/media"))).toEqual(["media_pk"]);
  });
});
