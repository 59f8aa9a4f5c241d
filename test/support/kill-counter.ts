import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** How long a request and its answer are held, at the most. */
const HELD_MS = 12;
/** How many of the answers to writes are lost on their way to the service. */
const LOST = 0.03;

/** A write as it goes past. */
export interface Counted {
  /** The text or title that nothing else has, or the id of a post. */
  readonly about: string;
  /** How often a request with it was sent on to the emulator. */
  sent: number;
  /** Whether an answer to it was lost. */
  interrupted: boolean;
}

/** Stands between the service and the emulator. */
export interface Counter {
  origin: string;
  watch(write: Counted): void;
  stop(): void;
}

/** What a request is about. */
const ABOUT = /\bw\d+e\b|\b\d+_25025320\b/;

/**
 * Passes requests on to the emulator, and counts those of each write. Requests and answers are held
 * back for a moment, so that kills meet every stage, and some answers are lost.
 */
export async function startCounter(emulator: string): Promise<Counter> {
  const writes = new Map<string, Counted>();
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "GET", url = "" } = request;
    const body = method === "GET" ? null : await buffer(request);
    await Bun.sleep(Math.random() * HELD_MS);
    const isForm = request.headers["content-type"]?.includes("form-urlencoded");
    const fields = isForm && body ? decodeURIComponent(body.toString()) : "";
    const about = method === "GET" ? null : ABOUT.exec(`${url} ${fields}`);
    const write = writes.get(about?.[0] ?? "");
    if (write) write.sent++;
    const headers = new Headers(request.headers as Record<string, string>);
    headers.delete("host");
    const answer = await fetch(emulator + url, { method, headers, ...(body ? { body } : {}) });
    const bytes = Buffer.from(await answer.arrayBuffer());
    await Bun.sleep(Math.random() * HELD_MS);
    if (write && Math.random() < LOST) {
      write.interrupted = true;
      if (Math.random() < 0.5) request.socket.destroy();
      else response.writeHead(502, { "Content-Type": "text/html" }).end("<html>");
      return;
    }
    const passed = [...answer.headers].filter(([name]) => !OF_THE_CONNECTION.has(name)).flat();
    response.writeHead(answer.status, [...passed, "content-length", String(bytes.length)]);
    response.end(bytes);
  };
  const server = createServer((request, response) => {
    // The service was killed before it had sent all, or the emulator has ended with the run.
    pass(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    watch: (write) => void writes.set(write.about, write),
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const OF_THE_CONNECTION = new Set([
  "content-encoding",
  "content-length",
  "transfer-encoding",
  "connection",
  "date",
]);
