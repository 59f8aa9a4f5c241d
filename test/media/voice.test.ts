import { expect, test } from "bun:test";
import { bytesOf, mediaBench } from "../support/media/bench.ts";
import { m4a, mp4, photo } from "../support/media-files.ts";

async function voice(bytes: Uint8Array) {
  await using bench = mediaBench();
  const { file, type, durationMs } = await bench.tools.audio(await bench.save(bytes), "file");
  return { bytes: await bytesOf(file), type, durationMs };
}

test("a voice message is taken as it is", async () => {
  const bytes = await m4a(2);
  expect(await voice(bytes)).toEqual({ bytes, type: "audio/mp4", durationMs: 1996 });
});

test("a voice message may be an MP4 with nothing but sound", async () => {
  const bytes = await m4a(2);
  bytes.set(Buffer.from("isom"), 8);
  expect(await voice(bytes)).toMatchObject({ type: "audio/mp4" });
});

test("anything else is refused as a voice message, with what is taken", async () => {
  const refusal = (bytes: Uint8Array) =>
    voice(bytes).catch((error) => `${error.status} ${error.detail}`);
  expect(await refusal(await mp4())).toBe(
    "415 file is a video: AAC in MP4 (.m4a) is taken as a voice message",
  );
  expect(await refusal(await photo(320, 320))).toBe(
    "415 file is image/jpeg: AAC in MP4 (.m4a) is taken",
  );
  expect(await refusal(Buffer.from("OggS\0\x02", "latin1"))).toContain("415");
  expect(await refusal(new Uint8Array())).toBe("422 file is empty");
  expect(await refusal((await m4a(2)).subarray(0, 600))).toContain("422 file is broken");
});
