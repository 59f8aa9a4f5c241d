import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { unblock } from "../support/guard.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";

const sandbox = await sandboxOfFile();
const { get, instagram } = sandbox;

const [track] = (await get("/search/music", { query: "midnight" })).body;
const id: string = track.audio_cluster_id;
const ENDPOINTS = [
  ["/track", "clips/music/"],
  ["/track/stream", "clips/stream_clips_pivot_page/"],
] as const;

describe("GET /track and /track/stream", () => {
  test("by id give the page of a sound, with Reels that use it", async () => {
    for (const [path] of ENDPOINTS) {
      const answer = await get(path, { id });
      expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
      expect(answer.body.metadata.music_info.music_asset_info).toMatchObject({
        audio_cluster_id: id,
        title: track.title,
      });
      expect(answer.body.items).toHaveLength(12);
      for (const { media } of answer.body.items)
        expect(media.clips_metadata.music_canonical_id).toBe(track.music_canonical_id);
    }
  });

  test("page through all Reels of a sound, each one once", async () => {
    const seen: string[][] = [];
    for (const [path] of ENDPOINTS) {
      const ids: string[] = [];
      let max_id = "";
      do {
        const { body } = await get(path, { id, max_id });
        ids.push(...body.items.map(({ media }: any) => media.id));
        ({ max_id } = body.paging_info);
        expect(ids.length).toBeLessThan(5_000);
      } while (max_id !== "");
      expect(ids.length).toBeGreaterThan(100);
      expect(new Set(ids).size).toBe(ids.length);
      seen.push(ids);
    }
    expect(seen[1]).toEqual(seen[0]!);
  });

  test("take original sounds, by the id that a Reel names", async () => {
    const { body } = await get("/user/medias", { user_id: "25025320", amount: "50" });
    const reel = body.items.find(({ clips_metadata: it }: any) => it?.original_sound_info);
    const { audio_asset_id } = reel.clips_metadata.original_sound_info;
    const answer = await get("/track", { id: audio_asset_id });
    expect(answer.text).toContain(`"audio_asset_id":${audio_asset_id}`);
    expect(answer.body.items[0].media.id).toBe(reel.id);
  });

  test("take links to the page of a sound", async () => {
    const byId = await get("/track", { id });
    for (const link of [
      `https://www.instagram.com/reels/audio/${id}/`,
      ` instagram.com/reels/audio/${id}?igsh=x `,
      `http://m.Instagram.com/reels/audio/${id}/#top`,
    ])
      expect((await get("/track", { id: link })).text).toBe(byId.text);
  });

  test("are what Instagram wrote, to the digit", async () => {
    const text = '{"items": [], "x": 3012345678901234567, "y": 1.0, "status": "ok"}';
    for (const [path, upstream] of ENDPOINTS) {
      instagram.on(upstream, reply(200, text));
      expect((await get(path, { id })).text).toBe(text);
    }
  });

  test("say that there is no such sound", async () => {
    for (const [path] of ENDPOINTS)
      for (const unknown of ["5", `${id}1`, "18446744073709551615"])
        expectProblem(await get(path, { id: unknown }), "TrackNotFound");
    for (const [path, upstream] of ENDPOINTS)
      for (const [status, body] of [
        [404, { message: "No such audio", status: "fail" }],
        [400, "<html></html>"],
        [400, {}],
      ] as const) {
        instagram.on(upstream, reply(status, body));
        const problem = expectProblem(await get(path, { id }), "TrackNotFound");
        expect(problem.detail).toBe("Track not found");
      }
  });

  test("take no other refusal for that", async () => {
    for (const [path, upstream] of ENDPOINTS)
      for (const [status, body, type] of [
        [400, { message: "Invalid max_id", status: "fail" }, "UnknownError"],
        [400, { message: "feedback_required", status: "fail" }, "FeedbackRequired"],
        [404, "Not Found", "ChallengeRequired"],
        [429, "", "RateLimitError"],
        [500, "<html></html>", "UpstreamError"],
        [200, "<html></html>", "UpstreamError"],
      ] as const) {
        await unblock(sandbox, sandbox.session, sandbox.testKey);
        instagram.on(upstream, reply(status, body));
        expectProblem(await get(path, { id }), type, `${path} ${status} ${type}`);
      }
  });

  test("refuse a cursor of another sound", async () => {
    const { max_id } = (await get("/track", { id })).body.paging_info;
    const other = (await get("/search/music", { query: "song" })).body[0].audio_cluster_id;
    for (const [path] of ENDPOINTS) {
      expect((await get(path, { id, max_id })).status).toBe(200);
      expectProblem(await get(path, { id: other, max_id }), "UnknownError");
    }
  });

  test("refuse ids that are none, without asking", async () => {
    for (const [path] of ENDPOINTS)
      for (const wrong of [
        "abc",
        "-5",
        "1.5",
        "18446744073709551616",
        "https://instagram.com/p/5",
      ]) {
        const answer = await get(path, { id: wrong });
        expect(faultyFields(answer), wrong).toEqual(["id"]);
        expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
      }
  });
});

