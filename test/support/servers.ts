import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { FakeInstagram } from "./fake-instagram.ts";

/** Certificate and key of `localhost`, signed by itself; for tests only. */
export const CERTIFICATE_FILE = join(import.meta.dir, "localhost.cert.pem");
export const tls = {
  cert: readFileSync(CERTIFICATE_FILE, "utf8"),
  key: readFileSync(join(import.meta.dir, "localhost.key.pem"), "utf8"),
};

/** The fake of Instagram at an address, for what stands in the place of every host of it. */
export interface InstagramServer {
  origin: string;
  instagram: FakeInstagram;
  [Symbol.dispose](): void;
}

/**
 * Serves the fake on loopback, over https where that is wanted. What no script answers is as for live
 * keys, or the emulator's with `sandbox`.
 */
export function startInstagram({ secure = false, sandbox = false } = {}): InstagramServer {
  const instagram = new FakeInstagram();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    ...(secure ? { tls } : {}),
    fetch: async (request, self) => {
      if (sandbox) return instagram.sandbox.handle(request);
      const { method, url, signal } = request;
      const headers = Object.fromEntries(request.headers);
      const body = method === "POST" ? await request.text() : null;
      const fromPort = self.requestIP(request)?.port ?? 0;
      return instagram.serve({ method, url, headers, body, proxy: null, fromPort, signal });
    },
  });
  const origin = `${secure ? "https" : "http"}://localhost:${server.port}`;
  return { origin, instagram, [Symbol.dispose]: () => void server.stop(true) };
}

/** What a proxy was asked to do. */
export interface Tunnel {
  /** Credentials as `user:password`, "" for none. */
  credentials: string;
  target: string;
  /** Port of the connection that goes on from the proxy. */
  port: number;
}

export interface TestProxy {
  port: number;
  tunnels: Tunnel[];
  /** Requests turned away for their credentials. */
  refused: number;
  [Symbol.dispose](): void;
}

/** A server of raw sockets that ends with all of its connections. */
export async function listen(
  onSocket: (socket: Socket) => void,
  secure = false,
): Promise<{
  port: number;
  [Symbol.dispose](): void;
}> {
  const open = new Set<Socket>();
  const state = { port: 0, [Symbol.dispose]: () => end() };
  const serve = (socket: Socket): void => {
    open.add(socket);
    socket.on("error", () => socket.destroy()).on("close", () => open.delete(socket));
    onSocket(socket);
  };
  const server: Server = secure ? createTlsServer(tls, serve) : createServer(serve);
  const end = (): void => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  state.port = (server.address() as AddressInfo).port;
  return state;
}

/**
 * How a proxy fails a connection: it closes it at once, does not take the credentials, cannot look the
 * target up, or takes it and closes it when the first bytes come, in the middle of the answer, or is
 * just slow.
 */
export type ProxyFault = "closed" | "credentials" | "unknown" | "reset" | "cut" | "slow";

const noFault = (): ProxyFault | null => null;

/**
 * An HTTP proxy: CONNECT, and plain requests in absolute form. `accepts` null takes anybody. `fault`
 * is asked at each connection.
 */
