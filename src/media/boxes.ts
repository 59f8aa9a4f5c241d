/*
 * The boxes that MP4 and MOV files consist of (ISO/IEC 14496-12): size, name, content. Only their
 * outline and what says how long a video is are read here. The library that reads the tracks does not
 * tell what the header says, which is what the reference client sends, and it believes any count in
 * the tables of frames.
 */

export interface Box {
  name: string;
  /** Where its content starts, and where it ends. */
  start: number;
  end: number;
}

/** A file that is not made as it should be; the message says how. */
export class Malformed extends Error {}

const HEADER_BYTES = 16;

/** Reads bytes of a file, fewer at its end. */
type Read = (start: number, end: number) => Promise<Uint8Array>;

/** Where a file is looked at, and how many boxes may be seen there. */
export interface Outline {
  read: Read;
  /** Boxes that were not seen yet. */
  left: number;
  tooMany: () => Malformed;
}

/** The boxes of a file that stand between two positions. Throws Malformed. */
export async function* boxesBetween(
  outline: Outline,
  start: number,
  end: number,
): AsyncGenerator<Box> {
  let at = start;
  while (at + 8 <= end) {
    if (--outline.left < 0) throw outline.tooMany();
    const head = await outline.read(at, Math.min(at + HEADER_BYTES, end));
    const box = boxAt(viewOf(head), 0, end - at);
    yield { name: box.name, start: at + box.start, end: at + box.end };
    at += box.end;
  }
}

/** The boxes in the content of another. Throws Malformed. */
export function* innerBoxes(view: DataView): Generator<Box & { content: DataView }> {
  for (let at = 0; at + 8 <= view.byteLength; ) {
    const box = boxAt(view, at, view.byteLength);
    const content = new DataView(view.buffer, view.byteOffset + box.start, box.end - box.start);
    yield { ...box, content };
    at = box.end;
  }
}

/** The first box with that name along a path of names; null if there is none. Throws Malformed. */
export function boxBelow(view: DataView, ...[name, ...names]: string[]): DataView | null {
  if (name === undefined) return view;
  for (const box of innerBoxes(view)) if (box.name === name) return boxBelow(box.content, ...names);
  return null;
}

export const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Positions count from the start of `view`; what it is a part of ends at `end`. */
function boxAt(view: DataView, at: number, end: number): Box {
  let size = view.getUint32(at);
  const name = String.fromCharCode(...[4, 5, 6, 7].map((offset) => view.getUint8(at + offset)));
  let start = at + 8;
  if (size === 1) {
    start = at + 16;
    if (start > view.byteLength) throw new Malformed(`it ends within its part ${readable(name)}`);
    size = Number(view.getBigUint64(at + 8));
  } else if (size === 0) {
    size = end - at;
  }
  if (at + size < start) throw new Malformed(`its part ${readable(name)} has an impossible size`);
  if (at + size > end)
    throw new Malformed(`it ends ${at + size - end} bytes before its part ${readable(name)} does`);
  return { name, start, end: at + size };
}

const readable = (name: string): string => name.replace(/[^ -~]/g, "?");
