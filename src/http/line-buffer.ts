import { writeSync } from "node:fs";

const FLUSH_BYTES = 64 * 1024;
const FLUSH_MS = 50;
/** Lines that nobody takes are given up beyond this, rather than the memory of the service. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

/**
 * Hands log lines to a file descriptor together, a few times a second: a system call for each line
 * costs more than making it. What is held is written when the process exits.
 */
export class LineBuffer {
  #lines = "";
  #held: Buffer = Buffer.alloc(0);
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(private readonly descriptor: number) {
    process.on("exit", () => this.flush());
  }

  write(line: string): void {
    this.#lines += line;
    if (this.#lines.length >= FLUSH_BYTES) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  flush(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    let rest = Buffer.concat([this.#held, Buffer.from(this.#lines)]);
    this.#lines = "";
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.descriptor, rest));
    } catch (error) {
      // A reader that is slow gets the rest later; one that is gone gets nothing.
      const slow = error instanceof Error && "code" in error && error.code === "EAGAIN";
      if (!slow || rest.length > MAX_HELD_BYTES) rest = Buffer.alloc(0);
      else this.#timer = setTimeout(() => this.flush(), FLUSH_MS);
    }
    this.#held = rest;
  }
}
