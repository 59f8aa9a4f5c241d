/*
 * A program of its own: decodes the HEIC that is open as descriptor 3 and prints it as an uncompressed
 * TIFF, already made smaller, after the photo's own width and height (32 bits each). What goes wrong in a decoder that strangers feed ends this process alone,
 * and all its memory is freed with it.
 *
 * bun heic-child.ts <width> <height>: the size, in pixels, that it is made smaller for.
 */
import { fstatSync, readSync, writeSync } from "node:fs";
import libheif, { type HeifModule } from "libheif-js/wasm-bundle.js";

/** How this process ends where a photo is too large. */
const TOO_LARGE = 2;

/** Of the decoder's memory. */
const MOST_BYTES = 160 * 1024 * 1024;
/** Phones save tiles of 512 × 512; cameras may save the whole photo as one. */
const MOST_TILE_PIXELS = 16_000_000;
const MOST_PIXELS = 120_000_000;
const MOST_PROFILE_BYTES = 1024 * 1024;
/** So many values of a byte can be added up in two. */
const MOST_SHRINKING = 16;
/** The result is at least so many times larger than what is asked, so that the last step is a good one. */
const SPARE = 1.5;

const RGB = 1;
const INTERLEAVED_RGB = 10;
const CHANNELS = 3;

limitMemory();
const [width = 0, height = 0] = process.argv.slice(2).map(Number);
const photo = decode(libheif, readInput(), { width, height });
print(u32(photo.width), u32(photo.height), tiff(photo.smaller));

interface Pixels {
  width: number;
  height: number;
  rgb: Uint8Array;
  /** ICC; null if it has none. */
  profile: Uint8Array | null;
}

/** The decoder asks for more memory as it goes, and takes a refusal. */
function limitMemory(): void {
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (this.buffer.byteLength + pages * 65_536 > MOST_BYTES) throw new RangeError("too much");
    return grow.call(this, pages);
  };
}

