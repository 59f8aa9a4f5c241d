import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { SavedFile } from "../../src/files/saved-file.ts";
import { photoLimits, videoLimits } from "../../src/media/limits.ts";
import { readVideoHeader } from "../../src/media/video-header.ts";
import { Problem } from "../../src/problems/problem.ts";
import { mediaBench } from "../support/media/bench.ts";
import { m4a, mp4, photo, type VideoOptions } from "../support/media-files.ts";

/* Files that nobody's camera makes: whatever they hold, they are taken or refused, and little of them is read. */

const MB = 1024 * 1024;
const video = { field: "file", coverField: null, ...videoLimits.story };

/** Changes of a file's bytes: what is written where, as a part of its length. */
const damages = fc.array(
  fc.record({
    // Numbers of type double would nearly all lie next to nothing.
    at: fc.integer({ min: 0, max: 1_000_000 }).map((millionths) => millionths / 1_000_000),
    bytes: fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      // Counts and sizes that are as large as they can be, or nothing.
      fc.constantFrom(
        new Uint8Array([0xff, 0xff, 0xff, 0xff]),
        new Uint8Array([0, 0, 0, 0]),
        new Uint8Array([0, 0, 0, 1]),
      ),
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

function damaged(file: Uint8Array, changes: Array<{ at: number; bytes: Uint8Array }>): Uint8Array {
  const copy = file.slice();
  for (const { at, bytes } of changes)
    copy.set(bytes, Math.floor(at * Math.max(0, copy.length - bytes.length)));
  return copy;
}

/** The status of the refusal, or 200; a fault of the program is thrown. */
async function statusOf(work: Promise<unknown>): Promise<number> {
  try {
    await work;
    return 200;
  } catch (error) {
    if (error instanceof Problem) return error.status;
    throw error;
  }
}

describe("a damaged file", () => {
  const forms: Record<string, VideoOptions> = {
    plain: { width: 64, height: 64, seconds: 2 },
    last: { width: 64, height: 64, seconds: 2, layout: "description last" },
    fragmented: { width: 64, height: 64, seconds: 2, layout: "fragmented" },
    mov: { width: 64, height: 64, seconds: 2, container: "mov" },
  };
  for (const [name, options] of Object.entries(forms))
    test(`is taken or refused: video (${name})`, async () => {
      const whole = await mp4(options);
      await using bench = mediaBench({ ffmpeg: null });
      const seen = new Set<number>();
      await fc.assert(
        fc.asyncProperty(damages, async (changes) => {
          const file = await bench.save(damaged(whole, changes));
          let read = 0;
          const counted = {
            ...file,
            read: (start: number, end: number) => {
              read += end - start;
              return file.read(start, end);
            },
          };
          seen.add(await statusOf(bench.tools.video(bench.files, counted, video)));
          // Twice its length at most: once for the outline, once for what tells of the tracks.
          expect(read).toBeLessThan(2 * whole.length);
        }),
        { numRuns: 300 },
      );
      expect([...seen]).toEqual(expect.arrayContaining([200, 422]));
      expect([...seen].filter((status) => ![200, 415, 422].includes(status))).toEqual([]);
    });

  test("is taken or refused: voice message", async () => {
    const whole = await m4a(1);
    await using bench = mediaBench({ ffmpeg: null });
    await fc.assert(
      fc.asyncProperty(damages, async (changes) => {
        const file = await bench.save(damaged(whole, changes));
        expect([200, 415, 422]).toContain(await statusOf(bench.tools.audio(file, "file")));
      }),
      { numRuns: 300 },
    );
  });

  for (const format of ["jpeg", "png", "webp", "gif"] as const)
    test(`is taken or refused: photo (${format})`, async () => {
      const whole = await photo(64, 64, { format, withMetadata: true });
      const rules = { field: "file", ...photoLimits.feed };
      await using bench = mediaBench();
      await fc.assert(
        fc.asyncProperty(damages, async (changes) => {
          const file = await bench.save(damaged(whole, changes));
          expect([200, 415, 422]).toContain(
            await statusOf(bench.tools.photo(bench.files, file, rules)),
          );
        }),
        { numRuns: 100 },
      );
    });
});

describe("a file made to keep the service busy", () => {
  /** A box of the format, with a size of the maker's choice. */
  const box = (name: string, content: Uint8Array, size = content.length + 8): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(size);
    head.write(name, 4, "latin1");
    return Buffer.concat([head, content]);
  };
  const type = box("ftyp", Buffer.from("isom\0\0\0\0isom", "latin1"));

  async function refusal(bytes: Uint8Array): Promise<string> {
    await using bench = mediaBench({ ffmpeg: null });
    const file = await bench.save(bytes);
    return await bench.tools.video(bench.files, file, video).then(
      () => "taken",
      (error) => error.detail,
    );
  }

  test("may have only so many parts", async () => {
    const parts = Buffer.concat([type, ...Array(20_000).fill(box("free", Buffer.alloc(0)))]);
    expect(await refusal(parts)).toBe("file is broken: it has more than 10000 parts");
  });

  test("may describe its tracks in only so many parts", async () => {
    const empty = box("free", Buffer.alloc(0));
    const tracks = {
      many: Array(2_000).fill(empty),
      deep: [box("trak", Buffer.concat(Array(2_000).fill(empty)))],
    };
    for (const parts of Object.values(tracks)) {
      const description = box("moov", Buffer.concat(parts));
      expect(await refusal(Buffer.concat([type, description, box("mdat", Buffer.alloc(8))]))).toBe(
        "file is broken: the description of its tracks has more than 1000 parts",
      );
    }
  });

  test("may be as long as it wants where nobody reads it", async () => {
    const bytes = Buffer.from(
      await mp4({ width: 64, height: 64, seconds: 2, layout: "description last" }),
    );
    const at = bytes.indexOf("moov") - 4;
    const titles = box("udta", box("meta", Buffer.alloc(17 * MB)));
    const description = box("moov", Buffer.concat([titles, bytes.subarray(at + 8)]));
    expect(at + bytes.readUInt32BE(at)).toBe(bytes.length);
    let most = 0;
    const read = async (start: number, end: number): Promise<Uint8Array> => {
      most = Math.max(most, end - start);
      return new Uint8Array(file.subarray(start, end));
    };
    const file = Buffer.concat([bytes.subarray(0, at), description]);
    expect(await refusal(file)).toBe("taken");
    const saved = { length: file.length, read } as unknown as SavedFile;
    expect((await readVideoHeader(saved)).bytes.length).toBeLessThan(10_000);
    expect(most).toBeLessThan(10_000);
  });

  test("may not have a part of its description of any length", async () => {
    const tables = box("stsd", Buffer.alloc(MB));
    const track = box("trak", box("mdia", box("minf", box("stbl", tables))));
    const file = Buffer.concat([type, box("moov", track), box("mdat", Buffer.alloc(8))]);
    expect(await refusal(file)).toBe(`file is broken: its part stsd has ${MB} bytes`);
  });

  test("is not believed how many frames it has", async () => {
    // Four thousand million frames, each shown later than it is decoded.
    const bytes = Buffer.from(await mp4({ width: 64, height: 64, seconds: 2 }));
    const times = bytes.indexOf("stts");
    bytes.writeUInt32BE(0xffffffff, times + 12);
    bytes.write("ctts", bytes.indexOf("stss"), "latin1");
    expect(await refusal(bytes)).toBe("taken");
    const fragments = Buffer.from(
      await mp4({ width: 64, height: 64, seconds: 2, layout: "fragmented", sound: false }),
    );
    fragments.writeUInt32BE(0xfffffff0, fragments.lastIndexOf("trun") + 8);
    expect(await refusal(fragments)).toMatch(/^file is (broken|[\d.]+ seconds long)/);
  });
});
