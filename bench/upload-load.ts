import { connect } from "node:net";

/** `bun bench/upload-load.ts <plan.json>`: sends uploads, a few at a time. */
export interface UploadPlan {
  port: number;
  /** The heads of the requests, which take turns. */
  heads: string[];
  /** File with the body of each request. */
  bodyFile: string;
  uploads: number;
  atATime: number;
}

export interface UploadResult {
  milliseconds: number;
  /** The first answer that is no success; empty if there is none. */
  failure: string;
}

const PIECE_BYTES = 1024 * 1024;

if (import.meta.main) {
  const plan: UploadPlan = await Bun.file(Bun.argv[2] ?? "").json();
  const body = new Uint8Array(await Bun.file(plan.bodyFile).arrayBuffer());
  let begun = 0;
  let failure = "";
  const one = async (): Promise<void> => {
    while (begun < plan.uploads) {
      const head = plan.heads[begun++ % plan.heads.length] ?? "";
      const answer = await send(plan.port, head, body);
      if (!answer.startsWith("HTTP/1.1 200")) failure ||= answer || "no answer";
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: plan.atATime }, one));
  const result: UploadResult = { milliseconds: performance.now() - began, failure };
  console.log(JSON.stringify(result));
}

async function send(port: number, head: string, body: Uint8Array): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const { promise: answered, resolve } = Promise.withResolvers<string>();
  let onDrained = (): void => {};
  socket.on("error", () => resolve(""));
  socket.on("drain", () => onDrained());
  socket.on("close", () => onDrained());
  socket.on("data", (chunk) => resolve(chunk.toString("latin1")));
  await new Promise<void>((connected) => socket.once("connect", connected));
  socket.write(head);
  for (let at = 0; at < body.length && !socket.destroyed; at += PIECE_BYTES)
    if (!socket.write(body.subarray(at, at + PIECE_BYTES)))
      await new Promise<void>((done) => {
        onDrained = done;
      });
  const answer = await answered;
  socket.destroy();
  return answer;
}
