import SonicBoom from "sonic-boom";

/** The output of log lines. */
export interface LogOutput {
  write(line: string): void;
  /** Resolves when all lines so far are written, at the latest after `limitMs`. */
  flush(limitMs: number): Promise<void>;
}

const STANDARD_OUTPUT = 1;
/** Lines are written in batches: a system call for each would cost more than the line itself. */
const BATCH_CHARACTERS = 32 * 1024;
const LONGEST_HELD_MS = 50;
/** If the reader takes no lines, further ones are dropped beyond this size, to save memory. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/**
 * Standard output, written in the background: a slow, stuck or closed reader or a full disk neither
 * blocks nor ends the process. Lines without room are dropped and counted, and the count is written
 * when there is room again.
 */
export function openLogOutput(descriptor = STANDARD_OUTPUT): LogOutput {
  const stream = new SonicBoom({
    fd: descriptor,
    sync: false,
    // It writes at once what it gets: with batches of its own it measures all held lines for each
    // new one.
    minLength: 1,
    maxLength: MAX_HELD_BYTES,
  });
  let dropped = 0;
  stream.on("drop", (lines: string) => {
    dropped += lines.split("\n").length - 1;
  });
  stream.on("drain", () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    stream.write(`${lostLine(lines)}\n`);
  });
  // The stream keeps the lines and tries again with the next ones. There is nowhere to report the
  // error.
  stream.on("error", () => {});

  let held = "";
  let timer: ReturnType<typeof setTimeout> | null = null;
  const writeHeld = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (held !== "") stream.write(held);
    held = "";
  };

  return {
    write(line) {
      held += line;
      if (held.length >= BATCH_CHARACTERS) writeHeld();
      else timer ??= setTimeout(writeHeld, LONGEST_HELD_MS);
    },
    flush: (limitMs) =>
      new Promise((resolve) => {
        writeHeld();
        const limit = setTimeout(resolve, limitMs);
        const done = (): void => {
          clearTimeout(limit);
          resolve();
        };
        stream.once("error", done);
        stream.flush(done);
      }),
  };
}

/** The line that reports lost lines, in the logger's format. */
const lostLine = (lines: number): string =>
  JSON.stringify({
    level: "warn",
    time: new Date().toISOString(),
    dropped: lines,
    msg: "log lines were dropped: they were not read in time",
  });
