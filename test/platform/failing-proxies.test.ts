import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import { reply } from "../support/fake-instagram.ts";
import { type Gateway, IN_MEMORY, startGateway } from "../support/gateway.ts";
import { LONG_MS } from "../support/process.ts";
import {
  CERTIFICATE_FILE,
  deadPort,
  listen,
  startHttpProxy,
  startInstagram,
  startSocksProxy,
} from "../support/servers.ts";

/** Two gateways, whose upstreams speak TLS and plain HTTP, with proxies that fail in all ways. */
const upstreams = { tls: startInstagram({ secure: true }), plain: startInstagram() };
const gateways = {} as Record<Transport, Gateway>;
const TRANSPORTS = ["tls", "plain"] as const;
type Transport = (typeof TRANSPORTS)[number];

beforeAll(async () => {
  for (const transport of TRANSPORTS)
    gateways[transport] = await startGateway({
      ...IN_MEMORY,
      UPSTREAM_URL: upstreams[transport].origin,
      UPSTREAM_TIMEOUT_MS: "4000",
      NODE_EXTRA_CA_CERTS: CERTIFICATE_FILE,
    });
}, LONG_MS);
afterAll(async () => {
  for (const transport of TRANSPORTS) {
    await gateways[transport].stop();
    upstreams[transport][Symbol.dispose]();
  }
});
beforeEach(() => {
  for (const { instagram } of Object.values(upstreams)) instagram.reset();
});

const SCHEMES = ["http", "https", "socks5"] as const;
const silent = () => listen((socket) => void socket.resume());
const answering = (text: string) =>
  listen((socket) => void socket.once("data", () => socket.end(text)));
const page = (status: string, more = "", body = "<html>Not for you</html>"): string =>
  `HTTP/1.1 ${status}\r\n${more}Content-Type: text/html\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Answers in the upstream's place, with what would say something of the login if it were its. */
const PAGES = [
  page("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"\r\n'),
  page("403 Forbidden", "Set-Cookie: sessionid=stolen; Path=/\r\n"),
  page("502 Bad Gateway", "", '<html>{"message":"login_required"}</html>'),
  page("302 Found", "Location: http://login.example/accounts/login/\r\n"),
  page("302 Found", "Location: http://login.example/challenge/123/\r\n"),
  page("404 Not Found", "", "Not Found"),
  page("429 Too Many Requests"),
  "SSH-2.0-OpenSSH_9.6\r\n",
];

for (const transport of TRANSPORTS)
  describe(`over ${transport}`, () => {
    const details = new Set<string>();
    const expectProxyError = (answer: { status: number; type?: string; text: string }): void => {
      expect([answer.status, answer.type], answer.text).toEqual([502, "ProxyError"]);
      details.add(JSON.parse(answer.text).detail);
    };

    test("a page that the proxy answers with is a ProxyError and touches no login", async () => {
      for (const text of PAGES) {
        using proxy = await answering(text);
        const session = await gateways[transport].session(`http://127.0.0.1:${proxy.port}`);
        const before = await session.get("/auth/settings");
        expectProxyError(await session.get("/account"));
        const action = await session.delete("/auth/totp");
        const { outcome, detail } = JSON.parse(action.text);
        // A proxy that forwards may have passed the request on before it answered like this.
        const isPassedOn = transport === "plain" && /^(?:HTTP\S+ 502|SSH)/.test(text);
        expect([action.status, action.type, outcome], text).toEqual(
          isPassedOn ? [502, "OutcomeUnknown", "unknown"] : [502, "ProxyError", "not_sent"],
        );
        details.add(detail);
        expect((await session.get("/auth/settings")).text).toBe(before.text);
      }
      expect(upstreams[transport].instagram.calls).toEqual([]);
    });

    test(
      "a proxy that keeps silent is a ProxyError, and not asked again",
      async () => {
        using proxy = await silent();
        const answers = await Promise.all(
          SCHEMES.map(async (scheme) => {
            const session = await gateways[transport].session(
              `${scheme}://127.0.0.1:${proxy.port}`,
            );
            return session.get("/account");
          }),
        );
        for (const answer of answers) expectProxyError(answer);
        expect(upstreams[transport].instagram.calls).toEqual([]);
      },
      LONG_MS,
    );

    test(
      "an upstream that keeps silent behind a proxy that works is an UpstreamTimeout",
      async () => {
        using http = await startHttpProxy(null);
        using socks = await startSocksProxy(null);
        upstreams[transport].instagram.on(/./, () => new Promise<Response>(() => {}));
        for (const url of [`http://127.0.0.1:${http.port}`, `socks5://127.0.0.1:${socks.port}`]) {
          const session = await gateways[transport].session(url);
          const answer = await session.get("/account");
          expect([answer.status, answer.type]).toEqual([504, "UpstreamTimeout"]);
        }
      },
      LONG_MS,
    );

    test("a caller cannot tell what failed, the operator can", async () => {
      using ending = await listen((socket) => socket.destroy());
      const port = await deadPort();
      for (const at of [port, ending.port]) {
        const session = await gateways[transport].session(`http://127.0.0.1:${at}`);
        expectProxyError(await session.get("/account"));
      }
      expect([...details]).toHaveLength(1);
      const causes =
        transport === "tls"
          ? ["ECONNREFUSED", "refuses its credentials (407)", "did not answer in time"]
          : ["ECONNREFUSED", "answered 407 in the upstream's place", "did not answer in time"];
      const untold = (): string[] =>
        causes.filter((cause) => !gateways[transport].out().includes(cause));
      // The log is written in the background.
      while (untold().length > 0) await Bun.sleep(20);
    });
  });

test(
  "a tunnel that brings nothing from beyond is a ProxyError",
  async () => {
    using proxy = await listen((socket: Socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.resume();
      });
    });
    const session = await gateways.tls.session(`http://127.0.0.1:${proxy.port}`);
    const answer = await session.get("/account");
    expect([answer.status, answer.type]).toEqual([502, "ProxyError"]);
  },
  LONG_MS,
);

test("through a plain proxy, Instagram's own refusals still count", async () => {
  const { instagram } = upstreams.plain;
  using proxy = await startHttpProxy(null);
  const session = await gateways.plain.session(`http://127.0.0.1:${proxy.port}`);
  const json = { "Content-Type": "application/json" };
  instagram.on(/./, reply(400, { message: "checkpoint_required", status: "fail" }, json));
  expect((await session.get("/account")).type).toBe("CheckpointRequired");
  instagram.on(/./, reply(404, "Not Found", { "X-FB-Debug": "abc" }));
  expect((await session.get("/account")).type).toBe("ChallengeRequired");
  instagram.on(/./, reply(302, "", { Location: "https://www.instagram.com/accounts/login/" }));
  expect((await session.get("/account")).type).toBe("LoginRequired");
});

test("credentials that SOCKS5 cannot carry are refused, and end nothing", async () => {
  using proxy = await listen((socket) => void socket.once("data", () => socket.write("\x05\x02")));
  const session = await gateways.tls.session(null);
  const long = "x".repeat(256);
  for (const credentials of [`${long}:p`, `u:${long}`]) {
    const url = `socks5://${credentials}@127.0.0.1:${proxy.port}`;
    const answer = await session.patch("/auth/settings", { proxy: url });
    expect([answer.status, answer.type]).toEqual([422, "ValidationError"]);
  }
  expect((await gateways.tls.request("GET", "/health")).status).toBe(200);
});
