import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ProxyFailed, type UpstreamCall } from "../instagram/client.ts";
import { type ProxyUrl, parseProxyUrl } from "../proxies/proxy-url.ts";
import {
  type ConnectOptions,
  connectToProxy,
  openTunnel,
  ProxySilent,
} from "./proxy-connection.ts";
import { addressOf, type RequestAddress } from "./request-text.ts";

/** Where a request goes, and through which proxy. */
export interface Destination {
  /** Requests with the same key may share connections. */
  key: string;
  address: RequestAddress;
  /** What is connected to, in this order until one works: the host itself, or its checked addresses. */
  hosts: readonly string[];
  proxy: ProxyUrl | null;
  /**
   * True for a plain HTTP request through an HTTP proxy, which reads and forwards it. Every other
   * request through a proxy uses a tunnel, and so does one to checked addresses: a proxy that reads
   * the request would look its host up.
   */
  isForwarded: boolean;
}

/** Throws TypeError for an invalid URL. */
export function destinationOf(call: UpstreamCall): Destination {
  const address = addressOf(call.url);
  const { secure, authority } = address;
  // A connection that was opened to any other address must not be used for checked ones.
  const at = call.addresses ? ` at ${call.addresses.join()}` : "";
  const key = `${call.proxy ?? ""} ${secure ? "https" : "http"}://${authority}${at}`;
  const proxy = call.proxy === null ? null : parseProxyUrl(call.proxy);
  const isForwarded =
    !secure && proxy !== null && /^https?$/.test(proxy.scheme) && call.addresses === undefined;
  return { key, address, hosts: call.addresses ?? [address.host], proxy, isForwarded };
}

/**
 * Opens a connection to write the request on. `onOpening` gets a direct connection's socket before
 * it is connected. Throws ProxyFailed and network errors.
 */
export async function connect(
  destination: Destination,
  options: ConnectOptions,
  onOpening: (socket: Socket) => void,
): Promise<Socket> {
  const { hosts } = destination;
  let failure: unknown;
  for (const host of hosts) {
    try {
      return await connectTo(host, destination, options, onOpening);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

async function connectTo(
  /** A name, or one of the addresses of the URL's host. The certificate must be for the host's name. */
  to: string,
  { address, hosts, proxy, isForwarded }: Destination,
  options: ConnectOptions,
  onOpening: (socket: Socket) => void,
): Promise<Socket> {
  const { secure, host, port } = address;
  if (proxy === null) {
    const socket = secure
      ? connectTls({ host: to, port, ...tlsOptions(host) })
      : connectTcp({ host: to, port });
    onOpening(socket);
    // Each address gets its share of the time, so that a dead one does not use up all of it.
    const timer = setTimeout(() => socket.destroy(), options.timeoutMs / hosts.length);
    return opened(socket, secure ? "secureConnect" : "connect").finally(() => clearTimeout(timer));
  }
  if (isForwarded) return connectToProxy(proxy, options);
  const { socket, rest } = await openTunnel(proxy, { host: to, port }, options);
  if (rest.length > 0) {
    socket.destroy();
    throw new ProxyFailed("sent something before it was asked");
  }
  return secure ? handshakeThrough(socket, host, options.timeoutMs) : socket;
}

const tlsOptions = (host: string) => ({
  ALPNProtocols: ["http/1.1"],
  // SNI takes names only, no addresses.
  ...(isIP(host) ? {} : { servername: host }),
});

/** A TLS server answers at once, so if nothing comes through the tunnel the proxy is dead. */
async function handshakeThrough(tunnel: Socket, host: string, timeoutMs: number): Promise<Socket> {
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    tunnel.destroy();
  }, timeoutMs);
  try {
    return await opened(connectTls({ socket: tunnel, ...tlsOptions(host) }), "secureConnect");
  } catch (error) {
    tunnel.destroy();
    throw silent ? new ProxySilent("nothing came through it") : error;
  } finally {
    clearTimeout(timer);
  }
}

function opened(socket: Socket, event: "connect" | "secureConnect"): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const fail = (error: Error): void => {
    socket.destroy();
    reject(error);
  };
  const onClose = (): void => fail(connectionClosed());
  const onOpen = (): void => {
    socket.off("error", fail).off("close", onClose);
    resolve(socket);
  };
  socket.once("error", fail).once("close", onClose).once(event, onOpen);
  return promise;
}

/** The error for a connection that the other side closed without an answer. */
export const connectionClosed = (): Error =>
  Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });
