import { crc32 } from "node:zlib";

/** A file of a ZIP. */
export interface Zipped {
  name: string;
  bytes: Uint8Array;
}

const DIRECTORY_END = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
/** Names are UTF-8. */
const UTF8 = 0x800;

/** The files of a ZIP whose files are stored as they are. Throws for a ZIP that is not whole. */
export function unzip(zip: Uint8Array): Zipped[] {
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.byteLength - 22;
  if (end < 0 || view.getUint32(end, true) !== DIRECTORY_END) throw new Error("the ZIP has no end");
  const files: Zipped[] = [];
  let at = view.getUint32(end + 16, true);
  for (let count = view.getUint16(end + 10, true); count > 0; count--) {
    if (view.getUint32(at, true) !== DIRECTORY_ENTRY)
      throw new Error("the ZIP's directory is broken");
    if (view.getUint16(at + 10, true) !== 0) throw new Error("a file of the ZIP is compressed");
    if ((view.getUint16(at + 8, true) & UTF8) === 0)
      throw new Error("a name of the ZIP is not UTF-8");
    const length = view.getUint32(at + 24, true);
    const nameLength = view.getUint16(at + 28, true);
    const name = new TextDecoder().decode(zip.subarray(at + 46, at + 46 + nameLength));
    const header = view.getUint32(at + 42, true);
    const start =
      header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true);
    const bytes = zip.slice(start, start + length);
    if (crc32(bytes) !== view.getUint32(at + 16, true)) throw new Error(`${name} is broken`);
    files.push({ name, bytes });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return files;
}