describe("an answer that comes in rows", () => {
  const rows = ['{"items":[{"pk":3012345678901234567}],"status":"ok"}', '{"n": 1.0}'];

  test.each(["\n", "\r\n", "\n\n"])("with %j between them is handed on as a list", async (end) => {
    for (const [path, upstream] of ENDPOINTS) {
      instagram.on(upstream, reply(200, rows.map((row) => row + end).join("")));
      const answer = await get(path, { id });
      expect(answer.text).toBe(`{"stream_rows":[${rows.join(",")}]}`);
    }
  });

  test("is told from one object over several lines", async () => {
    const text = '{\n  "items": [\n{"pk":3012345678901234567},\n{"pk":1}\n],\n"status": "ok"}\n';
    for (const [path, upstream] of ENDPOINTS) {
      instagram.on(upstream, reply(200, text));
      expect((await get(path, { id })).text).toBe(text);
    }
  });

  test("is refused where a row says no, and fails where one is cut off", async () => {
    const no = '{"message":"feedback_required","status":"fail"}';
    instagram.on(
      "clips/stream_clips_pivot_page/",
      reply(200, `{"items":[],"status":"ok"}\n${no}`),
      reply(200, '{"items":[],"status":"ok"}\n{"items":[{"pk":'),
    );
    expectProblem(await get("/track/stream", { id }), "FeedbackRequired");
    await unblock(sandbox, sandbox.session, sandbox.testKey);
    expectProblem(await get("/track/stream", { id }), "UpstreamError");
  });
});

describe("GET /track by canonical id", () => {
  test("gives the track alone, as the search does", async () => {
    const answer = await get("/track", { canonical_id: track.music_canonical_id });
    expect(answer.body).toEqual(track);
    expect(answer.headers.get("gramway-upstream-calls")).toBe("1");
  });

  test("hands on the periods of its territories to the digit", async () => {
    const periods = '{"US":{"until":3012345678901234567}}';
    const text = `{"metadata":{"music_info":{"music_asset_info":{"id":5,"territory_validity_periods":${periods}}}}}`;
    instagram.on("clips/music/", reply(200, text));
    const answer = await get("/track", { canonical_id: "5" });
    expect(answer.body.territory_validity_periods).toEqual({
      US: { until: "3012345678901234567" },
    });
  });

  test("says that there is no such track, also where it is no music", async () => {
    expectProblem(await get("/track", { canonical_id: "5" }), "TrackNotFound");
    const { body } = await get("/user/medias", { user_id: "25025320", amount: "50" });
    const reel = body.items.find(({ clips_metadata: it }: any) => it?.original_sound_info);
    const { music_canonical_id: canonical_id } = reel.clips_metadata;
    expectProblem(await get("/track", { canonical_id }), "TrackNotFound");
    for (const metadata of [undefined, null, {}, { music_info: { music_asset_info: {} } }]) {
      instagram.on("clips/music/", reply(200, { items: [], metadata, status: "ok" }));
      expectProblem(await get("/track", { canonical_id: "5" }), "TrackNotFound");
    }
  });

  test.each([
    [{}, "id"],
    [{ id: "", canonical_id: "" }, "id"],
    [{ id: "5", canonical_id: "5" }, "id"],
    [{ canonical_id: "abc" }, "canonical_id"],
    // The page of a sound is named by its audio id.
    [{ canonical_id: "https://www.instagram.com/reels/audio/5/" }, "canonical_id"],
  ])("refuses %p", async (query, field) => {
    const answer = await get("/track", query as Record<string, string>);
    expect(faultyFields(answer)).toEqual([field]);
  });
});

describe("GET /music/feed/browser", () => {
  test("offers music that has a page", async () => {
    const { body } = await get("/music/feed/browser");
    const offered = body.items.find((item: any) => item.track).track;
    const page = await get("/track", { id: offered.audio_cluster_id });
    expect(page.body.metadata.music_info.music_asset_info).toEqual(offered);
  });

  test("keeps to the visit that is named", async () => {
    const browse_session_id = "11111111-2222-4333-8444-555555555555";
    const { body } = await get("/music/feed/browser", { browse_session_id });
    expect(body.alacorn_session_id).toContain(browse_session_id);
  });
});
