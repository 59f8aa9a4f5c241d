import { describe, expect, test } from "bun:test";
import { shortcodeOfPk } from "../../src/instagram/ids.ts";
import { expectProblem } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();

const { get } = sandbox;

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

  test("answers 404 where the upstream has nothing to say of it", async () => {
    for (const [status, body] of [
      [200, { status: "ok" }],
      [200, { media_or_ad: null, status: "ok" }],
      [404, { message: "", status: "fail" }],
    ] as const) {
      sandbox.instagram.on("/api/v1/discover/media_metadata/", Response.json(body, { status }));
      expectProblem(await get("/explore/media", { media_pk: pk }), "MediaNotFound");
    }
  });
});
