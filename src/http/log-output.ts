import SonicBoom from "sonic-boom";

/** Where log lines go. */
export interface LogOutput {
  write(line: string): void;
  /** Resolves when the lines so far are written, or when nobody has taken them for `limitMs`. */
  flush(limitMs: number): Promise<void>;
}

const STANDARD_OUTPUT = 1;
/** Lines are written together: a system call for each costs more than making the line. */
const FLUSH_BYTES = 32 * 1024;
const FLUSH_MS = 50;
const MAX_WRITE_BYTES = 64 * 1024;
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
    minLength: FLUSH_BYTES,
    maxWrite: MAX_WRITE_BYTES,
    periodicFlush: FLUSH_MS,
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

  // With each write the stream measures all it holds anew, so the lines of a turn are handed over
  // together.
  let held = "";
  const handOver = (): void => {
    if (held !== "") stream.write(held);
    held = "";
  };

  return {
    write(line) {
      if (held === "") setImmediate(handOver);
      held += line;
    },
    flush: (limitMs) =>
      new Promise((resolve) => {
        handOver();
        const timer = setTimeout(resolve, limitMs);
        const done = (): void => {
          clearTimeout(timer);
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
