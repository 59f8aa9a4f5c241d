import { describe, expect, test } from "bun:test";
import { ConfigError, type Environment, loadConfig } from "../src/config.ts";

const STRONG = "5f1c0a9d3e7b4826a1d0c9e8";
const SECRETS = { ENCRYPTION_KEYS: "0".repeat(64), ADMIN_TOKEN: STRONG };
const load = (env: Environment) => loadConfig({ ...SECRETS, ...env });

describe("secrets that open the service", () => {
  const WEAK = ["short", "x".repeat(40), "abcabcabcabcabcabcabcabcabc", STRONG.slice(0, 23)];

  for (const name of ["ADMIN_TOKEN", "METRICS_TOKEN"]) {
    test(`${name} is hard to guess in production and where others can connect`, () => {
      for (const value of WEAK)
        for (const env of [
          { NODE_ENV: "production", HOST: "127.0.0.1" },
          { HOST: "0.0.0.0" },
          { HOST: "::" },
          { HOST: "gateway.internal" },
        ]) {
          const refused = () => load({ ...env, [name]: value });
          expect(refused, `${value} ${JSON.stringify(env)}`).toThrow(ConfigError);
          expect(refused).toThrow(`${name} must have 24 characters`);
        }
      expect(() => load({ NODE_ENV: "production", [name]: STRONG })).not.toThrow();
    });

    test(`${name} may be anything on this machine alone, in development`, () => {
      for (const HOST of ["", "127.0.0.1", "127.1.2.3", "localhost", "::1"])
        for (const value of WEAK) expect(() => load({ HOST, [name]: value })).not.toThrow();
    });
  }

  test("METRICS_TOKEN is none unless it is set", () => {
    expect(load({}).metricsToken).toBeNull();
    expect(load({ METRICS_TOKEN: STRONG }).metricsToken).toBe(STRONG);
  });
});

describe("TRUST_PROXY", () => {
  test("names a header, and how many proxies add themselves to it", () => {
    const proxy = (TRUST_PROXY: string) => load({ TRUST_PROXY }).trustedProxy;
    expect(proxy("X-Real-IP")).toEqual({ header: "x-real-ip", proxies: 1 });
    expect(proxy("X-Forwarded-For:2")).toEqual({ header: "x-forwarded-for", proxies: 2 });
    expect(proxy("none")).toBeNull();
    for (const wrong of ["Forwarded", "X-Forwarded-For:0", "X-Forwarded-For:10", "a b", "1", "a:b"])
      expect(() => proxy(wrong), wrong).toThrow("TRUST_PROXY must be");
  });

  test("is Fly.io's header on Fly.io, and none elsewhere, unless it is set", () => {
    expect(load({}).trustedProxy).toBeNull();
    const fly = { FLY_APP_NAME: "gateway" };
    expect(load(fly).trustedProxy).toEqual({ header: "fly-client-ip", proxies: 1 });
    expect(load({ ...fly, TRUST_PROXY: "none" }).trustedProxy).toBeNull();
    expect(load({ ...fly, TRUST_PROXY: "cf-connecting-ip" }).trustedProxy?.header).toBe(
      "cf-connecting-ip",
    );
  });
});

describe("NODE_ENV", () => {
  test("may be unset, empty, development, production or test, and nothing else", () => {
    for (const NODE_ENV of [undefined, "", " ", "development", "test", "Development"])
      expect(load({ NODE_ENV }).host, String(NODE_ENV)).toBe("127.0.0.1");
    for (const NODE_ENV of ["prod", "staging", "live", "1", "production;"])
      expect(() => load({ NODE_ENV }), NODE_ENV).toThrow(
        new ConfigError("NODE_ENV must be one of development, production, test"),
      );
  });
});

