import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../src/config.ts";
import {
  dockerEnvironment,
  dockerStages,
  FLY_FILES,
  flyConfig,
  knownVariables,
  valuesOf,
} from "../support/deployment.ts";
import { SECRETS } from "../support/process.ts";
import { createTestService } from "../support/service.ts";
import { project, read } from "../support/source.ts";

const image = dockerStages().at(-1) ?? [];
const inImage = dockerEnvironment(image);

/** What Fly's configuration reference and flyctl know, of what is used here. */
const KEYS: Record<string, string[]> = {
  "": [
    "app",
    "primary_region",
    "kill_signal",
    "kill_timeout",
    "build",
    "env",
    "mounts",
    "deploy",
    "restart",
    "http_service",
    "checks",
    "vm",
  ],
  build: ["dockerfile"],
  mounts: ["source", "destination"],
  deploy: ["strategy", "max_unavailable", "release_command", "release_command_timeout"],
  restart: ["policy", "retries"],
  http_service: [
    "internal_port",
    "force_https",
    "auto_stop_machines",
    "auto_start_machines",
    "min_machines_running",
    "concurrency",
    "checks",
  ],
  "http_service.concurrency": ["type", "soft_limit", "hard_limit"],
  "http_service.checks": ["method", "path", "interval", "timeout", "grace_period"],
  "checks.ready": ["type", "port", "method", "path", "interval", "timeout", "grace_period"],
  checks: ["ready"],
  vm: ["size", "memory"],
};

/** The keys that are not known, with their section. */
function unknownKeys(value: unknown, section = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => unknownKeys(entry, section));
  if (typeof value !== "object" || value === null || section === "env") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (KEYS[section]?.includes(key) !== true) return [`[${section}] ${key}`];
    return unknownKeys(inner, section === "" ? key : `${section}.${key}`);
  });
}

for (const file of FLY_FILES)
  describe(file, () => {
    const fly = flyConfig(file);

    test("has only keys that Fly knows", () => {
      expect(unknownKeys(fly)).toEqual([]);
    });

    test("builds from the Dockerfile, and its variables are ones that the service reads", () => {
      expect(existsSync(join(project, fly.build.dockerfile))).toBeTrue();
      for (const name of Object.keys(fly.env))
        if (name !== "NODE_ENV") expect(knownVariables()).toContain(name);
      expect(fly.env.NODE_ENV).toBe("production");
    });

    test("asks by name for secrets that are known, and holds no value of them", () => {
      const [, secrets = ""] = /secrets set (.*(?:\\\n.*)?)$/m.exec(read(file)) ?? [];
      const named = [...secrets.matchAll(/([A-Z_]+)=/g)].map(([, name = ""]) => name);
      expect(named).toContain("ENCRYPTION_KEYS");
      expect(named).toContain("ADMIN_TOKEN");
      for (const name of named) {
        expect(knownVariables()).toContain(name);
        expect(Object.keys(fly.env)).not.toContain(name);
      }
    });

    test("has the image's port and stop signal", () => {
      expect(String(fly.http_service.internal_port)).toBe(fly.env.PORT ?? "");
      expect(fly.env.PORT).toBe(inImage.PORT ?? "");
      expect([fly.kill_signal]).toEqual(valuesOf(image, "STOPSIGNAL"));
    });

    test("waits longer for the end than the service takes for it", () => {
      const [, drain = ""] = /DRAIN_MS = ([\d_]+)/.exec(read("src/main.ts")) ?? [];
      const seconds = Number(drain.replaceAll("_", "")) / 1000;
      expect(seconds).toBeGreaterThan(0);
      expect(Number(fly.kill_timeout.replace("s", ""))).toBeGreaterThanOrEqual(seconds + 5);
    });

    test("keeps its machines up, and starts again those that end", () => {
      expect(fly.http_service.auto_stop_machines).toBe("off");
      expect(fly.restart).toEqual([{ policy: "always" }]);
    });

    test("checks by routes that answer without a key; a failing /ready takes no machine out", async () => {
      const service = await createTestService({ config: { logLevel: "silent" } });
      const routing = fly.http_service.checks;
      const watched = Object.values(fly.checks);
      for (const { method, path } of [...routing, ...watched])
        expect((await service.request(method, path)).status).toBe(200);
      expect(routing.map(({ path }) => path)).toEqual(["/health"]);
      expect(watched.map(({ path, port }) => [path, port])).toEqual([
        ["/ready", fly.http_service.internal_port],
      ]);
      await service.close();
    });
  });

const region = flyConfig("fly.toml");
const regions = flyConfig("fly.regions.toml");

test("in one region the database lies on the volume, and is migrated there: no release command", () => {
  expect([region.mounts?.destination]).toEqual(valuesOf(image, "VOLUME"));
  expect(region.env.DATABASE_URL).toStartWith(`file:${region.mounts?.destination}/`);
  expect(region.deploy.release_command).toBeUndefined();
});

test("in several regions no machine has a volume, and the release command migrates", () => {
  expect(regions.mounts).toBeUndefined();
  expect(regions.env.DATABASE_URL).toBeUndefined();
  const [program, path = "", command = ""] = (regions.deploy.release_command ?? "").split(" ");
  expect([program, existsSync(join(project, path)), command]).toEqual(["bun", true, "migrate"]);
  expect(regions.deploy).toMatchObject({ strategy: "rolling", max_unavailable: 1 });
  expect(regions.http_service.concurrency.hard_limit).toBeUndefined();
});

test("without the secret DATABASE_URL the release fails, instead of making a database in the image", () => {
  const env = { ...inImage, ...regions.env, ...SECRETS, RELEASE_COMMAND: "1" };
  expect(() => loadConfig(env)).toThrow(/DATABASE_URL is a file/);
  const url = "libsql://gramway.turso.io";
  expect(loadConfig({ ...env, DATABASE_URL: url }).database).toEqual({ url });
});
