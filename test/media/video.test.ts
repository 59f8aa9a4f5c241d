import { describe, expect, test } from "bun:test";
import sharp from "sharp";
import { videoLimits } from "../../src/media/limits.ts";
import type { VideoRules } from "../../src/media/media-tools.ts";
import { bytesOf, mediaBench } from "../support/media/bench.ts";
import { m4a, mp4, photo, photoMetadata, type VideoOptions } from "../support/media-files.ts";
import { findFfmpeg } from "../support/programs.ts";

const story: VideoRules = { field: "file", coverField: null, ...videoLimits.story };
const feed: VideoRules = { field: "file", coverField: "thumbnail", ...videoLimits.feed };
const clip: VideoRules = { field: "file", coverField: "thumbnail", ...videoLimits.clip };

/** What is told of a video, without its files. */
async function facts(bytes: Uint8Array, rules = story) {
  await using bench = mediaBench();
  const video = await bench.tools.video(bench.files, await bench.save(bytes), rules);
  const { width, height, seconds, durationMs } = video;
  return { width, height, seconds, durationMs };
}

const refusal = (bytes: Uint8Array, rules = story) =>
  facts(bytes, rules).then(
    () => "taken",
    (error) => `${error.status} ${error.detail}`,
  );

describe("a video is read", () => {
  const forms: Record<string, VideoOptions> = {
    "MP4 with its description first": {},
    "MP4 with its description last": { layout: "description last" },
    "MP4 in fragments": { layout: "fragmented" },
    MOV: { container: "mov" },
    "MOV with its description last": { container: "mov", layout: "description last" },
    "without sound": { sound: false },
  };
  for (const [name, options] of Object.entries(forms))
    test(name, async () => {
      expect(await facts(await mp4(options))).toEqual({
        width: 720,
        height: 1280,
        seconds: 4,
        durationMs: 4000,
      });
    });

  test("as it is shown, when it was filmed upright", async () => {
    const turned = await mp4({ width: 1280, height: 720, rotation: 90 });
    expect(await facts(turned)).toMatchObject({ width: 720, height: 1280 });
  });

  test("with all digits of its length", async () => {
    const bytes = await mp4({ seconds: 4 });
    const header = Buffer.from(bytes.buffer).indexOf("mvhd");
    const view = new DataView(bytes.buffer);
    view.setUint32(header + 16, 90_000);
    view.setUint32(header + 20, 361_234);
    expect(await facts(bytes)).toMatchObject({ seconds: 361_234 / 90_000, durationMs: 4013 });
  });

  test("and sent as it is", async () => {
    const bytes = await mp4();
    await using bench = mediaBench();
    const video = await bench.tools.video(bench.files, await bench.save(bytes), story);
    expect(video.cover).toBeNull();
    expect(await bytesOf(video.file)).toEqual(bytes);
  });

  test("in few bytes, however long it is", async () => {
    const bytes = await mp4({ length: 30_000_000 });
    await using bench = mediaBench();
    const file = await bench.save(bytes);
    let read = 0;
    const counted = {
      ...file,
      read: (start: number, end: number) => {
        read += end - start;
        return file.read(start, end);
      },
    };
    await bench.tools.video(bench.files, counted, story);
    expect(read).toBeLessThan(20_000);
  });
});

