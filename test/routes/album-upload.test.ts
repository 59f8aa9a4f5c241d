import { beforeEach, describe, expect, test } from "bun:test";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { sandboxOfFile } from "../support/sandbox.ts";
import { HurriedTime } from "../support/uploads.ts";
import { recordedFile } from "../support/wire/trace.ts";

const sandbox = await sandboxOfFile(new HurriedTime().options);
const { testKey: key, session: me, get } = sandbox;

beforeEach(() => sandbox.instagram.beginAnew());

const upload = (names: string[], form: Record<string, string> = {}) =>
  sandbox.request("POST", "/album/upload", {
    key,
    session: me,
    form: { caption: "an album", ...form },
    files: names.map((name): [string, File] => ["files", recordedFile(name)]),
  });
const fileAt = async (url: string) =>
  Buffer.from(await (await sandbox.service.handle(new Request(url))).arrayBuffer());

describe("an album", () => {
  test("has its photos and videos in the order in which they were sent", async () => {
    const { body, status } = await upload(["photo.jpg", "video.mp4", "photo.png", "photo2.jpg"]);
    expect(status).toBe(200);
    expect(body).toMatchObject({ media_type: 8, caption_text: "an album" });
    expect(body.resources.map((item: any) => item.media_type)).toEqual([1, 2, 1, 1]);
    const [, video] = body.resources;
    expect(await fileAt(video.video_url)).toEqual(
      Buffer.from(await recordedFile("video.mp4").bytes()),
    );
    const read = (await get("/media", { id: body.id })).body;
    expect(read.resources.map(({ pk }: any) => pk)).toEqual(
      body.resources.map(({ pk }: any) => pk),
    );
  });

  test("has its tags on its first item", async () => {
    const tag = { user: { pk: "25025320", username: "instagram" }, x: 0.5, y: 0.25 };
    await upload(["photo.jpg", "photo2.jpg"], { usertags: JSON.stringify(tag) });
    const { items } = (await get("/user/tagged/medias", { user_id: "25025320", amount: "5" })).body;
    expect(items[0].caption_text).toBe("an album");
  });

  test("is posted when all its videos are converted, and not in part", async () => {
    const before = (await get("/user/medias", { user_id: "61000000001", amount: "50" })).body.items;
    const answer = await upload(["photo.jpg", "video.mp4"], {
      caption: "#sandbox_transcode_forever",
    });
    expectProblem(answer, "UpstreamTimeout");
    expect(
      (await get("/user/medias", { user_id: "61000000001", amount: "50" })).body.items,
    ).toEqual(before);
  });

  test("takes two items at the least and twenty at the most", async () => {
    expect(faultyFields(await upload(["photo.jpg"]))).toEqual(["files"]);
    expect(faultyFields(await upload(Array.from({ length: 21 }, () => "photo.png")))).toEqual([
      "files",
    ]);
    expect(sandbox.instagram.callsOf(/rupload/)).toEqual([]);
  });

  test("is refused as a whole, and names the item, where one is neither photo nor video", async () => {
    const answer = await upload(["photo.jpg", "voice.m4a"]);
    expectProblem(answer, "UnsupportedMedia");
    expect(answer.body.detail).toContain("files[1]");
    expect(sandbox.instagram.callsOf(/rupload/)).toEqual([]);
  });
});
