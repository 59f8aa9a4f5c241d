import { connect } from "node:net";
import type { FlyMachine } from "./fly-machines.ts";

/**
 * "Requests larger than 1MB cannot be replayed." Open: which of the two megabytes; this is the smaller
 * one.
 */
export const REPLAYED_BYTES = 1_000_000;

/** A request's body: kept as far as it can be replayed. */
export interface Body {
  /** Whether all of it is here, so that it can be sent again. */
  isWhole: boolean;
  /** Null where there is none. */
  open(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null;
}

/** Reads the body up to what can be replayed; the rest of a longer one passes through. */
export async function takeBody(request: Request): Promise<Body> {
  if (request.body === null) return { isWhole: true, open: () => null };
  const reader = request.body.getReader();
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  while (bytes <= REPLAYED_BYTES) {
    const { done, value } = await reader.read();
    if (done) {
      const whole = new Uint8Array(Buffer.concat(pieces));
      return { isWhole: true, open: () => whole };
    }
    pieces.push(value);
    bytes += value.length;
  }
  return {
    isWhole: false,
    open: () =>
      new ReadableStream<Uint8Array>({
        async pull(controller) {
          const kept = pieces.shift();
          if (kept !== undefined) return controller.enqueue(kept);
          const { done, value } = await reader.read();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: (reason) => reader.cancel(reason),
      }),
  };
}

/**
 * Sends a request to a machine. refused: nobody listens, and nothing was sent. cut: the connection broke
 * before there was an answer. timeout: no answer within `answerWithinMs`, null for any time.
 */
export async function deliver(
  machine: FlyMachine,
  request: Request,
  headers: Headers,
  body: Body,
  answerWithinMs: number | null,
): Promise<Response | "refused" | "cut" | "timeout"> {
  // The body of a long request can be read only once.
  if (!body.isWhole && !(await takesConnections(machine.port))) return "refused";
  const { pathname, search } = new URL(request.url);
  const content = body.open();
  const timeout = answerWithinMs === null ? [] : [AbortSignal.timeout(answerWithinMs)];
  const signal = AbortSignal.any([request.signal, ...timeout]);
  try {
    return await fetch(`http://127.0.0.1:${machine.port}${pathname}${search}`, {
      method: request.method,
      headers,
      ...(content === null ? {} : { body: content }),
      redirect: "manual",
      decompress: false,
      // A connection of its own, so that it can be told whether anything was sent.
      keepalive: false,
      signal,
    });
  } catch (error) {
    if (timeout.some(({ aborted }) => aborted)) return "timeout";
    return (error as { code?: unknown }).code === "ECONNREFUSED" ? "refused" : "cut";
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
