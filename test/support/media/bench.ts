import type { SavedFile } from "../../../src/files/saved-file.ts";
import type { FileScope } from "../../../src/files/spool.ts";
import type { FileBytes } from "../../../src/instagram/upload/files.ts";
import { createMediaTools } from "../../../src/media/create-media-tools.ts";
import type { MediaTools } from "../../../src/media/media-tools.ts";
import { testFiles } from "../spool.ts";

/** The tools for media, and a place for files that callers send. */
export interface MediaBench extends AsyncDisposable {
  tools: MediaTools;
  files: FileScope;
  save(bytes: Uint8Array, name?: string): Promise<SavedFile>;
}

/** `ffmpeg`: a program to use in place of the machine's own; null forbids it. */
export function mediaBench(options: { ffmpeg?: string | null } = {}): MediaBench {
  const command = options.ffmpeg === undefined ? "ffmpeg" : options.ffmpeg;
  const ffmpeg = command === null ? null : { command, searchPath: process.env.PATH ?? "" };
  const files = testFiles();
  return {
    tools: createMediaTools({ ffmpeg }),
    files,
    save: (bytes, name = "") => files.save(inPieces(bytes), { name, type: "" }, LIMIT),
    [Symbol.asyncDispose]: () => files.close(),
  };
}

const LIMIT = { maxBytes: Number.POSITIVE_INFINITY, tooLarge: () => new Error("too large") };

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

export const bytesOf = async (file: FileBytes): Promise<Uint8Array<ArrayBuffer>> =>
  new Uint8Array(await new Response(file.stream()).arrayBuffer());
