import type { SavedFile } from "../files/saved-file.ts";
import {
  type Box,
  boxBelow,
  boxesBetween,
  innerBoxes,
  Malformed,
  type Outline,
  viewOf,
} from "./boxes.ts";

const MOST_FRAGMENT_BYTES = 1024 * 1024;
/** A fragment has two parts, and there may be one for each frame. */
const MOST_PARTS = 10_000;
/** Of the description of the tracks. Cameras write some hundred. */
const MOST_DESCRIBING_PARTS = 1_000;
/** Of one such part: colour profiles and the parameters of codecs have some thousand bytes. */
const MOST_PART_BYTES = 64 * 1024;
const MOST_DESCRIPTION_BYTES = 1024 * 1024;

/**
 * The parts of a description that tell of its tracks; null where the whole part does. The tables of
 * frames, titles and all else are not even read: they are as long as whoever makes a file wants, and
 * keep busy whoever reads them.
 */
interface Parts {
  readonly [name: string]: Parts | null;
}
const DESCRIBING: Parts = {
  mvhd: null,
  trak: {
    tkhd: null,
    mdia: { mdhd: null, hdlr: null, minf: { stbl: { stsd: null } } },
  },
  mvex: { mehd: null, trex: null },
};

/** The outline of an MP4 or MOV file. */
export interface VideoHeader {
  /** What starts the file, and what its description says of the tracks. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How long it is as the header says; null if it says nothing, as in files made of fragments. */
  seconds: number | null;
  /** The last fragment (`moof`) of a file made of fragments. */
  lastFragment: Box | null;
}

/** Reads the outline, however large the file is. Throws Malformed. */
export async function readVideoHeader(file: SavedFile): Promise<VideoHeader> {
  let type: Box | null = null;
  let description: Box | null = null;
  let lastFragment: Box | null = null;
  let hasFrames = false;
  const outline = outlineOf(file, MOST_PARTS, "it");
  for await (const box of boxesBetween(outline, 0, file.length)) {
    if (box.name === "ftyp") type ??= box;
    else if (box.name === "moov") description ??= box;
    else if (box.name === "moof") lastFragment = box;
    else if (box.name === "mdat") hasFrames ||= box.end > box.start;
  }
  if (!description) throw new Malformed("it has no description of its tracks (moov)");
  if (!hasFrames) throw new Malformed("it has no frames (mdat)");
  const parts = outlineOf(file, MOST_DESCRIBING_PARTS, "the description of its tracks");
  const content = joined(...(await describing(parts, description, DESCRIBING)));
  if (content.length > MOST_DESCRIPTION_BYTES)
    throw new Malformed("the description of its tracks is too long");
  const bytes = new Uint8Array([
    ...boxHead("ftyp", TYPE_BYTES),
    ...(type ? await file.read(type.start, type.start + TYPE_BYTES) : QUICKTIME),
  ]);
  return {
    bytes: joined(bytes, boxHead("moov", content.length), content),
    seconds: headerSeconds(viewOf(content)),
    lastFragment,
  };
}

const outlineOf = ({ read }: SavedFile, most: number, what: string): Outline => ({
  read,
  left: most,
  tooMany: () => new Malformed(`${what} has more than ${most} parts`),
});

/** The boxes within another that are among `wanted`, with their heads. */
async function describing(
  outline: Outline,
  { start, end }: Box,
  wanted: Parts,
): Promise<Uint8Array[]> {
  const found: Uint8Array[] = [];
  for await (const box of boxesBetween(outline, start, end)) {
    if (!Object.hasOwn(wanted, box.name)) continue;
    const inner = wanted[box.name];
    const size = box.end - box.start;
    if (!inner && size > MOST_PART_BYTES)
      throw new Malformed(`its part ${box.name} has ${size} bytes`);
    const content = inner
      ? joined(...(await describing(outline, box, inner)))
      : await outline.read(box.start, box.end);
    found.push(boxHead(box.name, content.length), content);
  }
  return found;
}

/** As many bytes of the type as matter: the main brand and its version. */
const TYPE_BYTES = 8;
const QUICKTIME = Buffer.from("qt  \0\0\0\0", "latin1");

const boxHead = (name: string, contentBytes: number): Uint8Array => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(contentBytes + 8);
  head.write(name, 4, "latin1");
  return head;
};

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function headerSeconds(description: DataView): number | null {
  const header = boxBelow(description, "mvhd");
  const time = header && readTime(header);
  const extended = boxBelow(description, "mvex", "mehd");
  if (!time) return null;
  const units =
    time.duration || (extended ? readWhole(extended, 4, extended.getUint8(0) === 1) : 0);
  return units > 0 && units < UNKNOWN ? units / time.scale : null;
}

/** All bits set: not known. */
const UNKNOWN = 0xffffffff;

/** Units of a second, and the duration in them, of `mvhd` or `mdhd`; null for a form that is not known. */
function readTime(view: DataView): { scale: number; duration: number } | null {
  const isLong = view.getUint8(0) === 1;
  const at = isLong ? 20 : 12;
  const scale = view.getUint32(at);
  return scale === 0 ? null : { scale, duration: readWhole(view, at + 4, isLong) };
}

const readWhole = (view: DataView, at: number, isLong: boolean): number =>
  isLong ? Number(view.getBigUint64(at)) : view.getUint32(at);

/**
 * How long a video of fragments is, in seconds, by where its last fragment ends; null if that does not
 * say. Throws Malformed.
 */
export async function fragmentedSeconds(
  file: SavedFile,
  { bytes, lastFragment }: VideoHeader,
  track: { id: number; unitsASecond: number },
): Promise<number | null> {
  if (!lastFragment) return null;
  if (lastFragment.end - lastFragment.start > MOST_FRAGMENT_BYTES)
    throw new Malformed("the description of its last fragment is too long");
  const fragment = viewOf(await file.read(lastFragment.start, lastFragment.end));
  const usual = usualDuration(viewOf(bytes), track.id);
  for (const box of innerBoxes(fragment)) {
    if (box.name !== "traf") continue;
    const head = boxBelow(box.content, "tfhd");
    const start = boxBelow(box.content, "tfdt");
    if (!head || !start || head.getUint32(4) !== track.id) continue;
    let end = readWhole(start, 4, start.getUint8(0) === 1);
    const each = fragmentDuration(head) ?? usual;
    for (const run of innerBoxes(box.content))
      if (run.name === "trun") end += runDuration(run.content, each);
    return end > 0 ? end / track.unitsASecond : null;
  }
  return null;
}

/** The duration of frames that say none, from the description of the track (`trex`). */
function usualDuration(header: DataView, trackId: number): number {
  const extension = boxBelow(header, "moov", "mvex");
  if (!extension) return 0;
  for (const { name, content } of innerBoxes(extension))
    if (name === "trex" && content.getUint32(4) === trackId) return content.getUint32(12);
  return 0;
}

/** The same, from the head of the fragment (`tfhd`); null if that says none. */
function fragmentDuration(head: DataView): number | null {
  const flags = head.getUint32(0);
  if (!(flags & 0x8)) return null;
  return head.getUint32(8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0));
}

/** The frames of a `trun` together. */
function runDuration(run: DataView, each: number): number {
  const flags = run.getUint32(0);
  const count = run.getUint32(4);
  if (!(flags & 0x100)) return count * each;
  const size = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  const first = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  let sum = 0;
  // A count that is not true ends with the box.
  for (let i = 0; i < count; i++) sum += run.getUint32(first + i * size);
  return sum;
}