function readInput(): Uint8Array {
  const bytes = new Uint8Array(fstatSync(3).size);
  let length = 0;
  while (length < bytes.length) {
    const count = readSync(3, bytes, length, bytes.length - length, length);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

function print(...parts: Uint8Array[]): void {
  for (const bytes of parts) for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function decode(
  heif: HeifModule,
  file: Uint8Array,
  wanted: { width: number; height: number },
): { width: number; height: number; smaller: Pixels } {
  const result = heif._malloc(16);
  const out = heif._malloc(128);
  /** Calls a function that returns an error first, and a value where `out` points. */
  const call = (work: (result: number) => void): number => {
    work(result);
    if (heif.HEAP32[result >> 2] !== 0) throw new Error("not decoded");
    return heif.HEAPU32[out >> 2] ?? 0;
  };
  const context = heif._heif_context_alloc();
  const data = heif._malloc(file.length);
  heif.HEAPU8.set(file, data);
  call((r) => heif._heif_context_read_from_memory_without_copy(r, context, data, file.length, 0));
  const handle = call((r) => heif._heif_context_get_primary_image_handle(r, context, out));

  call((r) => heif._heif_image_handle_get_image_tiling(r, handle, 1, out));
  const [, columns = 0, rows = 0, tileWidth = 0, tileHeight = 0, imageWidth = 0, imageHeight = 0] =
    heif.HEAPU32.subarray(out >> 2, (out >> 2) + 9);
  if (imageWidth * imageHeight > MOST_PIXELS || tileWidth * tileHeight > MOST_TILE_PIXELS)
    process.exit(TOO_LARGE);
  const shrinking = shrinkingFor({ width: imageWidth, height: imageHeight }, wanted);
  const smaller = new Smaller(imageWidth, imageHeight, shrinking);

  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const tile = call((r) =>
        heif._heif_image_handle_decode_image_tile(
          r,
          handle,
          out,
          RGB,
          INTERLEAVED_RGB,
          0,
          column,
          row,
        ),
      );
      const stride = heif._malloc(4);
      const plane = heif._heif_image_get_plane_readonly(tile, INTERLEAVED_RGB, stride);
      const size = {
        width: heif._heif_image_get_width(tile, INTERLEAVED_RGB),
        height: heif._heif_image_get_height(tile, INTERLEAVED_RGB),
        bytesARow: heif.HEAPU32[stride >> 2] ?? 0,
      };
      smaller.add(heif.HEAPU8.subarray(plane), size, column * tileWidth, row * tileHeight);
      heif._free(stride);
      heif._heif_image_release(tile);
    }
  return {
    width: imageWidth,
    height: imageHeight,
    smaller: { ...smaller.result(), profile: profileOf(heif, handle, result) },
  };
}

function profileOf(heif: HeifModule, handle: number, result: number): Uint8Array | null {
  const length = heif._heif_image_handle_get_raw_color_profile_size(handle);
  if (length === 0 || length > MOST_PROFILE_BYTES) return null;
  const at = heif._malloc(length);
  heif._heif_image_handle_get_raw_color_profile(result, handle, at);
  return heif.HEAP32[result >> 2] === 0 ? heif.HEAPU8.slice(at, at + length) : null;
}

/** By how much the sides can be divided so that enough is left of the photo. */
function shrinkingFor(
  size: { width: number; height: number },
  wanted: { width: number; height: number },
): number {
  const times = Math.max(size.width / wanted.width, size.height / wanted.height);
  return Math.min(MOST_SHRINKING, Math.max(1, Math.floor(times / SPARE)));
}

/** Makes an image smaller by a whole number as its tiles arrive: each pixel is the mean of a square. */
class Smaller {
  readonly #width: number;
  readonly #height: number;
  readonly #sums: Uint16Array;

  constructor(
    width: number,
    height: number,
    private readonly times: number,
  ) {
    this.#width = Math.floor(width / times);
    this.#height = Math.floor(height / times);
    this.#sums = new Uint16Array(this.#width * this.#height * CHANNELS);
  }

  add(
    plane: Uint8Array,
    tile: { width: number; height: number; bytesARow: number },
    left: number,
    top: number,
  ): void {
    const sums = this.#sums;
    for (let y = 0; y < tile.height; y++) {
      const row = Math.floor((top + y) / this.times);
      if (row >= this.#height) return;
      let column = Math.floor(left / this.times);
      let untilNext = this.times - (left % this.times);
      let to = (row * this.#width + column) * CHANNELS;
      let from = y * tile.bytesARow;
      for (let x = 0; x < tile.width && column < this.#width; x++, from += CHANNELS) {
        for (let channel = 0; channel < CHANNELS; channel++)
          sums[to + channel] = (sums[to + channel] ?? 0) + (plane[from + channel] ?? 0);
        if (--untilNext > 0) continue;
        untilNext = this.times;
        to += CHANNELS;
        column++;
      }
    }
  }

  result(): { width: number; height: number; rgb: Uint8Array } {
    const rgb = new Uint8Array(this.#sums.length);
    const count = this.times * this.times;
    for (let i = 0; i < rgb.length; i++) rgb[i] = Math.round((this.#sums[i] ?? 0) / count);
    return { width: this.#width, height: this.#height, rgb };
  }
}

/** TIFF 6.0, big-endian, in one strip. */
function tiff({ width, height, rgb, profile }: Pixels): Uint8Array {
  const SHORT = 3;
  const LONG = 4;
  const UNDEFINED = 7;
  const fields: Array<[tag: number, type: number, count: number, value: number]> = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, 3, 0],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, 0],
    [277, SHORT, 1, CHANNELS],
    [278, LONG, 1, height],
    [279, LONG, 1, rgb.length],
    ...(profile ? [[34675, UNDEFINED, profile.length, 0] as [number, number, number, number]] : []),
  ];
  const bitsAt = 8 + 2 + fields.length * 12 + 4;
  const profileAt = bitsAt + 6;
  const pixelsAt = profileAt + (profile?.length ?? 0);
  const places = new Map([
    [258, bitsAt],
    [273, pixelsAt],
    [34675, profileAt],
  ]);
  const file = Buffer.alloc(pixelsAt + rgb.length);
  file.write("MM\0*", "latin1");
  file.writeUInt32BE(8, 4);
  file.writeUInt16BE(fields.length, 8);
  fields.forEach(([tag, type, count, value], index) => {
    const at = 10 + index * 12;
    file.writeUInt16BE(tag, at);
    file.writeUInt16BE(type, at + 2);
    file.writeUInt32BE(count, at + 4);
    const place = places.get(tag);
    // A short value stands at the left of its place.
    if (place !== undefined || type === LONG) file.writeUInt32BE(place ?? value, at + 8);
    else file.writeUInt16BE(value, at + 8);
  });
  for (const index of [0, 1, 2]) file.writeUInt16BE(8, bitsAt + index * 2);
  if (profile) file.set(profile, profileAt);
  file.set(rgb, pixelsAt);
  return file;
}
