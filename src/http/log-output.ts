import SonicBoom from "sonic-boom";

/** Where log lines go. */
export interface LogOutput {
  write(line: string): void;
  /** Resolves when the lines so far are written, or when nobody has taken them for `limitMs`. */
  flush(limitMs: number): Promise<void>;
}

const STANDARD_OUTPUT = 1;
/** Lines are written together: a system call for each costs more than making the line. */
const WRITTEN_TOGETHER = 32 * 1024;
const LONGEST_HELD_MS = 50;
/** Lines that nobody takes are given up beyond this, rather than the memory of the service. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

/**
 * Standard output, written in the background: a reader that is slow, stuck or gone, and a full disk,
 * neither hold up the process nor end it. Lines that find no room are counted, and the count is
 * written when there is room again.
 */
export function openLogOutput(descriptor = STANDARD_OUTPUT): LogOutput {
  const stream = new SonicBoom({
    fd: descriptor,
    sync: false,
    // What it gets is written at once. Its own way to hold lines measures all of them with each one.
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
  // The lines stay held and are tried again with the next ones: there is nowhere to tell of it.
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
      if (held.length >= WRITTEN_TOGETHER) writeHeld();
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

/** Written past the logger, in its format: the logger has lost lines. */
const lostLine = (lines: number): string =>
  JSON.stringify({
    level: "warn",
    time: new Date().toISOString(),
    dropped: lines,
    msg: "log lines were dropped: they were not read in time",
  });