describe("a video is refused", () => {
  test("if it is too short or too long, with what is allowed", async () => {
    expect(await refusal(await mp4({ seconds: 2 }), { ...feed, cover: null })).toBe(
      "422 file is 2 seconds long: it must be from 3 to 900 seconds",
    );
    expect(await refusal(await mp4({ width: 320, height: 320, seconds: 70 }))).toBe(
      "422 file is 70 seconds long: it must be from 1 to 60 seconds",
    );
  });

  test("if it is no video, with what it is", async () => {
    expect(await refusal(await photo(320, 320))).toBe(
      "415 file is image/jpeg: MP4 and MOV are taken",
    );
    expect(await refusal(Buffer.from("\x1aE\xdf\xa3", "latin1"))).toContain("415");
    expect(await refusal(Buffer.from("#EXTM3U\nfile:///etc/passwd\n"))).toContain("415");
    expect(await refusal(new Uint8Array())).toBe("422 file is empty");
    const sound = await m4a();
    sound.set(Buffer.from("isom"), 8);
    expect(await refusal(sound)).toBe(
      "415 file has no picture: it is a video without a video track",
    );
  });

  test("if its codecs are others", async () => {
    // The codec's name is where the samples are described.
    const renamed = async (from: string, to: string) => {
      const bytes = Buffer.from(await mp4());
      bytes.write(to, bytes.indexOf(from, bytes.indexOf("stsd")));
      return bytes;
    };
    expect(await refusal(await renamed("avc1", "hvc1"))).toBe("taken");
    expect(await refusal(await renamed("avc1", "ap4h"))).toContain(
      "415 file has pictures coded as prores: H.264 and HEVC are taken",
    );
    expect(await refusal(await renamed("avc1", "mp4v"))).toContain("coded as mp4v");
    expect(await refusal(await renamed("mp4a", "ac-3"))).toBe(
      "415 file has sound coded as ac3: AAC is taken",
    );
  });

  test("if it is broken, with what is broken", async () => {
    const whole = await mp4();
    expect(await refusal(whole.subarray(0, whole.length - 5000))).toBe(
      "422 file is broken: it ends 5000 bytes before its part mdat does",
    );
    const last = await mp4({ layout: "description last" });
    expect(await refusal(last.subarray(0, Buffer.from(last).indexOf("moov") - 4))).toBe(
      "422 file is broken: it has no description of its tracks (moov)",
    );
    const scrambled = Buffer.from(whole);
    scrambled.writeUInt32BE(7, scrambled.indexOf("trak") - 4);
    expect(await refusal(scrambled)).toBe(
      "422 file is broken: its part trak has an impossible size",
    );
  });
});

describe("the cover of a video", () => {
  test("is the picture that the caller sends", async () => {
    await using bench = mediaBench({ ffmpeg: null });
    const cover = await bench.save(await photo(720, 1280, { format: "png" }));
    const video = await bench.tools.video(bench.files, await bench.save(await mp4()), feed, cover);
    expect(await photoMetadata(await bytesOf(video.cover?.file ?? fail()))).toMatchObject({
      format: "jpeg",
      width: 720,
      height: 1280,
    });
  });

  test.skipIf(!findFfmpeg() && !process.env.CI)("is taken from its middle", async () => {
    await using bench = mediaBench();
    const file = await bench.save(await mp4({ width: 1280, height: 720, seconds: 5 }));
    const video = await bench.tools.video(bench.files, file, feed);
    const jpeg = await bytesOf(video.cover?.file ?? fail());
    expect(await photoMetadata(jpeg)).toMatchObject({ width: 1080, height: 608 });
    // Of the second that starts at 2 s: its luma is 110.
    const grey = await sharp(jpeg).greyscale().raw().toBuffer();
    expect(Math.abs((grey[5000] ?? 0) - 110)).toBeLessThan(12);
  });

  test.skipIf(!findFfmpeg() && !process.env.CI)("is upright for a Reel that is wide", async () => {
    await using bench = mediaBench();
    const file = await bench.save(
      await mp4({ width: 1280, height: 720, layout: "description last" }),
    );
    const video = await bench.tools.video(bench.files, file, clip);
    const { width, height } = await photoMetadata(await bytesOf(video.cover?.file ?? fail()));
    expect([width, height]).toEqual([405, 720]);
  });

  for (const ffmpeg of [null, "/nowhere/ffmpeg", "/bin/false"])
    test(`is asked for where the machine has no ffmpeg (${ffmpeg})`, async () => {
      await using bench = mediaBench({ ffmpeg });
      const file = await bench.save(await mp4());
      const answer = await bench.tools.video(bench.files, file, feed).catch((error) => error);
      expect([answer.status, answer.detail]).toEqual([
        422,
        "thumbnail is needed: this gateway has no ffmpeg to take a picture from the video",
      ]);
      const album = { ...feed, coverField: null };
      const second = await bench.tools.video(bench.files, file, album).catch((error) => error);
      expect(second.detail).toBe(
        "file cannot have a video: this gateway has no ffmpeg to take a picture from the video",
      );
    });
});

const fail = (): never => {
  throw new Error("there is no cover");
};
