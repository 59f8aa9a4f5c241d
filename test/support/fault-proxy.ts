import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/*
 * Stands between the service and a libSQL server and makes the network or the database fail. It knows
 * the requests of Hrana over HTTP (JSON pipelines), so that it can count them and fail chosen ones;
 * everything else, such as the HTTP/2 of embedded replicas, passes as bytes. It lives in the process
 * that starts it: an embedded replica in the same thread would wait for it without end.
 */

/**
 * refuse: nobody listens. cut: the connection is closed before the request reaches the database.
 * stall: the request is taken, does not reach the database and is never answered. lose: the database
 * does it, and the connection is closed instead of the answer. lose_slowly: the same, but the
 * connection stays open without an answer. half: half of the answer, then the connection is closed.
 * With a status the proxy answers itself.
 */
export type Fault =
  | "refuse"
  | "cut"
  | "stall"
  | "lose"
  | "lose_slowly"
  | "half"
  | { status: number; body?: string; type?: string };

export interface FaultOptions {
  /** Only requests with such a statement fail; bytes that are no such request then pass. */
  only?: (sql: string) => boolean;
  /** So many requests or connections fail, then it heals; unless given, until heal(). */
  times?: number;
}

export interface FaultProxy {
  /** For DATABASE_URL and DATABASE_SYNC_URL. */
  url: string;
  /** Added to each direction, in milliseconds. */
  latencyMs: number;
  /** HTTP requests so far: round trips of a remote database. */
  requests: number;
  /** The statements in them, without BEGIN, COMMIT and ROLLBACK. */
  statements: string[];
  /** Requests and connections that failed as they were told to. */
  failed: number;
  /** Open connections to it. */
  readonly connections: number;
  fail(fault: Fault, options?: FaultOptions): Promise<void>;
  /** Everything passes again. What was stalled stays so: its connections are closed. */
  heal(): Promise<void>;
  /** Closes all open connections. */
  cut(): void;
  /** Resolves when so many requests have come since the proxy started. */
  whenRequests(count: number): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A proxy before the server at this port of 127.0.0.1. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let active: { fault: Fault; options: FaultOptions; left: number } | null = null;
  const open = new Set<Socket>();
  const stalled = new Set<Socket>();
  let waiting: { count: number; resolve: () => void }[] = [];
  let server: Server | null = null;
  let port = 0;

  /** The fault that this request or these bytes meet, null where they pass. */
  function faultFor(statements: readonly string[] | null): Fault | null {
    if (active === null) return null;
    const { only } = active.options;
    if (only !== undefined && !(statements?.some(only) ?? false)) return null;
    const { fault } = active;
    proxy.failed++;
    if (--active.left === 0) active = null;
    return fault;
  }

  function count(statements: readonly string[]): void {
    proxy.requests++;
    proxy.statements.push(...statements.filter((sql) => !/^(BEGIN|COMMIT|ROLLBACK)\b/i.test(sql)));
    for (const { resolve } of waiting.filter((one) => one.count <= proxy.requests)) resolve();
    waiting = waiting.filter((one) => one.count > proxy.requests);
  }

  function serve(client: Socket): void {
    const remote = connect(targetPort, "127.0.0.1");
    /** What becomes of the bytes that the database sends. */
    let answers: Fault | null = null;
    const end = (): void => {
      client.destroy();
      remote.destroy();
      open.delete(client);
      stalled.delete(client);
    };
    open.add(client);
    client.setNoDelay(true);
    remote.setNoDelay(true);
    for (const socket of [client, remote]) socket.on("error", end).on("close", end);
    const toDatabase = delayed(proxy, remote);
    const toClient = delayed(proxy, client);

    const meet = (fault: Fault | null, bytes: Buffer): void => {
      answers = fault;
      if (fault === "refuse" || fault === "cut") end();
      else if (fault === "stall") stalled.add(client);
      else if (fault !== null && typeof fault === "object") toClient(ownAnswer(fault));
      else {
        if (fault === "lose_slowly") stalled.add(client);
        toDatabase(bytes);
      }
    };
    const onRequest = requestReader((bytes, statements) => {
      // A stalled connection takes everything and answers nothing.
      if (stalled.has(client)) return;
      if (statements !== null) count(statements);
      meet(faultFor(statements), bytes);
    });
    client.on("data", onRequest);
    remote.on("data", (bytes: Buffer) => {
      if (answers === "lose_slowly" || answers === "stall") return;
      if (answers === "lose") end();
      else if (answers === "half") {
        client.end(bytes.subarray(0, bytes.length >> 1));
        remote.destroy();
      } else toClient(bytes);
    });
  }

  async function listen(): Promise<void> {
    const listening = createServer(serve);
    await new Promise<void>((resolve, reject) => {
      listening.once("error", reject).listen(port, "127.0.0.1", resolve);
    });
    server = listening;
    port = (listening.address() as AddressInfo).port;
  }

  function cut(sockets: Iterable<Socket> = open): void {
    for (const socket of [...sockets]) socket.destroy();
  }

  async function stopListening(): Promise<void> {
    const listening = server;
    server = null;
    if (listening === null) return;
    const closed = new Promise((resolve) => listening.close(resolve));
    cut();
    await closed;
  }

  const proxy: FaultProxy = {
    url: "",
    latencyMs: 0,
    requests: 0,
    statements: [],
    failed: 0,
    get connections() {
      return open.size;
    },
    async fail(fault, options = {}) {
      active = { fault, options, left: options.times ?? Number.POSITIVE_INFINITY };
      if (fault === "refuse") await stopListening();
    },
    async heal() {
      active = null;
      cut(stalled);
      if (server === null) await listen();
    },
    cut: () => cut(),
    whenRequests: (count) =>
      proxy.requests >= count
        ? Promise.resolve()
        : new Promise((resolve) => waiting.push({ count, resolve })),
    [Symbol.asyncDispose]: stopListening,
  };
  await listen();
  proxy.url = `http://127.0.0.1:${port}`;
  return proxy;
}

/** Writes to a socket after the latency of that moment, in order. */
function delayed(proxy: { latencyMs: number }, socket: Socket): (bytes: Buffer | string) => void {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const write = (bytes: Buffer | string): void => {
    if (!socket.destroyed) socket.write(bytes);
  };
  return (bytes) => {
    if (waiting === 0 && proxy.latencyMs === 0) return write(bytes);
    waiting++;
    const due = performance.now() + proxy.latencyMs;
    last = last.then(async () => {
      await Bun.sleep(Math.max(0, due - performance.now()));
      waiting--;
      write(bytes);
    });
  };
}

function ownAnswer({ status, body = "no", type = "text/plain" }: Exclude<Fault, string>): string {
  return [
    `HTTP/1.1 ${status} Of the proxy`,
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}

/**
 * Puts HTTP/1.1 requests together, and hands each over with its statements; null for bytes that are
 * not such requests.
 */
function requestReader(
  onRequest: (bytes: Buffer, statements: string[] | null) => void,
): (chunk: Buffer) => void {
  let received: Buffer = Buffer.alloc(0);
  let isOpaque = false;
  return (chunk) => {
    if (isOpaque) return onRequest(chunk, null);
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    while (received.length > 0) {
      const headEnd = received.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const head = received.toString("latin1", 0, headEnd);
      const bodyBytes = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      const isUnknown = /^transfer-encoding:/im.test(head) || /^PRI \* HTTP\/2/.test(head);
      const end = isUnknown ? received.length : headEnd + 4 + bodyBytes;
      if (received.length < end) return;
      const bytes = received.subarray(0, end);
      received = received.subarray(end);
      isOpaque = isUnknown;
      onRequest(bytes, isUnknown ? null : statementsOf(bytes.toString("utf8", headEnd + 4)));
    }
  };
}

interface PipelineRequest {
  sql?: string;
  sql_id?: number;
  stmt?: { sql?: string; sql_id?: number };
  batch?: { steps: { stmt: { sql?: string; sql_id?: number } }[] };
}

function statementsOf(body: string): string[] {
  let requests: PipelineRequest[];
  try {
    requests = JSON.parse(body).requests ?? [];
  } catch {
    return [];
  }
  const stored = new Map<number, string>();
  return requests.flatMap(({ sql, sql_id, stmt, batch }) => {
    if (sql !== undefined && sql_id !== undefined) {
      stored.set(sql_id, sql);
      return [];
    }
    const all = [...(stmt ? [stmt] : []), ...(batch?.steps.map((step) => step.stmt) ?? [])];
    return all.map((one) => one.sql ?? stored.get(one.sql_id ?? -1) ?? "");
  });
}
