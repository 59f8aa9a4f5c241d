import { join } from "node:path";
import { project } from "./source.ts";

/** How long a test waits for something that must happen; long, so that slow machines do not fail it. */
export const LONG_MS = 120_000;

/** A process of this project, with what it has printed so far. */
export interface RunningProcess {
  pid: number;
  out(): string;
  err(): string;
  /** Resolves with the first match in what it prints; rejects when it ends without. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves with the exit code when it has ended and all its output is here. */
  ended(): Promise<number>;
  kill(signal?: NodeJS.Signals): void;
}

export type Environment = Record<string, string | undefined>;

/** Starts `bun <args>` with nothing of this process's environment but what finding programs needs. */
export function startProcess(args: string[], env: Environment, cwd = project): RunningProcess {
  return startCommand([process.execPath, ...args], env, cwd);
}

/** Starts any program in the same way. */
export function startCommand(command: string[], env: Environment, cwd = project): RunningProcess {
  const child = Bun.spawn(command, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  let out = "";
  let err = "";
  const waiting = new Set<() => void>();
  const collect = async (stream: ReadableStream<Uint8Array>, add: (text: string) => void) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      add(decoder.decode(chunk, { stream: true }));
      for (const look of waiting) look();
    }
  };
  const collected = Promise.all([
    collect(child.stdout, (text) => {
      out += text;
    }),
    collect(child.stderr, (text) => {
      err += text;
    }),
  ]);
  const ended = async (): Promise<number> => {
    await collected;
    return child.exited;
  };
  return {
    pid: child.pid,
    out: () => out,
    err: () => err,
    ended,
    kill: (signal = "SIGKILL") => child.kill(signal),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(out);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
        void ended().then((code) => reject(new Error(`it ended with ${code}:\n${out}\n${err}`)));
      }),
  };
}

export const SECRETS = {
  ENCRYPTION_KEYS: "5a".repeat(32),
  ADMIN_TOKEN: "an-operator-token-of-some-length",
};

/** The environment of a production start in a directory. */
export function productionEnvironment(directory: string): Environment {
  return {
    ...SECRETS,
    NODE_ENV: "production",
    DATABASE_URL: `file:${join(directory, "gramway.db")}`,
  };
}
