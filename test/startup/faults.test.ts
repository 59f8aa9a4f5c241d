import { Database } from "bun:sqlite";
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporaryDirectory } from "../support/directory.ts";
import { startGateway } from "../support/gateway.ts";
import {
  type Environment,
  LONG_MS,
  productionEnvironment,
  startProcess,
} from "../support/process.ts";
import { project } from "../support/source.ts";

const directory = temporaryDirectory();
afterAll(() => directory.remove());
const production = productionEnvironment(directory.path);
const MAIN = join(project, "src", "main.ts");

/** Starts the service where it cannot start; resolves with the line that it says. */
async function faultOf(env: Environment, cwd = directory.path): Promise<string> {
  const service = startProcess([MAIN], { PORT: "0", ...env }, cwd);
  expect(await service.ended()).toBe(1);
  expect(service.out()).toBe("");
  const lines = service.err().trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  return lines[0] ?? "";
}

describe("the service does not start, and says why in one line,", () => {
  const variables: Array<[what: string, env: Environment, says: RegExp]> = [
    ["no encryption key in production", { ENCRYPTION_KEYS: "" }, /ENCRYPTION_KEYS is not set/],
    ["no admin token in production", { ADMIN_TOKEN: "" }, /ADMIN_TOKEN is not set/],
    ["a short admin token in production", { ADMIN_TOKEN: "short" }, /ADMIN_TOKEN must have 24/],
    ["an encryption key of a wrong length", { ENCRYPTION_KEYS: "abcd" }, /ENCRYPTION_KEYS: key 1/],
    [
      "a second encryption key that is none",
      { ENCRYPTION_KEYS: `${"5a".repeat(32)},x` },
      /ENCRYPTION_KEYS: key 2/,
    ],
    ["a port that is no number", { PORT: "eighty" }, /PORT must be a whole number/],
    ["a port out of range", { PORT: "65536" }, /PORT must be a whole number/],
    ["an unknown log level", { LOG_LEVEL: "loud" }, /LOG_LEVEL must be one of/],
    [
      "an upstream that is no origin",
      { UPSTREAM_URL: "instagram" },
      /UPSTREAM_URL must be an orig/,
    ],
    ["a database of another kind", { DATABASE_URL: "mysql://localhost/x" }, /DATABASE_URL must be/],
    [
      "a replica of a remote database",
      { DATABASE_URL: "http://localhost:1", DATABASE_SYNC_URL: "http://localhost:1" },
      /DATABASE_SYNC_URL needs/,
    ],
    ["an address that is not this machine's", { HOST: "203.0.113.1" }, /203\.0\.113\.1:0 cannot/],
  ];
  for (const [what, env, says] of variables)
    test(
      what,
      async () => {
        const line = await faultOf({ ...production, ...env });
        expect(line).toStartWith("gramway cannot start: ");
        expect(line).toMatch(says);
        for (const secret of Object.values(env))
          if (secret === "short" || secret === "abcd") expect(line).not.toContain(secret);
      },
      LONG_MS,
    );

  test(
    "a port that is taken",
    async () => {
      const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
      const env = { ...production, HOST: "127.0.0.1", PORT: String(other.port) };
      expect(await faultOf(env)).toMatch(/:\d+ cannot be listened on \(EADDRINUSE\): set PORT/);
      await other.stop(true);
    },
    LONG_MS,
  );

  test(
    "a database that is newer than the code",
    async () => {
      const file = join(directory.path, "newer.db");
      const env = { ...production, DATABASE_URL: `file:${file}` };
      const service = await startGateway(env);
      await service.stop();
      const database = new Database(file);
      database.run("INSERT INTO schema_migrations VALUES ('9999_future', 'x', 0)");
      database.close();
      expect(await faultOf(env)).toMatch(/newer.*9999_future|9999_future.*newer/);
    },
    LONG_MS,
  );

  test(
    "a database where none can be written",
    async () => {
      const file = join(directory.path, "a-file");
      writeFileSync(file, "");
      expect(await faultOf({ ...production, DATABASE_URL: `file:${file}/gramway.db` })).toMatch(
        /^gramway cannot start: .*the database cannot be opened/,
      );
    },
    LONG_MS,
  );

  test(
    "a file that is no database",
    async () => {
      const file = join(directory.path, "text.db");
      writeFileSync(file, "this is a text and no database\n".repeat(200));
      expect(await faultOf({ ...production, DATABASE_URL: `file:${file}` })).toMatch(
        /^gramway cannot start: .*damaged or is not a database/,
      );
    },
    LONG_MS,
  );

  test(
    "a data directory that cannot be written, in development",
    async () => {
      const cwd = join(directory.path, "development");
      mkdirSync(cwd);
      writeFileSync(join(cwd, "data"), "");
      expect(await faultOf({}, cwd)).toMatch(/data\/\S+ can be neither read nor written/);
    },
    LONG_MS,
  );
});

describe("the emulator does not start, and says why in one line,", () => {
  const script = join(project, "src", "emulator-server.ts");

  test(
    "a port that is no number, or taken",
    async () => {
      const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
      for (const port of ["x", String(other.port)]) {
        const emulator = startProcess([script], { EMULATOR_PORT: port });
        expect(await emulator.ended()).toBe(1);
        expect(emulator.err()).toMatch(/^.*EMULATOR_PORT.*\n$/);
      }
      await other.stop(true);
    },
    LONG_MS,
  );
});
