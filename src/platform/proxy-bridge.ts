import { createServer, type Socket } from "node:net";
import { ProxyFailed } from "../instagram/client.ts";
import { type ProxyUrl, parseProxyUrl } from "../proxies/proxy-url.ts";
import { HeadTooLong, readHead } from "./http-head.ts";
import {
  authorityOf,
  authorizationLine,
  type ConnectOptions,
  connectToProxy,
  openTunnel,
  ProxySilent,
  type Target,
  type Tunnel,
} from "./proxy-connection.ts";
import { createSeal } from "./seal.ts";

/**
 * An HTTP proxy on loopback that goes on through the proxies of sessions: http, https and SOCKS5. The
 * runtime's fetch keeps pooling, TLS to the upstream and HTTP; this side makes the connections, since
 * fetch has no SOCKS, would look names up by itself, and does not tell a proxy that keeps silent or
 * answers in the upstream's place from the upstream.
 *
 * It serves nobody but this process and remembers no proxy: each request brings its proxy along,
 * sealed with a key made at the start.
 */
export interface ProxyBridge {
  /** The HTTP proxy URL that leads through a proxy; the same one for the same proxy. */
  urlFor(proxyUrl: string): string;
  /** Why the proxy failed, from what fetch threw or answered; null when it was not the proxy. */
  failureIn(outcome: unknown): ProxyFailed | null;
  close(): void;
}

/** The header that marks what the bridge answers itself; its value is known to this process only. */
const MARK_HEADER = "gramway-bridge";
/** Of a plain request: what is meant for the connection or the proxy, and not for the target. */
const HOP_HEADER = /^(?:proxy-[\w-]+|connection|keep-alive):/i;

interface Asked {
  target: Target;
  /** Null for CONNECT, the request's line and headers otherwise. */
  plain: { method: string; url: URL; version: string; headers: string[] } | null;
}

