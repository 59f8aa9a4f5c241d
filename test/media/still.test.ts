import { describe, expect, test } from "bun:test";
import sharp from "sharp";
import { photoLimits, videoLimits } from "../../src/media/limits.ts";
import { checkVideo } from "../../src/media/video.ts";
import { bytesOf, mediaBench } from "../support/media/bench.ts";
import { photo } from "../support/media-files.ts";
import { findFfmpeg } from "../support/programs.ts";

const story = { field: "file", ...photoLimits.story };

describe("a photo as a video", () => {
  test.skipIf(!findFfmpeg() && !process.env.CI)("fills a story of 15 seconds", async () => {
    await using bench = mediaBench();
    const file = await bench.save(await photo(1080, 1350));
    const video = await bench.tools.photoAsVideo(bench.files, file, story);
    expect(video).toMatchObject({
      width: 720,
      height: 1280,
      seconds: 15,
      durationMs: 15_000,
      cover: null,
    });
    const mp4 = await bench.save(await bytesOf(video.file));
    expect(await checkVideo(mp4, { field: "file", ...videoLimits.story })).toEqual({
      width: 720,
      height: 1280,
      seconds: 15,
    });
    // Its picture: the photo as wide as the video, a little above the middle, on black.
    const cover = { ...videoLimits.feed, duration: [0, 60] as const };
    const rules = { field: "file", coverField: "thumbnail", ...cover };
    const picture = await bench.tools.video(bench.files, mp4, rules);
    const { data, info } = await sharp(await bytesOf(picture.cover?.file ?? picture.file))
      .raw()
      .toBuffer({ resolveWithObject: true });
    const at = (x: number, y: number) => [
      ...data.subarray((y * info.width + x) * 3).subarray(0, 3),
    ];
    expect([info.width, info.height]).toEqual([720, 1280]);
    expect(Math.max(...at(360, 120))).toBeLessThan(20);
    expect(Math.min(...at(20, 150))).toBeGreaterThan(235);
    expect(at(700, 1000)[1]).toBeGreaterThan(100);
    expect(Math.max(...at(360, 1060))).toBeLessThan(20);
  });

  test("needs ffmpeg, and says so", async () => {
    await using bench = mediaBench({ ffmpeg: "/nowhere/ffmpeg" });
    const file = await bench.save(await photo(1080, 1350));
    const error = await bench.tools
      .photoAsVideo(bench.files, file, story)
      .catch((thrown) => thrown);
    expect([error.status, error.detail]).toEqual([
      422,
      "as_video is not possible here: this gateway has no ffmpeg",
    ]);
  });

  test("is refused as any photo is", async () => {
    await using bench = mediaBench();
    const file = await bench.save(await photo(400, 1600));
    const error = await bench.tools
      .photoAsVideo(bench.files, file, story)
      .catch((thrown) => thrown);
    expect(error.detail).toContain("too tall");
  });
});
