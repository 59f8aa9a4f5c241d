import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { mediaTypeIn } from "../../src/files/media-type.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "latin1");
const uploads = join(import.meta.dir, "..", "fixtures", "uploads");

describe("the type of a file", () => {
  test("is that of its first bytes", () => {
    const types = [
      ["photo.jpg", "image/jpeg"],
      ["photo.png", "image/png"],
      ["video.mp4", "video/mp4"],
    ];
    for (const [file = "", type = ""] of types)
      expect(mediaTypeIn(readFileSync(join(uploads, file))), file).toBe(type);
    const made = [
      ["GIF89a..........", "image/gif"],
      ["RIFF....WEBPVP8 ", "image/webp"],
      ["RIFF....WAVEfmt ", "audio/wav"],
      ["\0\0\0\x18ftypheic....", "image/heic"],
      ["\0\0\0\x18ftypmif1....", "image/heic"],
      ["\0\0\0\x18ftypavif....", "image/avif"],
      ["\0\0\0\x18ftypM4A ....", "audio/mp4"],
      ["\0\0\0\x14ftypqt  ....", "video/quicktime"],
      ["\0\0\0\x08wide....mdat", "video/quicktime"],
      ["\x1a\x45\xdf\xa3............", "video/webm"],
      ["ID3\x04............", "audio/mpeg"],
      ["OggS............", "audio/ogg"],
    ];
    for (const [start = "", type = ""] of made) expect(mediaTypeIn(bytes(start)), start).toBe(type);
  });

  test("is unknown for anything else", () => {
    const others = [
      "",
      "\xff",
      "<!doctype html>",
      "<svg xmlns=...",
      "%PDF-1.7",
      "PK\x03\x04",
      "ftyp",
      "{}",
    ];
    for (const other of others) expect(mediaTypeIn(bytes(other)), other).toBeNull();
  });
});