export async function createProxyBridge(options: ConnectOptions): Promise<ProxyBridge> {
  const seal = createSeal();
  const mark = seal.close("answered by the bridge");

  const server = createServer((client) => {
    client.on("error", () => client.destroy());
    readHead(client, (head, rest) => {
      if (head instanceof HeadTooLong) return refuse(client, "431 Request Header Fields Too Large");
      const proxyUrl = seal.open(sealedIn(head));
      if (proxyUrl === null) return refuse(client, "407 Proxy Authentication Required");
      const asked = parseRequest(head);
      if (!asked) return refuse(client, "400 Bad Request");
      goOn(client, parseProxyUrl(proxyUrl), asked, rest, options).catch((error: unknown) => {
        const cause = error instanceof ProxyFailed ? error.message : "failed";
        refuse(client, `502 ${printable(cause)}`, asked.plain ? `${MARK_HEADER}: ${mark}\r\n` : "");
      });
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
    // The runtime keeps tunnels apart by these credentials, so sessions never share one.
    urlFor: (proxyUrl) => `http://${seal.close(proxyUrl)}:x@127.0.0.1:${port}`,
    failureIn(outcome) {
      if (outcome instanceof Response)
        return outcome.headers.get(MARK_HEADER) === mark
          ? new ProxyFailed(outcome.statusText)
          : null;
      // The runtime's error quotes the reason that the tunnel was refused with.
      if (!(outcome instanceof Error && "code" in outcome && outcome.code === "ERR_PROXY_TUNNEL"))
        return null;
      const status = /: \d{3} /.exec(outcome.message);
      return new ProxyFailed(
        status ? outcome.message.slice(status.index + status[0].length) : "refused a tunnel",
      );
    },
    close: () => server.close(),
  };
}

function sealedIn(head: string): string {
  const encoded = /^proxy-authorization: *basic +(\S+)/im.exec(head)?.[1] ?? "";
  const credentials = Buffer.from(encoded, "base64").toString("latin1");
  return /^([\w-]+):x$/.exec(credentials)?.[1] ?? "";
}

function parseRequest(head: string): Asked | null {
  const [requestLine = "", ...lines] = head.split("\r\n");
  const [method = "", address = "", version = "HTTP/1.1"] = requestLine.split(" ");
  const tunnel = method === "CONNECT";
  const url = URL.parse(tunnel ? `tcp://${address}` : address);
  if (!url || url.hostname === "" || !(tunnel || url.protocol === "http:")) return null;
  const target = {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || 80),
  };
  const headers = lines.filter((line) => !HOP_HEADER.test(line));
  return { target, plain: tunnel ? null : { method, url, version, headers } };
}

/** Connects `client` through the proxy to what it asked for. Throws ProxyFailed. */
async function goOn(
  client: Socket,
  proxy: ProxyUrl,
  asked: Asked,
  rest: Buffer,
  options: ConnectOptions,
): Promise<void> {
  const { target, plain } = asked;
  if (!plain) {
    const { socket: remote, rest: early } = await openTunnel(proxy, target, options);
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (early.length > 0) client.write(early);
    else endWhenSilent(client, remote, options.timeoutMs);
    if (rest.length > 0) remote.write(rest);
    return join(client, remote);
  }
  // One request a connection: the next one may be for another target, or of another session.
  const headers = [...plain.headers, "Connection: close", "", ""].join("\r\n");
  const path = `${plain.url.pathname}${plain.url.search}`;
  if (proxy.scheme === "socks5" || proxy.scheme === "socks5h") {
    const { socket: remote } = await openTunnel(proxy, target, options);
    remote.write(`${plain.method} ${path} ${plain.version}\r\n${headers}`);
    return joinOnce(client, remote, rest);
  }
  const remote = await connectToProxy(proxy, options);
  remote.write(
    `${plain.method} http://${authorityOf(target)}${path} ${plain.version}\r\n${authorizationLine(proxy)}${headers}`,
  );
  await Promise.race([
    joinOnce(client, remote, rest),
    whenDead(remote, () => openTunnel(proxy, target, options), options.timeoutMs),
  ]);
}

/** From a tunnel's target the start of TLS comes at once: a proxy that brings nothing is dead. */
function endWhenSilent(client: Socket, remote: Socket, timeoutMs: number): void {
  whenSilent(remote, timeoutMs, () => {
    // No TLS, so that the handshake fails by it: a mere end would look like a dropped connection,
    // which is worth a repetition.
    client.end("HTTP/1.1 504 Nothing came through the proxy\r\n\r\n");
    remote.destroy();
  });
}

/**
 * Rejects when a proxy that was sent a plain request is dead. Nobody can tell a silent proxy from a
 * slow target there, so one that has sent nothing for a while is asked for a tunnel: one that is
 * alive answers something.
 */
function whenDead(
  remote: Socket,
  askForTunnel: () => Promise<Tunnel>,
  timeoutMs: number,
): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  whenSilent(remote, timeoutMs, () => {
    askForTunnel().then(
      ({ socket }) => socket.destroy(),
      (error: unknown) => {
        if (error instanceof ProxySilent) reject(error);
      },
    );
  });
  return promise;
}

function whenSilent(remote: Socket, timeoutMs: number, act: () => void): void {
  const timer = setTimeout(act, timeoutMs);
  const stop = (): void => clearTimeout(timer);
  remote.once("data", stop).once("close", stop);
}

function join(client: Socket, remote: Socket): void {
  const end = (): void => {
    client.destroy();
    remote.destroy();
  };
  client.on("error", end).on("close", end);
  remote.on("error", end).on("close", () => client.end());
  client.pipe(remote);
  remote.pipe(client);
}

/** Joins for one plain request. Resolves when its answer has begun, or will never come. */
function joinOnce(client: Socket, remote: Socket, rest: Buffer): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const drop = (): void => {
    // An answer made up here would pass for the upstream's, so there is none.
    client.destroy();
    resolve();
  };
  client.on("close", () => remote.destroy());
  remote.once("close", drop);
  readHead(remote, (head, early) => {
    if (head instanceof HeadTooLong) return drop();
    resolve();
    remote.off("close", drop).on("close", () => client.end());
    const [statusLine, ...lines] = head.split("\r\n");
    const kept = lines.filter((line) => !HOP_HEADER.test(line));
    client.write([statusLine, ...kept, "Connection: close", "", ""].join("\r\n"), "latin1");
    if (early.length > 0) client.write(early);
    remote.pipe(client);
  });
  if (rest.length > 0) remote.write(rest);
  client.pipe(remote);
  return promise;
}

function refuse(client: Socket, status: string, headers = ""): void {
  client.end(`HTTP/1.1 ${status}\r\n${headers}Content-Length: 0\r\nConnection: close\r\n\r\n`);
}

/** A cause as a reason phrase can carry it. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, " ").slice(0, 200);
