import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import type { Socket } from "node:net";
import type { Client } from "../../src/instagram/client.ts";
import { SessionState } from "../../src/instagram/session.ts";
import { parseAllowList } from "../../src/net/address-rules.ts";
import { createHostGuard } from "../../src/net/host-guard.ts";
import { createBunPlatform } from "../../src/platform/bun.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { Problem } from "../../src/problems/problem.ts";
import { createUrlFetch, FileMissing } from "../../src/sessions/url-fetch.ts";
import { createUpstream } from "../../src/upstream.ts";
import { clientOf } from "../support/client.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { deadPort, listen, startHttpProxy, startSocksProxy } from "../support/servers.ts";

let platform: Platform;
beforeEach(() => {
  const guard = createHostGuard(parseAllowList(["127.0.0.1"]));
  platform = createBunPlatform({ guard, connectTimeoutMs: 500 });
});
afterEach(() => platform.close());

/** A server of whatever its handler writes, and the heads of the requests that came. */
async function startServer(answer: (path: string, socket: Socket) => string | null) {
  const heads: string[] = [];
  const server = await listen((socket) => {
    socket.on("data", (bytes) => {
      const head = String(bytes);
      heads.push(head);
      const text = answer(head.split(" ")[1] ?? "", socket);
      if (text !== null) socket.write(text, "latin1");
    });
  });
  return { heads, port: server.port, [Symbol.dispose]: server[Symbol.dispose] };
}

const ok = (body: string, headers = ""): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
const redirect = (location: string): string =>
  `HTTP/1.1 302 Found\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`;

/** What fetches over a made-up DNS; `allowed` are hosts that the operator lists. */
function fetcher(
  dns: Record<string, string[]>,
  allowed: string[] = [],
  given: Partial<Client> = {},
) {
  const asked: string[] = [];
  const lookUp = async (name: string): Promise<string[]> => {
    asked.push(name);
    return dns[name] ?? Promise.reject(new Error("ENOTFOUND"));
  };
  const fetch = createUrlFetch(createHostGuard(parseAllowList(allowed), { lookUp }));
  const instagram = new FakeInstagram();
  const client: Client = {
    ...clientOf(instagram, new SessionState({})),
    fetch: createUpstream(platform, instagram.sandbox, null)("live", "tenant"),
    ...given,
  };
  const get = async (url: string): Promise<string> => {
    const options = { hosts: "public", instagram: {}, elsewhere: { Accept: "*/*" } } as const;
    const file = await fetch.open(client, fetch.read(url, "public"), options);
    return new Response(file.bytes).text();
  };
  /** The kind and words of the error. */
  const failure = (url: string): Promise<string> =>
    get(url).then(
      (text) => `no failure: ${text}`,
      (error: unknown) => {
        if (error instanceof FileMissing) return `FileMissing: ${error.status}`;
        if (error instanceof Problem) return `${error.kind}: ${error.detail}`;
        throw error;
      },
    );
  return { get, failure, asked };
}

