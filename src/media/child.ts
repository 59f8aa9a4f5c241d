import { type SpawnOptions, spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { CallerGone } from "../instagram/errors.ts";

export interface ChildTask {
  command: string;
  arguments: readonly string[];
  /** Where `command` is looked for, as in PATH. The child knows nothing else of our environment. */
  searchPath: string;
  /** Written to its standard input. */
  input?: Uint8Array;
  /** Open files that it finds as descriptors 3 and up. */
  files?: readonly number[];
  /** It is ended after that long. */
  timeLimitMs: number;
  /** It is ended if it prints more. */
  maxOutputBytes: number;
  /** It is ended when nobody waits for it any more. */
  signal: AbortSignal | null;
}

/** A program did not do what it was started for. */
export class ChildFailed extends Error {
  constructor(
    readonly reason: "not started" | "time limit" | "output limit" | "ended",
    message: string,
    /** Null if it did not end by itself. */
    readonly exitCode: number | null = null,
  ) {
    super(message);
  }
}

/** Runs another program, without a shell and behind everything else, and resolves with what it prints. Throws ChildFailed, CallerGone. */
export async function runChild(task: ChildTask): Promise<Buffer> {
  const stdio: SpawnOptions["stdio"] = ["pipe", "pipe", "ignore", ...(task.files ?? [])];
  const child = spawn(task.command, task.arguments, {
    cwd: "/",
    env: { PATH: task.searchPath },
    stdio,
  });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const output: Buffer[] = [];
  let length = 0;
  const end = (failure: Error): void => {
    child.kill("SIGKILL");
    reject(failure);
  };
  const timer = setTimeout(
    () => end(new ChildFailed("time limit", `took more than ${task.timeLimitMs} ms`)),
    task.timeLimitMs,
  );
  const onAbort = (): void => end(new CallerGone());
  task.signal?.addEventListener("abort", onAbort);
  child.on("error", (error) => reject(new ChildFailed("not started", error.message)));
  child.on("spawn", () => yieldToOthers(child.pid));
  child.stdout?.on("data", (piece: Buffer) => {
    length += piece.length;
    if (length <= task.maxOutputBytes) output.push(piece);
    else end(new ChildFailed("output limit", `printed more than ${task.maxOutputBytes} bytes`));
  });
  child.on("close", (code, signal) => {
    if (code === 0) resolve(Buffer.concat(output));
    else reject(new ChildFailed("ended", `ended with ${code ?? signal}`, code));
  });
  // It may end without reading everything: how it ends tells enough.
  child.stdin?.on("error", () => {});
  child.stdin?.end(task.input);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    task.signal?.removeEventListener("abort", onAbort);
  }
}

/** The work of requests comes first. */
function yieldToOthers(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It has ended already, or the system does not allow it.
  }
}
