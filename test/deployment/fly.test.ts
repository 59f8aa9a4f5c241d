import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  dockerEnvironment,
  dockerStages,
  flyConfig,
  knownVariables,
  valuesOf,
} from "../support/deployment.ts";
import { createTestService } from "../support/service.ts";
import { project, read } from "../support/source.ts";

const fly = flyConfig();
const image = dockerStages().at(-1) ?? [];

test("it builds from the Dockerfile, and its variables are ones that the service reads", () => {
  expect(existsSync(join(project, fly.build.dockerfile))).toBeTrue();
  for (const name of Object.keys(fly.env))
    if (name !== "NODE_ENV") expect(knownVariables()).toContain(name);
  expect(fly.env.NODE_ENV).toBe("production");
});

test("the secrets that it asks for by name are known, and hold no value", () => {
  const named = [...read("fly.toml").matchAll(/secrets set (.*)$/gm)].flatMap(([, line = ""]) =>
    [...line.matchAll(/([A-Z_]+)=/g)].map(([, name = ""]) => name),
  );
  expect(named).toContain("ENCRYPTION_KEYS");
  expect(named).toContain("ADMIN_TOKEN");
  for (const name of named) expect(knownVariables()).toContain(name);
  expect(Object.keys(fly.env)).not.toContain("ADMIN_TOKEN");
  expect(Object.keys(fly.env)).not.toContain("ENCRYPTION_KEYS");
});

test("its port, volume and stop signal are the image's", () => {
  const inImage = dockerEnvironment(image);
  expect(String(fly.http_service.internal_port)).toBe(fly.env.PORT ?? "");
  expect(fly.env.PORT).toBe(inImage.PORT ?? "");
  expect([fly.mounts.destination]).toEqual(valuesOf(image, "VOLUME"));
  expect(fly.env.DATABASE_URL).toStartWith(`file:${fly.mounts.destination}/`);
  expect([fly.kill_signal]).toEqual(valuesOf(image, "STOPSIGNAL"));
});

test("it waits longer for the end than the service takes for it", () => {
  const [, drain = ""] = /DRAIN_MS = ([\d_]+)/.exec(read("src/main.ts")) ?? [];
  const seconds = Number(drain.replaceAll("_", "")) / 1000;
  expect(seconds).toBeGreaterThan(0);
  expect(Number(fly.kill_timeout.replace("s", ""))).toBeGreaterThanOrEqual(seconds + 5);
});

test("a file database is migrated where its volume is: there is no release command", () => {
  expect(fly.deploy?.release_command).toBeUndefined();
});

test("its health check is a route that answers without a key", async () => {
  const service = await createTestService({ config: { logLevel: "silent" } });
  for (const { method, path } of fly.http_service.checks)
    expect((await service.request(method, path)).status).toBe(200);
  expect(fly.http_service.checks).not.toBeEmpty();
  await service.close();
});
