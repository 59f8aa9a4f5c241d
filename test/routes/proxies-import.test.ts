import { afterAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { expectProblem } from "../support/problems.ts";
import { newProxyTenant, newUrl, type ProxyTenant, SECRET } from "../support/proxies.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());
const newTenant = () => newProxyTenant(service);

describe("POST /proxies/import", () => {
  const send = (ask: ProxyTenant["ask"], body: string, query: Record<string, string> = {}) =>
    ask("POST", "/proxies/import", { body, query, headers: { "Content-Type": "text/plain" } });

  test("takes the lines that providers sell and JSON lines, and tells of each that it cannot take", async () => {
    const { ask } = await newTenant();
    const lines = [
      `proxy-a.example.com:8080:user:${SECRET}`,
      "# a comment",
      "",
      `user:${SECRET}@proxy-b.example.com:8080`,
      `{"url":"socks5://user:${SECRET}@proxy-c.example.com:1080","country":"fr","max_sessions":2,"label":"c"}`,
      `proxy-d.example.com:port:user:${SECRET}`,
      `{"url":"http://user:${SECRET}@proxy-e.example.com:8080","country":"XX"}`,
      `{"url":"http://user:${SECRET}@proxy-f.example.com:8080"`,
      `10.0.0.1:8080:user:${SECRET}`,
      `proxy-a.example.com:8080:user:${SECRET}`,
      '{"label":"no url"}',
      `{"url":"proxy-g.example.com:8080","on_failure":"x${SECRET}"}`,
      `{"url":"proxy-g.example.com:8080","max_sessions":"${SECRET}"}`,
      `{"url":["${SECRET}"]}`,
    ];
    const query = { country: "de", scheme: "https", max_sessions: "4", on_failure: "move" };
    const answer = await send(ask, lines.join("\r\n"), query);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain(SECRET);
    expect(answer.body).toMatchObject({ created: 3, existing: 1, failed: 8 });
    expect(answer.body.errors.map(({ line, field }: any) => [line, field])).toEqual([
      [6, "url"],
      [7, "country"],
      [8, null],
      [9, "url"],
      [11, "url"],
      [12, "on_failure"],
      [13, "max_sessions"],
      [14, "url"],
    ]);
    const { items } = (await ask("GET", "/proxies")).body;
    expect(items).toMatchObject([
      {
        url: "https://***@proxy-a.example.com:8080",
        country: "DE",
        max_sessions: 4,
        on_failure: "move",
      },
      { url: "https://***@proxy-b.example.com:8080", country: "DE" },
      { url: "socks5://***@proxy-c.example.com:1080", country: "FR", max_sessions: 2, label: "c" },
    ]);

    const again = await send(ask, lines.join("\n"), { ...query, country: "us" });
    expect(again.body).toMatchObject({ created: 0, existing: 4, failed: 8 });
    expect((await ask("GET", "/proxies")).body.items).toEqual(items);
  });

  test("takes ten thousand lines, and not one more", async () => {
    const { ask } = await newTenant();
    const lines = Array.from(
      { length: 10_000 },
      (_, at) => `93.184.216.${at % 250}:${1_000 + at}:user-${at}:${SECRET}`,
    );
    const tooMany = await send(ask, [...lines, "93.184.216.1:80"].join("\n"));
    expectProblem(tooMany, "PayloadTooLarge");
    expect((await ask("GET", "/proxies")).body.items).toEqual([]);

    // Other requests are answered meanwhile.
    let answered = 0;
    let isOver = false;
    const others = (async () => {
      while (!isOver) {
        if ((await ask("GET", "/proxies", { query: { limit: "1" } })).status === 200) answered++;
        await Bun.sleep(1);
      }
    })();
    const answer = await send(ask, lines.join("\n"));
    isOver = true;
    await others;
    expect(answer.body).toEqual({ created: 10_000, existing: 0, failed: 0, errors: [] });
    expect(answered).toBeGreaterThan(20);
    const again = await send(ask, lines.join("\n"));
    expect(again.body).toEqual({ created: 0, existing: 10_000, failed: 0, errors: [] });
  }, 120_000);

  test("is one at a time for a tenant, and stops at its limit", async () => {
    const { tenantId, ask } = await newTenant();
    await service.admin("PATCH", `/admin/tenants/${tenantId}`, { max_proxies: 150 });
    const body = Array.from({ length: 400 }, (_, at) => `93.184.216.7:${at + 1}`).join("\n");
    const [first, second] = await Promise.all([send(ask, body), send(ask, body)]);
    expect(first?.body).toMatchObject({ created: 150, failed: 250 });
    expectProblem(second, "GatewayRateLimited");
    expect(first?.body.errors[0].message).toContain("limit");
  });

  test("never tells a password, whatever the lines are", async () => {
    const { ask, key } = await newTenant();
    const password = fc
      .string({ unit: "grapheme", minLength: 3, maxLength: 12 })
      .map((text) => `${SECRET}${text.replaceAll(/[\r\n]/g, "")}`);
    const host = fc.constantFrom(
      "proxy.example.com",
      "93.184.216.7",
      "10.0.0.1",
      "[::1]",
      "-",
      "",
      "a b",
    );
    const port = fc.oneof(
      fc.integer({ min: -1, max: 70_000 }).map(String),
      fc.constantFrom("", "x"),
    );
    const line = fc.tuple(host, port, password, fc.nat(7)).map(([at, number, secret, form]) => {
      const url = `http://user:${secret}@${at}:${number}`;
      return [
        `${at}:${number}:user:${secret}`,
        `user:${secret}@${at}:${number}`,
        `user:${secret}:${at}:${number}`,
        `${at}:${number}@user:${secret}`,
        url,
        JSON.stringify({ url, label: "x", country: "DE" }),
        JSON.stringify({ url, country: secret, region: secret, on_failure: secret }),
        JSON.stringify({ url, max_sessions: secret }).slice(0, -2),
      ][form];
    });
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 8 }), async (lines) => {
        const answer = await send(ask, lines.join("\n"));
        expect(answer.status).toBe(200);
        const { created, existing, failed, errors } = answer.body;
        expect(created + existing + failed).toBeLessThanOrEqual(lines.length);
        expect(errors).toHaveLength(failed);
        const listed = await ask("GET", "/proxies", { query: { limit: "100" } });
        for (const text of [answer.text, listed.text]) expect(text).not.toContain(SECRET);
      }),
      { numRuns: 60 },
    );
    const text = (await service.request("GET", "/audit", { key })).text;
    expect(text).not.toContain(SECRET);
    expect(service.logLines.join("")).not.toContain(SECRET);
  }, 60_000);

  test("refuses other content types, and bodies that are too large", async () => {
    const { ask } = await newTenant();
    const json = await ask("POST", "/proxies/import", { json: { url: newUrl() } });
    expectProblem(json, "UnsupportedMedia");
    const large = await send(ask, `${"x".repeat(100)}\n`.repeat(50_000));
    expectProblem(large, "PayloadTooLarge");
    const long = await send(ask, `93.184.216.7:80\n${"x".repeat(20_000)}\n93.184.216.8:80`);
    expect(long.body).toMatchObject({ created: 2, failed: 1, errors: [{ line: 2, field: null }] });
    expect((await send(ask, "")).body).toEqual({ created: 0, existing: 0, failed: 0, errors: [] });
  });
});
