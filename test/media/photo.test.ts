import { describe, expect, test } from "bun:test";
import { crc32 } from "node:zlib";
import sharp from "sharp";
import { photoLimits } from "../../src/media/limits.ts";
import type { PhotoRules } from "../../src/media/media-tools.ts";
import { bytesOf, mediaBench } from "../support/media/bench.ts";
import { mp4, type PhotoOptions, photo, photoMetadata } from "../support/media-files.ts";

const feed: PhotoRules = { field: "file", ...photoLimits.feed };
const story: PhotoRules = { field: "file", ...photoLimits.story };

/** Converts a photo, and resolves with the JPEG and what is told of it. */
async function converted(bytes: Uint8Array, rules = feed) {
  await using bench = mediaBench();
  const { file, width, height } = await bench.tools.photo(
    bench.files,
    await bench.save(bytes),
    rules,
  );
  const jpeg = await bytesOf(file);
  return { width, height, length: file.length, jpeg, metadata: await photoMetadata(jpeg) };
}

/** The red, green and blue of a pixel. */
async function pixel(jpeg: Uint8Array, x: number, y: number): Promise<number[]> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const at = (y * info.width + x) * info.channels;
  return [...data.subarray(at, at + info.channels)];
}

/** Compression changes colours a little. */
async function expectColour(jpeg: Uint8Array, [x, y]: [number, number], colour: number[]) {
  const found = await pixel(jpeg, x, y);
  const furthest = Math.max(...found.map((value, index) => Math.abs(value - (colour[index] ?? 0))));
  expect({ found, colour, isNear: furthest <= 4 }).toMatchObject({ isNear: true });
}

describe("a photo becomes a JPEG", () => {
  for (const format of ["jpeg", "png", "webp", "avif", "gif"] as const)
    test(`from ${format}`, async () => {
      const { metadata, width, height, length, jpeg } = await converted(
        await photo(1080, 1350, { format }),
      );
      expect(metadata).toMatchObject({ format: "jpeg", width: 1080, height: 1350, channels: 3 });
      expect([width, height, length]).toEqual([1080, 1350, jpeg.length]);
    });

  test("without place, camera and owner", async () => {
    const source = await photo(800, 800, { withMetadata: true });
    expect((await photoMetadata(source)).exif?.toString("latin1")).toContain("Pocket camera");
    const { jpeg, metadata } = await converted(source);
    expect(metadata).not.toHaveProperty("exif");
    expect(metadata).not.toHaveProperty("icc");
    expect(metadata).not.toHaveProperty("xmp");
    expect(Buffer.from(jpeg).toString("latin1")).not.toContain("Exif");
  });

  test("upright, as the camera was held", async () => {
    // A white corner at the top left, turned to the top right.
    const turned: PhotoOptions = { orientation: 6 };
    const { width, height, metadata, jpeg } = await converted(await photo(1000, 800, turned));
    expect([width, height]).toEqual([800, 1000]);
    expect(metadata).toMatchObject({ width: 800, height: 1000 });
    expect(metadata.orientation).toBeUndefined();
    await expectColour(jpeg, [790, 10], [255, 255, 255]);
    await expectColour(jpeg, [10, 10], [0, 128, 128]);
  });

  test("no larger than Instagram keeps it, and tells its own size", async () => {
    const { width, height, metadata } = await converted(await photo(3024, 4032));
    expect([width, height]).toEqual([3024, 4032]);
    expect(metadata).toMatchObject({ width: 1080, height: 1440 });
    expect((await converted(await photo(4000, 3000))).metadata).toMatchObject({
      width: 1080,
      height: 810,
    });
    expect((await converted(await photo(2160, 3840), story)).metadata).toMatchObject({
      width: 1080,
      height: 1920,
    });
  });

  test("no smaller than Instagram takes it", async () => {
    expect((await converted(await photo(20, 20))).metadata).toMatchObject({
      width: 320,
      height: 320,
    });
  });

  test("on white where it is transparent", async () => {
    const clear = { r: 255, g: 0, b: 0, alpha: 0 };
    const create = { width: 400, height: 400, channels: 4 as const, background: clear };
    const { jpeg } = await converted(await sharp({ create }).png().toBuffer());
    expect(await pixel(jpeg, 200, 200)).toEqual([255, 255, 255]);
  });

  test("in sRGB, whatever its own colours are", async () => {
    const red = { width: 400, height: 400, channels: 3 as const, background: "#ff0000" };
    const wide = await sharp({ create: red }).withIccProfile("p3").png().toBuffer();
    expect((await photoMetadata(wide)).icc).toBeDefined();
    // The wide space has other numbers for the same red.
    expect((await sharp(wide).keepIccProfile().raw().toBuffer())[0]).toBeLessThan(240);
    const { jpeg } = await converted(wide);
    await expectColour(jpeg, [9, 9], [255, 0, 0]);
    for (const [name, source] of [
      ["cmyk", sharp({ create: red }).toColourspace("cmyk").jpeg()],
      ["grey", sharp({ create: red }).toColourspace("b-w").png()],
      ["16 bits", sharp({ create: red }).toColourspace("rgb16").png()],
    ] as const) {
      const bytes = await source.toBuffer();
      const { metadata } = await converted(bytes);
      expect({ name, ...metadata }).toMatchObject({
        name,
        space: "srgb",
        channels: 3,
        depth: "uchar",
      });
    }
  });
});

