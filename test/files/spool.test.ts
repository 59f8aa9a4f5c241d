import { describe, expect, test } from "bun:test";
import { open } from "node:fs/promises";
import { NewFile } from "../../src/files/new-file.ts";
import { QuickDisk } from "../../src/files/quick-disk.ts";
import { Room } from "../../src/files/room.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { MB } from "../support/upload-bodies.ts";

describe("room for uploads", () => {
  test("is counted once, however often it is given back", () => {
    const room = new Room("/", { maxBytes: 10 * MB, tenantBytes: 4 * MB, tenantUploads: 9 });
    const one = room.enter("tenant");
    for (let n = 0; n < 4; n++) one.add(MB);
    expect(() => room.enter("tenant").add(1)).toThrow("too large together");
    expect(() => one.add(1)).toThrow("uploads of 4 MB at the most");
    one.leave();
    one.leave();
    room.enter("tenant").expect(4 * MB);
    expect(() => room.enter("tenant").expect(1)).toThrow("too large together");
  });
});

describe("a disk", () => {
  test("that is full refuses uploads with a time to come back", async () => {
    const share = new Room("/", { maxBytes: MB, tenantBytes: MB, tenantUploads: 1 }).enter(
      "tenant",
    );
    const full = Object.assign(new Error("no space left"), { code: "ENOSPC" });
    for (const write of [
      () => {
        throw full;
      },
      () => Promise.reject(full),
    ]) {
      const disk = Object.assign(new QuickDisk(), { write });
      const file = new NewFile({} as never, disk, share, { hashes: false });
      const writing = async () => file.write(new Uint8Array(10));
      expect(writing()).rejects.toMatchObject({ kind: "UploadsFull", retryAfter: 15 });
    }
  });

  test("that is slow is used in the background for a while", async () => {
    using directory = temporaryDirectory();
    let now = 0;
    let slow = true;
    const disk = new QuickDisk(() => {
      if (slow) now += 100;
      return now;
    });
    await using file = await open(`${directory.path}/slow`, "wx+");
    const write = (bytes: number) => disk.write(file, new Uint8Array(bytes), 0);
    expect(write(10)).toBeUndefined();
    expect(write(15 * MB)).toBeInstanceOf(Promise);
    slow = false;
    expect(write(2 * MB)).toBeInstanceOf(Promise);
    expect(write(10)).toBeUndefined();
    expect(write(10)).toBeUndefined();
  });
});
