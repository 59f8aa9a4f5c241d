import { describe, expect, test } from "bun:test";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { Histogram } from "../../src/http/histogram.ts";
import { createTestService } from "../support/service.ts";

const BOUNDS = [0.01, 0.1, 1];
const textOf = (histogram: Histogram): string => [...histogram.pieces()].join("");

describe("a histogram", () => {
  test("counts what lies at or below each bound, all, and their sum", () => {
    const histogram = new Histogram("t_seconds", "Time.", "route", BOUNDS);
    for (const seconds of [0, 0.01, 0.05, 1, 7]) histogram.observe("/a", seconds);
    histogram.observe("/b", 0.5);
    expect(textOf(histogram)).toBe(`# HELP t_seconds Time.
# TYPE t_seconds histogram
t_seconds_bucket{route="/a",le="0.01"} 2
t_seconds_bucket{route="/a",le="0.1"} 3
t_seconds_bucket{route="/a",le="1"} 4
t_seconds_bucket{route="/a",le="+Inf"} 5
t_seconds_sum{route="/a"} 8.06
t_seconds_count{route="/a"} 5
t_seconds_bucket{route="/b",le="0.01"} 0
t_seconds_bucket{route="/b",le="0.1"} 0
t_seconds_bucket{route="/b",le="1"} 1
t_seconds_bucket{route="/b",le="+Inf"} 1
t_seconds_sum{route="/b"} 0.5
t_seconds_count{route="/b"} 1
`);
  });

  test("agrees with a plain count, whatever is observed", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 3, noNaN: true })), (observed) => {
        const histogram = new Histogram("t", "Time.", "route", BOUNDS);
        for (const seconds of observed) histogram.observe("/a", seconds);
        const text = textOf(histogram);
        if (observed.length === 0) return expect(text).toBe("");
        for (const bound of BOUNDS) {
          const below = observed.filter((seconds) => seconds <= bound).length;
          expect(text).toContain(`t_bucket{route="/a",le="${bound}"} ${below}\n`);
        }
        expect(text).toContain(`t_count{route="/a"} ${observed.length}\n`);
      }),
    );
  });

  test("of nothing is nothing", () => {
    expect(textOf(new Histogram("t_seconds", "Time.", "route", BOUNDS))).toBe("");
  });
});

describe("the metrics", () => {
  test("leave out what has not happened, and have it once it has", async () => {
    const service = await createTestService();
    const text = async () => (await service.request("GET", "/metrics")).text;
    const names = [
      "gramway_upstream_requests_total",
      "gramway_upstream_request_duration_seconds",
      "gramway_model_drift_total",
      "gramway_errors_total",
    ];
    const before = await text();
    for (const name of names) expect(before).not.toContain(name);
    expect(before).not.toContain('route="/user"');
    expect(before).toContain("gramway_session_queue_depth 0\n");
    const session = await service.login();
    const query = { user_id: "999" };
    await service.request("GET", "/user", { key: service.testKey, session, query });
    const after = await text();
    for (const name of names.filter((each) => !each.includes("drift")))
      expect(after).toContain(`# TYPE ${name} `);
    expect(after).toContain('gramway_http_own_duration_seconds_count{route="/user"} 1\n');
    await service.close();
  });

  test("are written while other requests go on, once for all who ask meanwhile", async () => {
    const service = await createTestService();
    const { metrics } = service.service;
    for (let operation = 0; operation < 5_000; operation++)
      metrics.upstreamCalled({
        operation: `op${operation}`,
        proxyId: null,
        host: "",
        status: 200,
        milliseconds: 5,
      });
    let turns = 0;
    const turn = (): void => {
      turns++;
      next = setImmediate(turn);
    };
    let next = setImmediate(turn);
    const texts = await Promise.all([metrics.text(), metrics.text()]);
    clearImmediate(next);
    expect(turns).toBeGreaterThan(3);
    expect(texts[0] === texts[1]).toBe(true);
    expect(texts[0]).toContain('operation="op4999"');
    await service.close();
  });

  test("come in gzip to those who take it", async () => {
    const service = await createTestService();
    const ask = (accepted: string) =>
      service.service.handle(
        new Request("http://localhost/metrics", { headers: { "Accept-Encoding": accepted } }),
      );
    const zipped = await ask("gzip;q=0.5");
    expect(zipped.headers.get("content-encoding")).toBe("gzip");
    expect(gunzipSync(await zipped.bytes()).toString()).toContain("gramway_build_info");
    const plain = await ask("identity");
    expect(plain.headers.get("content-encoding")).toBeNull();
    expect(await plain.text()).toContain("gramway_build_info");
    await service.close();
  });
});
