import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { SocksClient } from "socks";
import { parseProxyUrl } from "../proxies/proxy-url.ts";

/**
 * An HTTP proxy on loopback that goes on through SOCKS5. It exists because the runtime's fetch
 * speaks to HTTP proxies only; pooling, TLS and HTTP stay the runtime's. It serves nobody but this
 * process: every request must carry a secret made at its start.
 */
export interface SocksBridge {
  /** The HTTP proxy URL that leads through a socks5 or socks5h proxy. */
  proxyUrlFor(socksUrl: string): string;
  close(): void;
}

const MAX_HEAD_BYTES = 64 * 1024;
const CONNECT_TIMEOUT_MS = 20_000;

interface Target {
  host: string;
  port: number;
  /** What goes to the target first: the rewritten head of a plain request, nothing for CONNECT. */
  head: Buffer;
  tunnel: boolean;
}

export async function createSocksBridge(): Promise<SocksBridge> {
  const secret = randomBytes(24).toString("hex");
  const proxies = new Map<string, string>();
  const idByUrl = new Map<string, string>();

  const server = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    readHead(socket, (head, rest) => {
      const socksUrl = authorize(head, secret, proxies);
      const target = parseTarget(head);
      if (!socksUrl) return refuse(socket, "407 Proxy Authentication Required");
      if (!target) return refuse(socket, "400 Bad Request");
      connect(socksUrl, target)
        .then((remote) => join(socket, remote, target, rest))
        // An answer to a plain request would pass for the upstream's, so there is none.
        .catch(() => (target.tunnel ? refuse(socket, "502 Bad Gateway") : socket.destroy()));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  server.unref();
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  return {
    proxyUrlFor(socksUrl) {
      let id = idByUrl.get(socksUrl);
      if (!id) {
        id = randomBytes(8).toString("hex");
        idByUrl.set(socksUrl, id);
        proxies.set(id, socksUrl);
      }
      // The runtime keeps tunnels apart by these credentials, so sessions never share one.
      return `http://${id}:${secret}@127.0.0.1:${port}`;
    },
    close: () => server.close(),
  };
}

/** Collects a request's head; what came after it is handed on as it is. */
function readHead(socket: Socket, done: (head: string, rest: Buffer) => void): void {
  let received = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk]);
    const end = received.indexOf("\r\n\r\n");
    if (end < 0) {
      if (received.length > MAX_HEAD_BYTES) refuse(socket, "431 Request Header Fields Too Large");
      return;
    }
    socket.off("data", onData);
    socket.pause();
    done(received.subarray(0, end).toString("latin1"), received.subarray(end + 4));
  };
  socket.on("data", onData);
}

function authorize(head: string, secret: string, proxies: Map<string, string>): string | null {
  const encoded = /^proxy-authorization:\s*basic\s+(\S+)/im.exec(head)?.[1] ?? "";
  const [id = "", given = ""] = Buffer.from(encoded, "base64").toString("latin1").split(":");
  const expected = Buffer.from(secret);
  const actual = Buffer.from(given);
  if (actual.length !== expected.length || !timingSafeEqual(actual, expected)) return null;
  return proxies.get(id) ?? null;
}

function parseTarget(head: string): Target | null {
  const [requestLine = "", ...lines] = head.split("\r\n");
  const [method = "", url = "", version = "HTTP/1.1"] = requestLine.split(" ");
  if (method === "CONNECT") {
    const parsed = URL.parse(`tcp://${url}`);
    return parsed
      ? {
          host: bare(parsed.hostname),
          port: Number(parsed.port),
          head: Buffer.alloc(0),
          tunnel: true,
        }
      : null;
  }
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "http:") return null;
  // One request a connection: the next one may be for another target, or of another session.
  const kept = lines.filter((line) => !/^(?:proxy-[\w-]+|connection):/i.test(line));
  const rewritten = [
    `${method} ${parsed.pathname}${parsed.search} ${version}`,
    ...kept,
    "Connection: close",
    "",
    "",
  ].join("\r\n");
  return {
    host: bare(parsed.hostname),
    port: Number(parsed.port || 80),
    head: Buffer.from(rewritten, "latin1"),
    tunnel: false,
  };
}

/** An IPv6 address without its brackets. */
const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");

async function connect(socksUrl: string, target: Target): Promise<Socket> {
  const proxy = parseProxyUrl(socksUrl);
  const { socket } = await SocksClient.createConnection({
    command: "connect",
    timeout: CONNECT_TIMEOUT_MS,
    proxy: {
      type: 5,
      host: proxy.host,
      port: proxy.port,
      ...(proxy.username === null
        ? {}
        : { userId: proxy.username, password: proxy.password ?? "" }),
    },
    // Names go to the proxy as they are, for socks5 too: a look-up here would go out past it.
    destination: { host: target.host, port: target.port },
  });
  return socket;
}

function join(client: Socket, remote: Socket, target: Target, rest: Buffer): void {
  const end = (): void => {
    client.destroy();
    remote.destroy();
  };
  client.on("error", end).on("close", end);
  remote.on("error", end).on("close", () => client.end());
  if (target.tunnel) client.write("HTTP/1.1 200 Connection established\r\n\r\n");
  else remote.write(target.head);
  if (rest.length > 0) remote.write(rest);
  client.pipe(remote);
  remote.pipe(client);
}

function refuse(socket: Socket, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}
