/** A valid grey JPEG of the given size: every 8x8 block takes two zero bits, so it stays small. */
export function jpeg(width: number, height: number): Uint8Array<ArrayBuffer> {
  const w = Math.max(1, width);
  const h = Math.max(1, height);
  const bits = Math.ceil(w / 8) * Math.ceil(h / 8) * 2;
  const scan = new Uint8Array(Math.ceil(bits / 8));
  const spare = scan.length * 8 - bits;
  // The format wants ones in the unused bits of the last byte.
  scan[scan.length - 1] = (1 << spare) - 1;
  return joined([
    [0xff, 0xd8],
    segment(0xe0, [...text("JFIF"), 0, 1, 1, 0, ...u16(1), ...u16(1), 0, 0]),
    segment(0xdb, [0, ...new Uint8Array(64).fill(1)]),
    segment(0xc0, [8, ...u16(h), ...u16(w), 1, 1, 0x11, 0]),
    // Each table has one code: "no difference" for the mean, "end of block" for the rest.
    segment(0xc4, [0x00, 1, ...new Uint8Array(15), 0]),
    segment(0xc4, [0x10, 1, ...new Uint8Array(15), 0]),
    segment(0xda, [1, 1, 0, 0, 63, 0]),
    scan,
    [0xff, 0xd9],
  ]);
}

function segment(marker: number, content: readonly number[]): number[] {
  return [0xff, marker, ...u16(content.length + 2), ...content];
}

/** Units of the video's clock in a second. */
const TIMESCALE = 1_000;
/** Length of the video in these units: four seconds. */
const DURATION = 4_000;

/** An MP4 with one H.264 track of the given size and no pictures: enough for programs that read its boxes. */
export function mp4(width: number, height: number): Uint8Array<ArrayBuffer> {
  const w = Math.max(2, width);
  const h = Math.max(2, height);
  return joined([
    box("ftyp", text("isom"), u32(0x200), text("isomiso2avc1mp41")),
    box(
      "moov",
      header("mvhd", times(), u32(0x10000), u16(0x100), zeros(10), MATRIX, zeros(24), u32(2)),
      track(w, h),
    ),
    box("mdat", zeros(8)),
  ]);
}

const MATRIX = [...u32(0x10000), ...zeros(12), ...u32(0x10000), ...zeros(12), ...u32(0x40000000)];

function track(w: number, h: number): number[] {
  const sample = box(
    "avc1",
    [...zeros(6), ...u16(1), ...zeros(16), ...u16(w), ...u16(h)],
    [
      ...u32(0x480000),
      ...u32(0x480000),
      ...zeros(4),
      ...u16(1),
      ...zeros(32),
      ...u16(24),
      ...u16(0xffff),
    ],
    // Baseline profile, level 3.1, without parameter sets: there is no picture to decode.
    box("avcC", [1, 0x42, 0xc0, 0x1f, 0xff, 0xe0, 0]),
  );
  const tables = box(
    "stbl",
    header("stsd", u32(1), sample),
    header("stts", u32(0)),
    header("stsc", u32(0)),
    header("stsz", u32(0), u32(0)),
    header("stco", u32(0)),
  );
  const visible = box(
    "tkhd",
    u32(7),
    u32(0),
    u32(0),
    u32(1),
    u32(0),
    u32(DURATION),
    zeros(16),
    MATRIX,
    u32(w << 16),
    u32(h << 16),
  );
  const media = box(
    "mdia",
    header("mdhd", times(), u16(0x55c4), u16(0)),
    header("hdlr", u32(0), text("vide"), zeros(12), text("VideoHandler"), [0]),
    box(
      "minf",
      box("vmhd", u32(1), zeros(8)),
      box("dinf", header("dref", u32(1), box("url ", u32(1)))),
      tables,
    ),
  );
  return box("trak", visible, media);
}

/** Times of creation and change, timescale, duration. */
function times(): number[] {
  return [...u32(0), ...u32(0), ...u32(TIMESCALE), ...u32(DURATION)];
}

function box(type: string, ...parts: readonly (readonly number[])[]): number[] {
  const content = parts.flat();
  return [...u32(content.length + 8), ...text(type), ...content];
}

/** A box that starts with version 0 and no flags. */
function header(type: string, ...parts: readonly (readonly number[])[]): number[] {
  return box(type, u32(0), ...parts);
}

function text(ascii: string): number[] {
  return [...Buffer.from(ascii, "latin1")];
}

function u16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255];
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value)];
}

function zeros(count: number): number[] {
  return new Array<number>(count).fill(0);
}

function joined(parts: readonly (readonly number[] | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
