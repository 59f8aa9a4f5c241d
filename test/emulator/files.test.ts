import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { type FileLimits, FileStore } from "../../src/emulator/store/files.ts";
import type { StoredFile } from "../../src/emulator/store/stored-file.ts";

const LARGE = 100_000;

/** Different bytes at every place of a file. */
const bytesOf = (length: number, first = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, index) => ((index + first) * 31 + (index >> 8)) & 255);

const textOf = async (file: StoredFile, start?: number, end?: number): Promise<string> =>
  Buffer.from(await new Response(file.stream(start, end)).arrayBuffer()).toString("hex");

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const storeOf = (limits: FileLimits = {}) => new FileStore(limits);

describe("uploaded files of the emulator", () => {
  test.each([0, 1, 16_384, 16_385, LARGE, 300_000])("keeps a file of %d bytes", async (length) => {
    const file = storeOf().room().create();
    const whole = bytesOf(length);
    for (let at = 0; at < length; at += 7_001) await file.append(whole.slice(at, at + 7_001));
    expect(file.length).toBe(length);
    expect(await textOf(file)).toBe(hex(whole));
    expect(await textOf(file, 3, length - 2)).toBe(hex(whole.slice(3, Math.max(3, length - 2))));
    expect(hex(await file.read(length - 1, length + 50))).toBe(hex(whole.slice(-1)));
    const answered = await new Response(file.body(2, length)).arrayBuffer();
    expect(hex(new Uint8Array(answered))).toBe(hex(whole.slice(2)));
  });

  test("copies what it is given", async () => {
    const file = storeOf().room().create();
    const bytes = bytesOf(100);
    await file.append(bytes);
    bytes.fill(0);
    expect(await textOf(file)).toBe(hex(bytesOf(100)));
  });

  test("leaves no name in the directory of temp files", async () => {
    const room = storeOf().room();
    const file = await room.save(bytesOf(LARGE));
    const names = readdirSync(tmpdir()).filter((name) => name.includes(file.key));
    expect(names).toEqual([]);
    room.close();
    expect(room.store.find(file.key)).toBeUndefined();
    expect(room.store.used).toBe(0);
  });

  test("drops the oldest files of a world when that is full", async () => {
    const store = storeOf({ roomBytes: 2.5 * LARGE });
    const room = store.room();
    const other = await store.room().save(bytesOf(LARGE));
    const [first, second, third] = [
      await room.save(bytesOf(LARGE)),
      await room.save(bytesOf(LARGE)),
      await room.save(bytesOf(LARGE)),
    ];
    expect([first, second, third, other].map(({ isGone }) => isGone)).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(store.find(first.key)).toBeUndefined();
    expect((await first.read(0, 10)).length).toBe(0);
    expect(room.used).toBe(2 * LARGE);
    expect(store.used).toBe(3 * LARGE);
  });

  test("drops the oldest files of all worlds when there are too many bytes or files", async () => {
    for (const limits of [{ bytes: 2 * LARGE }, { files: 2 }]) {
      const store = storeOf(limits);
      const files = [
        await store.room().save(bytesOf(LARGE)),
        await store.room().save(bytesOf(LARGE)),
        await store.room().save(bytesOf(LARGE)),
      ];
      expect(files.map(({ isGone }) => isGone)).toEqual([true, false, false]);
    }
  });

  test("refuses what does not fit beside files that are being written", async () => {
    const room = storeOf({ roomBytes: 2 * LARGE }).room();
    const written = room.create();
    await written.append(bytesOf(LARGE));
    const refused = room.create();
    await expect(refused.append(bytesOf(2 * LARGE))).rejects.toMatchObject({ status: 503 });
    expect(refused.isGone).toBe(true);
    expect(room.used).toBe(LARGE);
    await expect(refused.append(bytesOf(1))).rejects.toMatchObject({ status: 503 });
    written.release();
    await room.save(bytesOf(2 * LARGE));
    expect(written.isGone).toBe(true);
  });

  test("does not keep descriptors of files that were dropped", async () => {
    const descriptors = () => readdirSync("/proc/self/fd").length;
    if (process.platform !== "linux") return;
    const before = descriptors();
    const room = storeOf().room();
    for (let turn = 0; turn < 300; turn++) (await room.save(bytesOf(20_000))).drop();
    await Bun.sleep(0);
    expect(descriptors()).toBeLessThan(before + 150);
  });

  test("stops the reader of a file that is dropped meanwhile", async () => {
    const room = storeOf().room();
    const file = await room.save(bytesOf(LARGE));
    const reader = file.stream().getReader();
    await reader.read();
    room.close();
    expect(reader.read()).rejects.toThrow("gone");
  });
});
