import { fileURLToPath } from "node:url";
import type { SavedFile } from "../files/saved-file.ts";
import { InvalidInput } from "../problems/problem.ts";
import { ChildFailed, runChild } from "./child.ts";
import { broken } from "./faults.ts";
import type { PhotoRules } from "./media-tools.ts";

/** What decoding takes, in bytes: the other process, and its result here. */
export const HEIC_COST = 140 * 1024 * 1024;

const TIME_LIMIT_MS = 30_000;
const MOST_RESULT_BYTES = 48 * 1024 * 1024;
/** The program ends with it where the photo is larger than it takes. */
const TOO_LARGE = 2;

export interface DecodedHeic {
  /** Of the photo, upright. */
  width: number;
  height: number;
  /** A TIFF of it, which may be smaller. */
  tiff: Buffer;
}

/**
 * Decodes a photo as iPhones save it, in a process of its own. Throws InvalidInput if it is broken or
 * too large, CallerGone.
 */
export async function decodeHeic(
  file: SavedFile,
  signal: AbortSignal | null,
  { field, largest }: Pick<PhotoRules, "field" | "largest">,
): Promise<DecodedHeic> {
  try {
    const output = await runChild({
      command: process.execPath,
      arguments: [PROGRAM, `${largest.width}`, `${largest.height}`],
      searchPath: "",
      files: [file.fd],
      timeLimitMs: TIME_LIMIT_MS,
      maxOutputBytes: MOST_RESULT_BYTES,
      signal,
    });
    const [width, height] = [output.readUInt32BE(0), output.readUInt32BE(4)];
    return { width, height, tiff: output.subarray(8) };
  } catch (error) {
    if (!(error instanceof ChildFailed) || error.reason === "not started") throw error;
    if (error.reason === "time limit")
      throw broken(field, `decoding it takes more than ${TIME_LIMIT_MS / 1000} seconds`);
    if (error.exitCode === TOO_LARGE)
      throw new InvalidInput(
        field,
        "has too many pixels: as HEIC at most 120 megapixels are taken, and 16 that are not divided into tiles",
      );
    throw broken(field, "its image/heic cannot be decoded");
  }
}

const PROGRAM = fileURLToPath(new URL("./heic-child.ts", import.meta.url));