describe("the place of the database", () => {
  test("is a file, or a URL that can be asked", () => {
    for (const DATABASE_URL of ["file:./x.db", ":memory:", "libsql://a.turso.io", "http://h:1"])
      expect(load({ DATABASE_URL }).database.url).toBe(DATABASE_URL);
    for (const wrong of ["http://", "http://a b", "libsql://a:port", "ftp://a", "a.db"]) {
      expect(() => load({ DATABASE_URL: wrong }), wrong).toThrow("DATABASE_URL must be");
      const replica = { DATABASE_URL: "file:./x.db", DATABASE_SYNC_URL: wrong };
      expect(() => load(replica), wrong).toThrow("DATABASE_SYNC_URL must be");
    }
    for (const wrong of ["two lines\nof it", "ü"])
      expect(() => load({ DATABASE_AUTH_TOKEN: wrong })).toThrow("DATABASE_AUTH_TOKEN must be");
  });
});

describe("the machine's names", () => {
  test("can stand in a header; the region is written as those of proxies", () => {
    const machine = { FLY_MACHINE_ID: "e784079b449483", FLY_REGION: "FRA" };
    expect(load(machine)).toMatchObject({ machineId: "e784079b449483", region: "fra" });
    expect(load({ FLY_MACHINE_ID: " ", FLY_REGION: "" })).toMatchObject({
      machineId: null,
      region: null,
    });
    for (const wrong of ["a;b", "a\r\nb", "a b", "ü", "m".repeat(65)]) {
      expect(() => load({ FLY_MACHINE_ID: wrong }), wrong).toThrow("FLY_MACHINE_ID must be");
      expect(() => load({ FLY_REGION: wrong }), wrong).toThrow("FLY_REGION must be");
    }
  });
});

describe("the limits of API keys", () => {
  test("are 50 requests a second and 100 at once; what is set for the one moves the other", () => {
    expect(load({})).toMatchObject({ keyRequestsPerSecond: 50, keyBurst: 100 });
    expect(load({ KEY_REQUESTS_PER_SECOND: "7" })).toMatchObject({ keyBurst: 14 });
    const both = { KEY_REQUESTS_PER_SECOND: "7", KEY_BURST: "3" };
    expect(load(both)).toMatchObject({ keyRequestsPerSecond: 7, keyBurst: 3 });
  });
});

describe("FFMPEG_PATH", () => {
  test("is a file or none; unless it is set, ffmpeg is looked for on PATH", () => {
    expect(load({ PATH: "/opt/bin" }).ffmpeg).toEqual({
      command: "ffmpeg",
      searchPath: "/opt/bin",
    });
    expect(load({ FFMPEG_PATH: "/bin/true" }).ffmpeg?.command).toBe("/bin/true");
    expect(load({ FFMPEG_PATH: "none" }).ffmpeg).toBeNull();
    expect(() => load({ FFMPEG_PATH: "/nowhere/ffmpeg" })).toThrow("FFMPEG_PATH must be");
  });
});

describe("PROXY_CHECK_URL", () => {
  const checks = (PROXY_CHECK_URL?: string) => load({ PROXY_CHECK_URL }).proxyChecks;

  test("is a page of Instagram's that needs no login, or the operator's, or off", () => {
    expect(checks()).toEqual({
      url: "https://www.instagram.com/robots.txt",
      areOn: true,
      intervalMs: 600_000,
    });
    expect(checks("http://127.0.0.1:8080/up").url).toBe("http://127.0.0.1:8080/up");
    expect(checks(" OFF ")).toMatchObject({ url: checks().url, areOn: false });
    for (const wrong of ["example.com", "ftp://example.com/", "http://a:b@example.com/", "http://"])
      expect(() => checks(wrong), wrong).toThrow("PROXY_CHECK_URL must be");
    expect(load({ PROXY_CHECK_SECONDS: "5" }).proxyChecks.intervalMs).toBe(5_000);
    expect(() => load({ PROXY_CHECK_SECONDS: "0" })).toThrow("PROXY_CHECK_SECONDS must be");
  });
});