describe("a host", () => {
  test("is resolved once, and connected to at the address that was checked", async () => {
    using server = await startServer(() => ok("file"));
    // No resolver knows this name: a second look-up would fail.
    const { get, asked } = fetcher({ "files.example": ["127.0.0.1"] }, ["files.example"]);
    expect(await get(`http://files.example:${server.port}/a.jpg?b=1`)).toBe("file");
    expect(asked).toEqual(["files.example"]);
    expect(server.heads[0]).toStartWith(
      `GET /a.jpg?b=1 HTTP/1.1\r\nHost: files.example:${server.port}\r\nAccept: */*\r\n`,
    );
  });

  test("with several addresses is connected to at the first that answers", async () => {
    using server = await startServer(() => ok("file"));
    const dns = { "files.example": ["127.0.0.2", "127.0.0.3", "127.0.0.1"] };
    const { get } = fetcher(dns, ["files.example"]);
    expect(await get(`http://files.example:${server.port}/`)).toBe("file");
  });

  test("that is not public is never connected to, whether its port is open or not", async () => {
    using server = await startServer(() => ok("secret"));
    const { failure } = fetcher({ "inside.example": ["127.0.0.1"] });
    const ports = [server.port, await deadPort(), 80];
    const answers = new Set<string>();
    for (const port of ports)
      for (const host of ["127.0.0.1", "2130706433", "localhost"])
        answers.add(await failure(`http://${host}:${port === 80 ? "" : port}/`));
    answers.delete("UrlNotAllowed: The URL names a port that is not allowed");
    answers.add(await failure("http://inside.example/"));
    answers.add(await failure("http://nobody.example/"));
    expect([...answers]).toEqual([
      "UrlNotAllowed: The URL does not lead to a host of the public internet",
    ]);
    expect(server.heads).toEqual([]);
  });

  test("keeps its connections apart from those to other addresses of the same name", async () => {
    using first = await startServer(() => ok("first"));
    const dns = { "files.example": ["127.0.0.1"] };
    const before = fetcher(dns, ["files.example"]);
    expect(await before.get(`http://files.example:${first.port}/`)).toBe("first");
    // Now the name leads elsewhere, where nobody listens.
    const after = fetcher({ "files.example": ["127.0.0.2"] }, ["files.example"]);
    expect(await after.failure(`http://files.example:${first.port}/`)).toStartWith(
      "UrlUnreachable",
    );
    expect(first.heads).toHaveLength(1);
  });
});

describe("a redirect", () => {
  test("is followed three times", async () => {
    using server = await startServer((path) =>
      path === "/3" ? ok("file") : redirect(`/${Number(path.slice(1)) + 1}`),
    );
    const { get } = fetcher({}, ["127.0.0.1"]);
    expect(await get(`http://127.0.0.1:${server.port}/0`)).toBe("file");
    expect(server.heads).toHaveLength(4);
  });

  test("is not followed a fourth time", async () => {
    using server = await startServer(() => redirect("/again"));
    const { failure } = fetcher({}, ["127.0.0.1"]);
    expect(await failure(`http://127.0.0.1:${server.port}/`)).toBe(
      "UrlUnreachable: The URL could not be fetched: it redirects more than 3 times",
    );
    expect(server.heads).toHaveLength(4);
  });

  test("is checked like the URL itself", async () => {
    using inside = await startServer(() => ok("secret"));
    const targets = [
      `http://127.0.0.2:${inside.port}/`,
      "http://127.2/",
      "http://[::ffff:7f00:2]/",
      "http://169.254.169.254/latest/meta-data/",
      "//localhost/",
      "ftp://files.example/",
      "http://user:password@files.example/",
      `http://inside.example:${inside.port}/`,
      "http://files.example:25/",
    ];
    let target = "";
    using server = await startServer(() => redirect(target));
    const dns = { "inside.example": ["127.0.0.1"], "files.example": ["8.8.8.8"] };
    const { failure } = fetcher(dns, ["127.0.0.1"]);
    for (target of targets)
      expect(await failure(`http://127.0.0.1:${server.port}/`), target).toStartWith(
        "UrlNotAllowed",
      );
    expect(inside.heads).toEqual([]);
  });

  test("to nowhere gives no file", async () => {
    using server = await startServer(() => "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n");
    const { failure } = fetcher({}, ["127.0.0.1"]);
    expect(await failure(`http://127.0.0.1:${server.port}/`)).toBe(
      "UrlUnreachable: The URL could not be fetched: its server answered 302",
    );
  });
});

