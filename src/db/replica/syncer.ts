import { Worker } from "node:worker_threads";

/** What the syncing thread is asked to do. */
export type CopyRequest = { id: number } & CopyTask;

type CopyTask =
  | { task: "check"; path: string }
  | { task: "open"; path: string; syncUrl: string; authToken: string }
  | { task: "sync" }
  | { task: "close" };

/** `error` is null when it is done. */
export interface CopyResponse {
  id: number;
  error: string | null;
}

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
}

/** The thread that follows the primary, and what it is asked. It is started when it is first needed. */
export class Syncer {
  #worker: Worker | null = null;
  #lastId = 0;
  readonly #waiting = new Map<number, Waiting>();

  /** Throws when the structure of the file is damaged. */
  async check(path: string): Promise<void> {
    await this.#ask({ task: "check", path });
  }

  /** Opens the copy, creating it if there is none. `syncUrl` is asked which protocol it speaks. */
  async open(path: string, primary: { syncUrl: string; authToken: string }): Promise<void> {
    await this.#ask({ task: "open", path, ...primary });
  }

  /** Brings the copy up to what the primary has now. */
  sync(): Promise<void> {
    return this.#ask({ task: "sync" });
  }

  /** Closes the copy; the thread stays. */
  async close(): Promise<void> {
    if (this.#worker !== null) await this.#ask({ task: "close" });
  }

  /** Gives the thread up, with what it was asked: it does not answer. The next task gets a new one. */
  abandon(): void {
    const worker = this.#worker;
    this.#fail("it does not answer");
    void worker?.terminate();
  }

  #fail(reason: unknown): void {
    this.#worker = null;
    for (const waiting of this.#waiting.values())
      waiting.reject(new Error(`the syncing thread has ended: ${reason}`));
    this.#waiting.clear();
  }

  #ask(task: CopyTask): Promise<void> {
    this.#worker ??= this.#start();
    const id = ++this.#lastId;
    const answer = new Promise<void>((resolve, reject) =>
      this.#waiting.set(id, { resolve, reject }),
    );
    this.#worker.postMessage({ id, ...task } satisfies CopyRequest);
    return answer;
  }

  #start(): Worker {
    const worker = new Worker(new URL("./sync-worker.ts", import.meta.url));
    worker.on("message", (response: CopyResponse) => {
      const waiting = this.#waiting.get(response.id);
      this.#waiting.delete(response.id);
      if (response.error === null) waiting?.resolve();
      else waiting?.reject(new Error(response.error));
    });
    const fail = (reason: unknown): void => {
      if (this.#worker === worker) this.#fail(reason);
    };
    worker.on("error", fail);
    worker.on("exit", fail);
    // A process that has nothing else to do may end.
    worker.unref();
    return worker;
  }
}
