import { afterAll, describe, expect, test } from "bun:test";
import { sandboxOfFile } from "../support/sandbox.ts";
import { createTestService } from "../support/service.ts";

const sandbox = await sandboxOfFile();

describe("every answer", () => {
  test("is taken for what it says, and kept by no cache, in success and failure", async () => {
    const answers = [
      ...(await Promise.all(sandbox.entries.map((entry) => sandbox.call(entry, {})))),
      await sandbox.request("GET", "/nowhere"),
      await sandbox.request("DELETE", "/user"),
      await sandbox.request("POST", "/auth/login", { key: sandbox.testKey, body: "{" }),
    ];
    expect(answers.length).toBeGreaterThan(50);
    for (const { headers, text } of answers) {
      expect(headers.get("x-content-type-options"), text.slice(0, 200)).toBe("nosniff");
      expect(headers.get("cache-control"), text.slice(0, 200)).toBe("no-store");
      expect(headers.get("strict-transport-security")).toBeNull();
    }
  });

  test("with 401 names the ways to say who one is", async () => {
    const form = { username: "sandbox", password: "wrong" };
    for (const answer of [
      await sandbox.request("GET", "/account"),
      await sandbox.request("GET", "/account", { key: "nonsense" }),
      await sandbox.request("GET", "/account", { key: sandbox.testKey }),
      await sandbox.request("GET", "/admin/tenants"),
      await sandbox.request("POST", "/auth/login", { key: sandbox.testKey, form }),
    ]) {
      expect(answer.status).toBe(401);
      const challenge = answer.headers.get("www-authenticate");
      expect(challenge).toContain('ApiKey realm="gramway"');
      expect(challenge).toContain('Bearer realm="gramway"');
    }
    expect((await sandbox.request("GET", "/nowhere")).headers.get("www-authenticate")).toBeNull();
  });

  test("binds the browser to TLS where a trusted proxy has spoken TLS", async () => {
    const trustedProxy = { header: "x-forwarded-for", proxies: 1 };
    const behind = await createTestService({ config: { trustedProxy } });
    afterAll(() => behind.close());
    const hsts = async (of: typeof behind, headers: Record<string, string>) =>
      (await of.request("GET", "/health", { headers })).headers.get("strict-transport-security");
    expect(await hsts(behind, { "X-Forwarded-Proto": "https" })).toMatch(/^max-age=\d{8}$/);
    expect(await hsts(behind, { "X-Forwarded-Proto": "http" })).toBeNull();
    expect(await hsts(behind, {})).toBeNull();
  });
});

const page = () => sandbox.request("GET", "/docs");
const assets = [...(await page()).text.matchAll(/(?:src|href)="(\/docs\/assets\/[^"]+)"/g)].map(
  ([, url]) => url ?? "",
);
const paths = ["/docs", "/openapi.json", ...assets];

describe("the documentation", () => {
  test("is framed by no page and runs no script but its own", async () => {
    const { headers, text } = await page();
    const policy = new Map(
      (headers.get("content-security-policy") ?? "").split("; ").map((directive) => {
        const [name = "", ...values] = directive.split(" ");
        return [name, values];
      }),
    );
    expect(policy.get("frame-ancestors")).toEqual(["'none'"]);
    expect(policy.get("default-src")).toEqual(["'self'"]);
    expect(policy.get("base-uri")).toEqual(["'none'"]);
    const scripts = policy.get("script-src") ?? [];
    expect(scripts.filter((source) => source.includes("unsafe"))).toEqual([]);
    const inline = [...text.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script = ""]) => {
      const hash = new Bun.CryptoHasher("sha256").update(script).digest("base64");
      return `'sha256-${hash}'`;
    });
    expect(inline.length).toBeGreaterThan(0);
    expect(new Set(scripts)).toEqual(new Set(["'self'", ...inline]));
    expect(text).not.toMatch(/\son\w+="/);
  });

  test("is answered with 304 to who has it", async () => {
    expect(paths.length).toBe(4);
    for (const path of paths) {
      const first = await sandbox.request("GET", path);
      const tag = first.headers.get("etag") ?? "";
      expect(tag, path).toMatch(/^"[\w-]{22}"$/);
      expect(first.headers.get("vary")).toContain("Accept-Encoding");
      for (const known of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
        const again = await sandbox.request("GET", path, { headers: { "If-None-Match": known } });
        expect([again.status, again.text], `${path} ${known}`).toEqual([304, ""]);
        expect(again.headers.get("etag")).toBe(tag);
      }
      const other = await sandbox.request("GET", path, { headers: { "If-None-Match": '"x"' } });
      expect([other.status, other.text === first.text]).toEqual([200, true]);
    }
  });

  test("is compressed where that is understood, each form with a tag of its own", async () => {
    for (const path of paths) {
      const plain = await sandbox.request("GET", path);
      const tags = new Set([plain.headers.get("etag")]);
      for (const [accepted, encoding] of [
        ["gzip, deflate, br", "br"],
        ["gzip", "gzip"],
        ["br;q=0, GZIP;q=0.5", "gzip"],
      ] as const) {
        const response = await sandbox.service.handle(
          new Request(`http://localhost${path}`, { headers: { "Accept-Encoding": accepted } }),
        );
        expect(response.headers.get("content-encoding"), `${path} ${accepted}`).toBe(encoding);
        const bytes = await response.bytes();
        expect(bytes.length).toBeLessThan(plain.text.length / 2);
        const { brotliDecompressSync, gunzipSync } = await import("node:zlib");
        const whole = encoding === "br" ? brotliDecompressSync(bytes) : gunzipSync(bytes);
        expect(whole.toString() === plain.text).toBe(true);
        tags.add(response.headers.get("etag"));
      }
      expect(tags.size).toBe(3);
      for (const accepted of ["", "identity", "br;q=0", "deflate", "brx"]) {
        const headers = { "Accept-Encoding": accepted };
        const answer = await sandbox.request("GET", path, { headers });
        expect(answer.headers.get("content-encoding"), accepted).toBeNull();
      }
    }
  });

  test("has assets under the version's path, which browsers keep", async () => {
    for (const path of assets) {
      const { headers } = await sandbox.request("GET", path);
      expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      const other = path.replace(/assets\/[^/]+/, "assets/0.0.0");
      expect((await sandbox.request("GET", other)).status).toBe(404);
    }
    expect((await page()).headers.get("cache-control")).toBe("no-cache");
  });
});
