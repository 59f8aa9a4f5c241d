import { describe, expect, test } from "bun:test";
import sharp from "sharp";
import { photoLimits } from "../../src/media/limits.ts";
import type { PhotoRules } from "../../src/media/media-tools.ts";
import { bytesOf, mediaBench } from "../support/media/bench.ts";
import { heic } from "../support/media/heic.ts";
import { photo, photoMetadata } from "../support/media-files.ts";

const feed: PhotoRules = { field: "file", ...photoLimits.feed };

async function converted(bytes: Uint8Array, rules = feed) {
  await using bench = mediaBench();
  const { file, ...told } = await bench.tools.photo(bench.files, await bench.save(bytes), rules);
  return { told, jpeg: await bytesOf(file) };
}

/** Whether each corner is the blue one: top left, top right, bottom right, bottom left. */
async function blueCorners(jpeg: Uint8Array): Promise<boolean[]> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  const [right, bottom] = [info.width - 9, info.height - 9];
  return [
    [9, 9],
    [right, 9],
    [right, bottom],
    [9, bottom],
  ].map(([x = 0, y = 0]) => {
    const [red = 0, , blue = 0] = data.subarray((y * info.width + x) * info.channels);
    return blue > red;
  });
}

describe("a photo as phones save it (HEIC)", () => {
  test("becomes a JPEG of all its tiles", async () => {
    const { told, jpeg } = await converted(heic(1300, 900));
    expect(told).toEqual({ width: 1300, height: 900, madeOf: "image/jpeg" });
    expect(await photoMetadata(jpeg)).toMatchObject({ format: "jpeg", width: 1080, height: 748 });
    expect(await blueCorners(jpeg)).toEqual([true, false, false, false]);
  });

  test("is known by its content, whichever brand stands first", async () => {
    const renamed = heic(1300, 900);
    renamed.set(Buffer.from("mif1"), 8);
    expect((await converted(renamed)).told).toMatchObject({ width: 1300, height: 900 });
    const avif = await photo(640, 640, { format: "avif" });
    avif.set(Buffer.from("mif1"), 8);
    expect((await converted(avif)).told).toMatchObject({ width: 640, height: 640 });
  });

  test("stands upright", async () => {
    for (const [turns, corners] of [
      [1, [false, false, false, true]],
      [2, [false, false, true, false]],
      [3, [false, true, false, false]],
    ] as const) {
      const { told, jpeg } = await converted(heic(1300, 1024, { turns }));
      expect([turns, told.width, told.height]).toEqual(
        turns === 2 ? [turns, 1300, 1024] : [turns, 1024, 1300],
      );
      expect({ turns, corners: await blueCorners(jpeg) }).toEqual({ turns, corners: [...corners] });
    }
  });

  test("is made smaller while it is decoded, however large it is", async () => {
    const { told, jpeg } = await converted(heic(8064, 6048));
    expect(told).toMatchObject({ width: 8064, height: 6048 });
    expect(await photoMetadata(jpeg)).toMatchObject({ width: 1080, height: 810 });
    expect(await blueCorners(jpeg)).toEqual([true, false, false, false]);
  });

  test("comes out in sRGB", async () => {
    const flat = { width: 8, height: 8, channels: 3 as const, background: "red" };
    const tagged = sharp({ create: flat }).withIccProfile("p3");
    const { icc: profile } = await photoMetadata(await tagged.png().toBuffer());
    const plain = await converted(heic(600, 600));
    const wide = await converted(heic(600, 600, profile ? { profile } : {}));
    const red = async (jpeg: Uint8Array) => [
      ...(await sharp(jpeg).extract({ left: 590, top: 590, width: 1, height: 1 }).raw().toBuffer()),
    ];
    expect(await photoMetadata(wide.jpeg)).not.toHaveProperty("icc");
    // The wide space's red is beyond that of sRGB: less of the other colours is left.
    const [, plainGreen = 0] = await red(plain.jpeg);
    const [, wideGreen = 0] = await red(wide.jpeg);
    expect(wideGreen).toBeLessThan(plainGreen);
  });

  test("is refused if its shape or its content is wrong", async () => {
    const refusal = (bytes: Uint8Array) =>
      converted(bytes).then(
        () => "taken",
        (error) => `${error.status} ${error.detail}`,
      );
    expect(await refusal(heic(1024, 3000))).toContain(
      "422 file is 1024 × 3000 pixels, which is too tall",
    );
    const whole = heic(1300, 900);
    expect(await refusal(whole.subarray(0, whole.length - 150))).toBe(
      "422 file is broken: its image/heic cannot be decoded",
    );
    const scrambled = Buffer.from(whole);
    scrambled.fill(0xff, scrambled.indexOf("hvcC") + 20, scrambled.indexOf("hvcC") + 60);
    expect(await refusal(scrambled)).toContain("422 file is broken");
    expect(await refusal(heic(15_000, 12_000))).toContain("422 file has too many pixels");
  });
});
