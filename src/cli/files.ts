import { open } from "node:fs/promises";
import { CommandFailed } from "./command.ts";

/** The file, after a check that it can be read. Throws CommandFailed. */
export async function readable(path: string): Promise<Blob> {
  try {
    // The first byte is read: a directory can be opened, but not read.
    const handle = await open(path);
    await handle.read(Buffer.alloc(1), 0, 1, 0).finally(() => handle.close());
    return Bun.file(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    const reason = code === "ENOENT" ? "there is no such file" : `it cannot be read (${code})`;
    throw new CommandFailed(`${path}: ${reason}`);
  }
}
