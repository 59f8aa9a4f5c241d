import { afterAll, describe, expect, test } from "bun:test";
import { createTestService } from "../support/service.ts";
import { createSurface } from "./examples.ts";

const surface = await createSurface();
afterAll(() => surface.close());

describe("every answer", () => {
  test("is taken for what it says, and kept by no cache, in success and failure", async () => {
    const answers = [
      ...(await Promise.all(surface.entries.map((entry) => surface.call(entry, {})))),
      await surface.request("GET", "/nowhere"),
      await surface.request("DELETE", "/user"),
      await surface.request("POST", "/auth/login", { key: surface.testKey, body: "{" }),
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
      await surface.request("GET", "/account"),
      await surface.request("GET", "/account", { key: "nonsense" }),
      await surface.request("GET", "/account", { key: surface.testKey }),
      await surface.request("GET", "/admin/tenants"),
      await surface.request("POST", "/auth/login", { key: surface.testKey, form }),
    ]) {
      expect(answer.status).toBe(401);
      const challenge = answer.headers.get("www-authenticate");
      expect(challenge).toContain('ApiKey realm="gramway"');
      expect(challenge).toContain('Bearer realm="gramway"');
    }
    expect((await surface.request("GET", "/nowhere")).headers.get("www-authenticate")).toBeNull();
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

const page = () => surface.request("GET", "/docs");
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
      const first = await surface.request("GET", path);
      const tag = first.headers.get("etag") ?? "";
      expect(tag, path).toMatch(/^"[\w-]{22}"$/);
      expect(first.headers.get("vary")).toContain("Accept-Encoding");
      for (const known of [tag, `W/${tag}`, `"x", ${tag}`, "*"]) {
        const again = await surface.request("GET", path, { headers: { "If-None-Match": known } });
        expect([again.status, again.text], `${path} ${known}`).toEqual([304, ""]);
        expect(again.headers.get("etag")).toBe(tag);
      }
      const other = await surface.request("GET", path, { headers: { "If-None-Match": '"x"' } });
      expect([other.status, other.text === first.text]).toEqual([200, true]);
    }
  });

  test("is compressed where that is understood, each form with a tag of its own", async () => {
    for (const path of paths) {
      const plain = await surface.request("GET", path);
      const tags = new Set([plain.headers.get("etag")]);
      for (const [accepted, encoding] of [
        ["gzip, deflate, br", "br"],
        ["gzip", "gzip"],
        ["br;q=0, GZIP;q=0.5", "gzip"],
      ] as const) {
        const response = await surface.service.handle(
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
        const answer = await surface.request("GET", path, { headers });
        expect(answer.headers.get("content-encoding"), accepted).toBeNull();
      }
    }
  });

  test("has assets under the version's path, which browsers keep", async () => {
    for (const path of assets) {
      const { headers } = await surface.request("GET", path);
      expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      const other = path.replace(/assets\/[^/]+/, "assets/0.0.0");
      expect((await surface.request("GET", other)).status).toBe(404);
    }
    expect((await page()).headers.get("cache-control")).toBe("no-cache");
  });
});
