import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isWholeMp4, jpegSize } from "../../src/emulator/file-formats.ts";
import { createEmulator } from "../../src/emulator/index.ts";
import { jpeg, mp4 } from "../../src/emulator/seed/files.ts";
import { FileStore } from "../../src/emulator/store/files.ts";
import { loggedIn } from "./client.ts";
import { configureReel } from "./publishing.ts";
import { arrived, breaking, newUploadId, rupload, type Sending, videoParams } from "./uploading.ts";

const emulator = createEmulator({ transcodeRate: 0 });
const client = await loggedIn(emulator);

/** A video with different bytes at its places. */
function videoOf(length: number): Uint8Array<ArrayBuffer> {
  const head = mp4(720, 900);
  const bytes = new Uint8Array(head.length + 8 + length).map((_, index) => (index * 7) % 253);
  bytes.set(head);
  new DataView(bytes.buffer).setUint32(head.length, 8 + length);
  bytes.set(Buffer.from("free"), head.length + 4);
  return bytes;
}

/** What happens to one connection: how much it sends, and whether it breaks then or ends. */
const connection = fc.record({
  sends: fc.integer({ min: 0, max: 30_000 }),
  breaks: fc.boolean(),
  /** Asks from a wrong place first. */
  isConfused: fc.boolean(),
});

test("a video is put together byte by byte, wherever its connections break", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 60_000 }),
      fc.array(connection, { maxLength: 6 }),
      async (length, connections) => {
        const bytes = videoOf(length);
        const file: Sending = { kind: "video", params: videoParams(newUploadId()), bytes };
        let at = 0;
        for (const { sends, breaks, isConfused } of connections) {
          // What begins at 0 begins anew.
          if (isConfused && at > 0 && at < bytes.length) {
            const wrong = { ...file, headers: { Offset: String(at + 1) } };
            expect((await rupload(client, wrong)).status).toBe(412);
          }
          const part = bytes.slice(at, at + sends);
          const headers = { Offset: String(at) };
          if (at === bytes.length) break;
          if (breaks)
            await expect(
              rupload(client, { ...file, headers, body: breaking(part) }),
            ).rejects.toThrow();
          else await rupload(client, { ...file, headers, body: part });
          at += part.length;
          expect((await arrived(client, file)).json).toEqual({ offset: at });
        }
        const rest = { ...file, headers: { Offset: String(at) }, body: bytes.slice(at) };
        expect((await rupload(client, rest)).status).toBe(200);
        const made = await configureReel(client, String(file.params.upload_id));
        const url = made.json.media.video_versions[0].url;
        const served = await emulator.handle(new Request(url));
        expect(Buffer.from(await served.arrayBuffer()).equals(bytes)).toBe(true);
        await client.post(`media/${made.json.media.id}/delete/`, { media_id: made.json.media.id });
      },
    ),
    { numRuns: 40 },
  );
});

describe("what a file is", () => {
  const room = new FileStore().room();
  const saved = async (bytes: Uint8Array) => {
    const file = await room.save(bytes);
    return { photo: await jpegSize(file), video: await isWholeMp4(file) };
  };

  test("is told of any bytes", async () => {
    const starts = fc.constantFrom<number[]>([], [0xff, 0xd8], [0, 0, 0, 8, 102, 116, 121, 112]);
    await fc.assert(
      fc.asyncProperty(starts, fc.uint8Array({ maxLength: 200 }), async (start, rest) => {
        const { photo, video } = await saved(new Uint8Array([...start, ...rest]));
        if (photo !== undefined) expect(Math.min(photo.width, photo.height)).toBeGreaterThan(0);
        if (video) expect(Buffer.from(rest).toString("latin1")).toContain("moov");
      }),
    );
  });

  test("is told of photos of every size, and of no part of a video", async () => {
    const side = fc.integer({ min: 1, max: 3_000 });
    await fc.assert(
      fc.asyncProperty(side, side, async (width, height) => {
        expect((await saved(jpeg(width, height))).photo).toEqual({ width, height });
      }),
      { numRuns: 20 },
    );
    const whole = mp4(640, 640);
    expect((await saved(whole)).video).toBe(true);
    for (let length = 0; length < whole.length; length += 13)
      expect((await saved(whole.slice(0, length))).video).toBe(false);
  });
});