describe("a photo is refused", () => {
  const refusal = async (bytes: Uint8Array, rules = feed) =>
    converted(bytes, rules).then(
      () => "taken",
      (error) => `${error.status} ${error.detail}`,
    );

  test("if it is too tall or too wide, with what is allowed", async () => {
    expect(await refusal(await photo(720, 1280))).toBe(
      "422 file is 720 × 1280 pixels, which is too tall: its width divided by its height must be from 0.75 to 1.915, and is 0.563",
    );
    expect(await refusal(await photo(2000, 1000))).toContain("too wide");
    // What a camera notes counts: 1280 × 720 turned.
    expect(await refusal(await photo(1280, 720, { orientation: 8 }))).toContain("720 × 1280");
    expect(await refusal(await photo(720, 1280), story)).toBe("taken");
    for (const [width, height] of [
      [1080, 1350],
      [1080, 1440],
      [800, 800],
      [1200, 628],
    ] as const)
      expect(await refusal(await photo(width, height))).toBe("taken");
  });

  test("if it is no photo, with what it is", async () => {
    expect(await refusal(await mp4({ seconds: 1 }))).toBe(
      "415 file is video/mp4: JPEG, PNG, WebP, AVIF, HEIC and GIF are taken",
    );
    expect(await refusal(Buffer.from("%PDF-1.7\n"))).toContain("415 file is a file of a type");
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
    );
    expect(await refusal(svg)).toContain("415");
    expect(await refusal(Buffer.from("hello"))).toContain(
      "415 file is a file of a type that is not known",
    );
    expect(await refusal(new Uint8Array())).toBe("422 file is empty");
  });

  test("if it is broken, with what is broken", async () => {
    for (const format of ["jpeg", "png", "webp", "avif"] as const) {
      const whole = await photo(1080, 1350, { format });
      const answer = await refusal(whole.subarray(0, Math.floor(whole.length * 0.7)));
      expect({ format, answer }).toEqual({
        format,
        answer: expect.stringMatching(/^422 file is broken: it(s image| ends before)/),
      });
    }
    expect(await refusal(Buffer.from("\xff\xd8\xff\xe0 not a photo at all", "latin1"))).toContain(
      "422 file is broken",
    );
  });

  test("if decoding it would fill the memory", async () => {
    const bomb = pngOfSize(await photo(320, 320, { format: "png" }), 16_000, 16_000);
    expect(await refusal(bomb)).toBe(
      "422 file has 16000 × 16000 pixels: in this format at most 120 megapixels are taken",
    );
    // In several passes, it would have to be held as a whole.
    const small = await photo(320, 320, { format: "png", progressive: true });
    expect(await refusal(pngOfSize(small, 8000, 6000))).toContain("at most 31 megapixels");
    expect(await refusal(pngOfSize(small, 8000, 6000, 16))).toContain("at most 15 megapixels");
  });

  test("if its colours would fill the memory", async () => {
    const passes = { progressive: true, chromaSubsampling: "4:4:4" };
    const full = sharp(await photo(320, 320)).jpeg(passes);
    const printed = sharp(await photo(320, 320))
      .toColourspace("cmyk")
      .jpeg(passes);
    const taken = await photo(320, 320, { progressive: true });
    expect(await refusal(jpegOfSize(await full.toBuffer(), 6000, 5000))).toContain(
      "at most 23 megapixels",
    );
    expect(await refusal(jpegOfSize(await printed.toBuffer(), 6000, 5000))).toContain(
      "at most 17 megapixels",
    );
    expect(await refusal(jpegOfSize(taken, 8000, 6000))).toContain("at most 44 megapixels");
  });
});

/** The same JPEG in several passes, which claims another size. */
function jpegOfSize(jpeg: Uint8Array, width: number, height: number): Uint8Array {
  const bytes = Buffer.from(jpeg);
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc2]));
  bytes.writeUInt16BE(height, frame + 5);
  bytes.writeUInt16BE(width, frame + 7);
  return bytes;
}

/** The same PNG, which claims another size. */
function pngOfSize(png: Uint8Array, width: number, height: number, depth = 8): Uint8Array {
  const bytes = Buffer.from(png);
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeUInt8(depth, 24);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}
