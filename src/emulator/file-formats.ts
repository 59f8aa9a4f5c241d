import type { StoredFile } from "./store/stored-file.ts";

/** Most segments and boxes that are looked at in one file. */
const MOST_PARTS = 20_000;

/** Width and height of a JPEG in pixels; undefined where the file is none, or one that cannot be read. */
export async function jpegSize(
  file: StoredFile,
): Promise<{ readonly width: number; readonly height: number } | undefined> {
  const start = await file.read(0, 2);
  if (start[0] !== 0xff || start[1] !== 0xd8) return undefined;
  let at = 2;
  for (let part = 0; part < MOST_PARTS; part++) {
    const head = Buffer.from(await file.read(at, at + 9));
    if (head.length < 9 || head[0] !== 0xff) return undefined;
    const marker = head[1] ?? 0;
    // A marker may begin with several bytes of ones.
    if (marker === 0xff) at++;
    else if (isFrame(marker)) {
      const [height, width] = [head.readUInt16BE(5), head.readUInt16BE(7)];
      return width > 0 && height > 0 ? { width, height } : undefined;
    }
    // The picture itself begins, or ends, before its size was told.
    else if (marker === 0xda || marker === 0xd9) return undefined;
    else at += 2 + head.readUInt16BE(2);
  }
  return undefined;
}

/** True for the segment of a JPEG that tells its size. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** True where a file begins as an MP4 does. */
export async function beginsAsMp4(file: StoredFile): Promise<boolean> {
  return Buffer.from(await file.read(4, 8)).toString("latin1") === "ftyp";
}

/** True for an MP4 whose outermost boxes are complete, and which says what is in it. */
export async function isWholeMp4(file: StoredFile): Promise<boolean> {
  if (!(await beginsAsMp4(file))) return false;
  let hasMovie = false;
  let at = 0;
  for (let part = 0; part < MOST_PARTS && at < file.length; part++) {
    const head = Buffer.from(await file.read(at, at + 16));
    if (head.length < 8) return false;
    hasMovie ||= head.toString("latin1", 4, 8) === "moov";
    const size = boxSize(head, file.length - at);
    if (size === undefined || size < 8) return false;
    at += size;
  }
  return hasMovie && at === file.length;
}

/** How long an MP4 plays, in milliseconds; undefined where it does not say so. */
export async function mp4Duration(file: StoredFile): Promise<number | undefined> {
  const movie = await boxIn(file, "moov", 0, file.length);
  const header = movie && (await boxIn(file, "mvhd", movie.start, movie.end));
  if (header === undefined) return undefined;
  const body = Buffer.from(await file.read(header.start, header.start + 32));
  if (body.length < 32) return undefined;
  const isLong = body[0] === 1;
  const timescale = body.readUInt32BE(isLong ? 20 : 12);
  const duration = isLong ? Number(body.readBigUInt64BE(24)) : body.readUInt32BE(16);
  return timescale === 0 || duration === 0 ? undefined : Math.round((duration / timescale) * 1_000);
}

/** Where the content of the first box with a name is, between two positions. */
async function boxIn(
  file: StoredFile,
  name: string,
  from: number,
  to: number,
): Promise<{ readonly start: number; readonly end: number } | undefined> {
  let at = from;
  for (let part = 0; part < MOST_PARTS && at < to; part++) {
    const head = Buffer.from(await file.read(at, Math.min(at + 16, to)));
    const size = head.length < 8 ? undefined : boxSize(head, to - at);
    if (size === undefined || size < 8) return undefined;
    const headLength = head.readUInt32BE(0) === 1 ? 16 : 8;
    if (head.toString("latin1", 4, 8) === name) return { start: at + headLength, end: at + size };
    at += size;
  }
  return undefined;
}

/** The size in the head of a box; undefined where it is not all there. */
function boxSize(head: Buffer, rest: number): number | undefined {
  const size = head.readUInt32BE(0);
  if (size === 0) return rest;
  if (size > 1) return size;
  return head.length < 16 ? undefined : Number(head.readBigUInt64BE(8));
}
