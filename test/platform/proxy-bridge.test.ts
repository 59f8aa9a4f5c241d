import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { createProxyBridge, type ProxyBridge } from "../../src/platform/proxy-bridge.ts";
import {
  listen,
  startSocksProxy,
  startUpstream,
  type TestProxy,
  type TestUpstream,
} from "./servers.ts";

const guard = createHostGuard(parseAllowList(["127.0.0.1"]));
let bridge: ProxyBridge;
let proxy: TestProxy;
let upstream: TestUpstream;
let bridgeUrl: URL;
beforeAll(async () => {
  bridge = await createProxyBridge({ guard, timeoutMs: 20_000 });
  proxy = await startSocksProxy(null);
  upstream = startUpstream(false);
  bridgeUrl = new URL(bridge.urlFor(`socks5://127.0.0.1:${proxy.port}`));
});
afterAll(() => {
  bridge.close();
  proxy[Symbol.dispose]();
  upstream[Symbol.dispose]();
});

/** Sends raw text and resolves with what comes back until the other side ends. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = "";
    const socket = connect(Number(bridgeUrl.port), "127.0.0.1", () => socket.write(text));
    socket
      .on("data", (chunk) => {
        received += chunk.toString("latin1");
      })
      .on("end", () => resolve(received))
      .on("close", () => resolve(received))
      .on("error", reject);
  });
}

const basic = (user: string, password: string): string =>
  `Proxy-Authorization: Basic ${Buffer.from(`${user}:${password}`).toString("base64")}\r\n`;
const targetOf = ({ origin }: TestUpstream): string => new URL(origin).host;

describe("the bridge to the proxies", () => {
  test("refuses strangers, for tunnels and for plain requests, and asks no proxy for them", async () => {
    const { username: id, password: secret } = bridgeUrl;
    const before = proxy.tunnels.length;
    for (const credentials of [
      "",
      basic(id, "wrong"),
      basic(id, secret.slice(0, -1)),
      basic(id, `${secret}0`),
      basic("0011223344556677", secret),
      basic(`A${id.slice(1)}`, secret),
      basic(id.slice(0, -4), secret),
      `Proxy-Authorization: Bearer ${secret}\r\n`,
      `X-Proxy-Authorization: Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}\r\n`,
    ])
      for (const line of [
        `CONNECT ${targetOf(upstream)} HTTP/1.1`,
        `GET ${upstream.origin}/ HTTP/1.1`,
      ])
        expect(await exchange(`${line}\r\n${credentials}\r\n`)).toStartWith("HTTP/1.1 407 ");
    expect(proxy.tunnels).toHaveLength(before);
    expect(upstream.seen).toEqual([]);
  });

  test("takes a request of its own process, a plain one without what was meant for the proxy", async () => {
    const response = await fetch(`${upstream.origin}/plain?a=1`, { proxy: bridgeUrl.href });
    expect(response.status).toBe(200);
    const [request] = upstream.seen.splice(0);
    expect(request).toMatchObject({ method: "GET", path: "/plain?a=1" });
    expect(request!.headers.has("proxy-authorization")).toBe(false);
    expect(proxy.tunnels.at(-1)).toMatchObject({ target: targetOf(upstream) });
  });

  test("refuses what is no request to a proxy", async () => {
    const allowed = basic(bridgeUrl.username, bridgeUrl.password);
    for (const line of ["GET / HTTP/1.1", "CONNECT :::: HTTP/1.1", "GET ftp://x/ HTTP/1.1", "x"])
      expect(await exchange(`${line}\r\n${allowed}\r\n`)).toStartWith("HTTP/1.1 400 ");
    const endless = `CONNECT x:1 HTTP/1.1\r\nA: ${"a".repeat(70_000)}`;
    expect(await exchange(endless)).toStartWith("HTTP/1.1 431 ");
  });

  test("gives each proxy URL credentials of its own, and the same ones again", () => {
    const url = (user: string): string => bridge.urlFor(`socks5://${user}@127.0.0.1:1`);
    expect(url("alice:1")).toBe(url("alice:1"));
    expect(url("alice:1")).not.toBe(url("bob:1"));
    const [sealed = ""] = /(?<=\/\/)[^:]+/.exec(url("alice:1")) ?? [];
    expect(Buffer.from(sealed, "base64url").toString("latin1")).not.toContain("alice");
  });

  test("remembers no proxy URL, and so forgets none, however many there are", async () => {
    for (let n = 0; n < 20_000; n++) bridge.urlFor(`socks5://user-${n}:secret@127.0.0.1:${n + 1}`);
    const response = await fetch(`${upstream.origin}/after`, { proxy: bridgeUrl.href });
    expect(response.status).toBe(200);
    upstream.seen.splice(0);
  });

  test("serves one plain request a connection, whatever a proxy says of keeping it", async () => {
    const heads: string[] = [];
    using keeping = await listen((socket) => {
      socket.on("data", (chunk) => {
        heads.push(chunk.toString("latin1"));
        socket.write("HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
      });
    });
    const through = bridge.urlFor(`http://user:pw@127.0.0.1:${keeping.port}`);
    for (const host of ["one.example", "two.example"])
      expect(await (await fetch(`http://${host}/`, { proxy: through })).text()).toBe("ok");
    expect(heads.map((head) => head.split("\r\n")[0])).toEqual([
      "GET http://one.example:80/ HTTP/1.1",
      "GET http://two.example:80/ HTTP/1.1",
    ]);
    const authorization = `Basic ${btoa("user:pw")}`;
    for (const head of heads) expect(head).toContain(`Proxy-Authorization: ${authorization}\r\n`);
  });
});