export async function startHttpProxy(
  accepts: readonly string[] | null,
  secure = false,
  fault = noFault,
): Promise<TestProxy> {
  const proxy = { tunnels: [] as Tunnel[], refused: 0 };
  const server = await listen((socket) => {
    const failing = fault();
    if (failing === "closed") return void socket.destroy();
    readUntil(socket, "\r\n\r\n", (head, rest) => {
      const encoded = /^proxy-authorization: basic (\S+)/im.exec(head)?.[1] ?? "";
      const credentials = Buffer.from(encoded, "base64").toString();
      if (failing === "unknown")
        return void socket.end("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
      if (failing === "credentials" || (accepts && !accepts.includes(credentials))) {
        proxy.refused++;
        return void socket.end(
          "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        );
      }
      const [, method = "", target = ""] = /^(\w+) (\S+)/.exec(head) ?? [];
      const url = method === "CONNECT" ? new URL(`http://${target}`) : new URL(target);
      void goOn(
        socket,
        Number(url.port || 80),
        (remote) => {
          proxy.tunnels.push({ credentials, target: url.host, port: remote.localPort ?? 0 });
          if (method === "CONNECT") socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
          else remote.write(`${head.replace(target, url.pathname + url.search)}\r\n\r\n`);
          if (rest.length > 0) remote.write(rest);
        },
        failing,
      );
    });
  }, secure);
  return Object.assign(proxy, { port: server.port, [Symbol.dispose]: server[Symbol.dispose] });
}

/** The same proxy, reached over TLS. */
export const startHttpsProxy = (accepts: readonly string[] | null): Promise<TestProxy> =>
  startHttpProxy(accepts, true);

/** A SOCKS5 proxy (RFC 1928, 1929); names are taken as names. `accepts` null takes anybody. */
export async function startSocksProxy(
  accepts: readonly string[] | null,
  fault = noFault,
): Promise<TestProxy> {
  const proxy = { tunnels: [] as Tunnel[], refused: 0 };
  const server = await listen((socket) => {
    const failing = fault();
    if (failing === "closed") socket.destroy();
    else void serveSocks(socket, accepts, proxy, failing);
  });
  return Object.assign(proxy, { port: server.port, [Symbol.dispose]: server[Symbol.dispose] });
}

async function serveSocks(
  socket: Socket,
  accepts: readonly string[] | null,
  proxy: { tunnels: Tunnel[]; refused: number },
  failing: ProxyFault | null,
): Promise<void> {
  const read = byteReader(socket);
  const [, methodCount = 0] = await read(2);
  const methods = await read(methodCount);
  let credentials = "";
  if (accepts === null) socket.write(Buffer.from([5, 0]));
  else if (!methods.includes(2)) {
    proxy.refused++;
    return void socket.end(Buffer.from([5, 0xff]));
  } else {
    socket.write(Buffer.from([5, 2]));
    const user = await read((await read(2))[1] ?? 0);
    const password = await read((await read(1))[0] ?? 0);
    credentials = `${user}:${password}`;
    if (failing === "credentials" || !accepts.includes(credentials)) {
      proxy.refused++;
      return void socket.end(Buffer.from([1, 1]));
    }
    socket.write(Buffer.from([1, 0]));
  }
  const [, , , kind] = await read(4);
  const host = kind === 3 ? String(await read((await read(1))[0] ?? 0)) : (await read(4)).join(".");
  const port = (await read(2)).readUInt16BE(0);
  const rest = read.stop();
  // The host cannot be reached.
  if (failing === "unknown") return void socket.end(Buffer.from([5, 4, 0, 1, 0, 0, 0, 0, 0, 0]));
  await goOn(
    socket,
    port,
    (remote) => {
      proxy.tunnels.push({ credentials, target: `${host}:${port}`, port: remote.localPort ?? 0 });
      socket.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
      if (rest.length > 0) remote.write(rest);
    },
    failing,
  );
}

const SLOW_MS = 150;
/** Within what the upstream sends for TLS and an answer. */
const CUT_BYTES = 2_000;

/** All targets in tests are on loopback. */
async function goOn(
  socket: Socket,
  port: number,
  onConnect: (remote: Socket) => void,
  failing: ProxyFault | null,
): Promise<void> {
  if (failing === "slow") await Bun.sleep(SLOW_MS);
  const remote = connect(port, "127.0.0.1", () => {
    onConnect(remote);
    if (failing === "reset") socket.once("data", () => socket.destroy());
    let passed = 0;
    if (failing === "cut")
      remote.on("data", (chunk) => {
        passed += chunk.length;
        if (passed > CUT_BYTES) socket.destroy();
      });
    socket.pipe(remote).pipe(socket);
  });
  remote.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("close", () => remote.destroy());
}

function readUntil(socket: Socket, mark: string, done: (head: string, rest: Buffer) => void): void {
  let received = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf(mark);
    if (end < 0) return;
    socket.off("data", onData);
    socket.pause();
    done(received.subarray(0, end).toString("latin1"), received.subarray(end + mark.length));
  };
  socket.on("data", onData);
}

interface ByteReader {
  (count: number): Promise<Buffer>;
  /** Ends the reading; what came too early is handed back. */
  stop(): Buffer;
}

function byteReader(socket: Socket): ByteReader {
  let received = Buffer.alloc(0);
  let wake = (): void => {};
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    wake();
  };
  socket.on("data", onData);
  const read = async (count: number): Promise<Buffer> => {
    while (received.length < count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    const taken = received.subarray(0, count);
    received = received.subarray(count);
    return taken;
  };
  return Object.assign(read, {
    stop: () => {
      socket.off("data", onData).pause();
      return received;
    },
  });
}

/** A port on which nobody listens. */
export async function deadPort(): Promise<number> {
  const server = await listen(() => {});
  server[Symbol.dispose]();
  return server.port;
}