describe("through the session's proxy", () => {
  for (const [name, start, scheme] of [
    ["HTTP", startHttpProxy, "http"],
    ["SOCKS5", startSocksProxy, "socks5"],
  ] as const)
    test(`${name}: it is told the address that was checked, and never the name`, async () => {
      using server = await startServer(() => ok("file"));
      using proxy = await start(null);
      const given = { proxy: `${scheme}://127.0.0.1:${proxy.port}` };
      const dns = { "files.example": ["127.0.0.1"] };
      const { get } = fetcher(dns, ["files.example"], given);
      expect(await get(`http://files.example:${server.port}/a.jpg`)).toBe("file");
      expect(proxy.tunnels.map(({ target }) => target)).toEqual([`127.0.0.1:${server.port}`]);
      expect(server.heads[0]).toContain(`Host: files.example:${server.port}\r\n`);
    });

  test("what is not public is refused before the proxy is asked", async () => {
    using proxy = await startHttpProxy(null);
    const given = { proxy: `http://127.0.0.1:${proxy.port}` };
    const { failure } = fetcher({ "inside.example": ["10.0.0.1"] }, [], given);
    for (const host of ["10.0.0.1", "inside.example", "localhost", "[::1]"])
      expect(await failure(`http://${host}/`)).toStartWith("UrlNotAllowed");
    expect(proxy.tunnels).toEqual([]);
  });

  test("nothing goes past a proxy that fails", async () => {
    using server = await startServer(() => ok("file"));
    const given = { proxy: `http://127.0.0.1:${await deadPort()}` };
    const { failure } = fetcher({}, ["127.0.0.1"], given);
    expect(await failure(`http://127.0.0.1:${server.port}/`)).toStartWith("ProxyError");
    expect(server.heads).toEqual([]);
  });
});

describe("what another server answers", () => {
  test("is not shown: neither its words nor how it failed", async () => {
    const answers: Record<string, string | null> = {
      closed: null,
      garbage: "SSH-2.0-OpenSSH_9.6\r\n\r\n",
      error: "HTTP/1.1 500 Oops\r\nContent-Length: 9\r\n\r\nthe words",
    };
    const said: string[] = [];
    for (const text of Object.values(answers)) {
      using server = await startServer((_path, socket) => {
        if (text === null) socket.destroy();
        return text;
      });
      said.push(await fetcher({}, ["127.0.0.1"]).failure(`http://127.0.0.1:${server.port}/`));
    }
    said.push(await fetcher({}, ["127.0.0.1"]).failure(`http://127.0.0.1:${await deadPort()}/`));
    const unusable =
      "UrlUnreachable: The URL could not be fetched: its server gave no usable answer";
    expect(said).toEqual([
      unusable,
      unusable,
      "UrlUnreachable: The URL could not be fetched: its server answered 500",
      unusable,
    ]);
  });

  test("is no refusal of the session's login", async () => {
    for (const status of [401, 403, 404]) {
      const body = '{"message":"login_required","status":"fail"}';
      using server = await startServer(() => ok(body).replace("200 OK", `${status} No`));
      const { failure } = fetcher({}, ["127.0.0.1"]);
      expect(await failure(`http://127.0.0.1:${server.port}/`)).toBe(`FileMissing: ${status}`);
    }
  });

  test("is read no further than its head, unless it is a file", async () => {
    let sent = 0;
    using server = await startServer((_path, socket) => {
      socket.write("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n");
      const piece = `${(64 * 1024).toString(16)}\r\n${"x".repeat(64 * 1024)}\r\n`;
      const more = (): void => {
        while (!socket.destroyed && sent < 1_000) {
          sent++;
          if (!socket.write(piece)) return void socket.once("drain", more);
        }
      };
      more();
      return null;
    });
    const { failure } = fetcher({}, ["127.0.0.1"]);
    expect(await failure(`http://127.0.0.1:${server.port}/`)).toBe("FileMissing: 404");
    // 64 MB were there to be read.
    expect(sent).toBeLessThan(500);
  });

  test("may be compressed, as servers do though they are not asked to", async () => {
    const packed = Buffer.from(Bun.gzipSync(Buffer.from("file"))).toString("latin1");
    using server = await startServer(() => ok(packed, "Content-Encoding: gzip\r\n"));
    const { get } = fetcher({}, ["127.0.0.1"]);
    expect(await get(`http://127.0.0.1:${server.port}/`)).toBe("file");
  });

  test("ends when nothing more comes", async () => {
    using server = await startServer(() => "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfi");
    const { get } = fetcher({}, ["127.0.0.1"], { timeoutMs: 200 });
    expect(get(`http://127.0.0.1:${server.port}/`)).rejects.toThrow("No answer");
    await Bun.sleep(400);
  });
});
