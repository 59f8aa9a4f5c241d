import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import { loadConfig, loadEmulatorConfig } from "../../src/config.ts";
import { missingOperations } from "../../src/routes/missing.ts";
import { knownVariables, read } from "../support/deployment.ts";
import { project } from "../support/process.ts";

const readme = read("README.md");

test("it lists the variables that the service reads, and no other", () => {
  const listed = [...readme.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) *\|/gm)].flatMap(
    ([, names = ""]) => names.replaceAll("`", "").split(", "),
  );
  // Set by the platform, or described in a sentence of its own.
  const elsewhere = new Set(["NODE_ENV", "FLY_APP_NAME"]);
  const known = [...knownVariables()].filter((name) => !elsewhere.has(name));
  expect(listed.sort()).toEqual(known.sort());
});

test("its commands are scripts of this package, and Bun's version is the one pinned", () => {
  const scripts = new Set(Object.keys(packageJson.scripts));
  const run = [...readme.matchAll(/\bbun run ([\w:]+)/g)].map(([, name = ""]) => name);
  expect(run.length).toBeGreaterThan(0);
  for (const name of run) expect(scripts).toContain(name);
  const versions = [...readme.matchAll(/bun@([\d.]+)/g)].map(([, version]) => version);
  expect(new Set(versions)).toEqual(new Set([Bun.version]));
  expect(packageJson.engines.bun).toBe(`>=${Bun.version}`);
});

test("it says how much of each area of the contract is missing", () => {
  const [, section = ""] = /^## What is missing yet$([\s\S]*?)^## /m.exec(readme) ?? [];
  const told = [...section.matchAll(/^\| (.+?) +\| (\d+) +\|/gm)].map(([, tag, count]) => [
    tag,
    count,
  ]);
  const missing = Map.groupBy(missingOperations, ({ tag }) => tag);
  expect(told).toEqual([...missing].map(([tag, { length }]) => [tag, String(length)]));
});

test("on Fly the first deployment comes last, after the secrets", () => {
  const commands = [...readme.matchAll(/^ *(fly \w+(?: \w+)?)/gm)].map(([, command]) => command);
  expect(commands).toEqual(["fly launch", "fly volumes create", "fly secrets set", "fly deploy"]);
  expect(readme).toMatch(/fly launch .*--no-deploy/);
});

test("no install script of a dependency runs", () => {
  expect(packageJson.trustedDependencies).toEqual([]);
});

test("its links lead to files that exist", () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path = ""]) => path);
  expect(links.length).toBeGreaterThan(0);
  expect(links.filter((path) => !existsSync(join(project, path)))).toEqual([]);
});

test("the defaults that it names are the code's", () => {
  const secrets = { ENCRYPTION_KEYS: "0".repeat(64), ADMIN_TOKEN: "0".repeat(16) };
  const config = loadConfig(secrets);
  const named = (variable: string): string | undefined =>
    new RegExp(`^\\| \`${variable}\` *\\| \`([^\`]+)\``, "m").exec(readme)?.[1];
  expect(named("DATABASE_URL")).toBe(config.database.url);
  expect(named("UPSTREAM_TIMEOUT_MS")).toBe(String(config.upstreamTimeoutMs));
  expect(named("REQUEST_DEADLINE_MS")).toBe(String(config.requestDeadlineMs));
  expect(named("KEY_REQUESTS_PER_SECOND")).toBe(String(config.keyRequestsPerSecond));
  expect(named("LOG_LEVEL")).toBe(config.logLevel);
  expect(named("EMULATOR_PORT")).toBe(String(loadEmulatorConfig({}).port));
});
