import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json";
import {
  dockerEnvironment,
  dockerStages,
  flyConfig,
  knownVariables,
  valuesOf,
} from "../support/deployment.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { LONG_MS, SECRETS, startProcess } from "../support/process.ts";
import { project, read } from "../support/source.ts";

const stages = dockerStages();
const image = stages.at(-1) ?? [];
const environment = dockerEnvironment(image);
const [healthCheck = ""] = valuesOf(image, "HEALTHCHECK");

/** The command after CMD, in its JSON form. */
const commandOf = (value: string): string[] => JSON.parse(value.slice(value.indexOf("[")));

test("the image is made in stages on Debian, with the version of Bun that runs the tests", () => {
  expect(stages.length).toBeGreaterThan(1);
  for (const stage of stages) expect(stage[0]?.value).toStartWith(`oven/bun:${Bun.version}-slim`);
});

test("its dependencies are those of the lock file, for production", () => {
  const [install] = valuesOf(stages[0] ?? [], "RUN");
  expect(install).toStartWith("bun install --frozen-lockfile --production");
});

test("it has ffmpeg, and no list of packages", () => {
  const [install] = valuesOf(image, "RUN");
  expect(install).toContain("apt-get install -y --no-install-recommends ffmpeg");
  expect(install).toContain("rm -rf /var/lib/apt/lists/*");
});

test("it runs as a user without rights, and stops on SIGTERM", () => {
  expect(valuesOf(image, "USER")).toEqual(["bun"]);
  const names = image.map(({ name }) => name);
  expect(names.indexOf("USER")).toBeLessThan(names.indexOf("CMD"));
  expect(names.lastIndexOf("RUN")).toBeLessThan(names.indexOf("USER"));
  expect(valuesOf(image, "STOPSIGNAL")).toEqual(["SIGTERM"]);
});

test("its variables are ones that the service reads, and none is a secret", () => {
  // The runtime reads this one itself.
  const { MIMALLOC_PURGE_DELAY: purgeDelay, ...others } = environment;
  expect(packageJson.scripts.start).toContain(`MIMALLOC_PURGE_DELAY=${purgeDelay} `);
  for (const name of Object.keys(others))
    if (name !== "NODE_ENV") expect(knownVariables()).toContain(name);
  expect(environment.NODE_ENV).toBe("production");
  for (const name of Object.keys(SECRETS)) expect(read("Dockerfile")).not.toMatch(`${name}=`);
  expect(valuesOf(image, "ARG").map((value) => value.split("=")[0])).toEqual([
    "GIT_SHA",
    "BUILD_TIME",
  ]);
});

test("its port is the one that it exposes, and its database lies on its volume", () => {
  expect(valuesOf(image, "EXPOSE")).toEqual([environment.PORT ?? ""]);
  const [volume] = valuesOf(image, "VOLUME");
  expect(environment.DATABASE_URL).toStartWith(`file:${volume}/`);
});

test("what it copies exists, and the builder is sent nothing else", () => {
  const sources = stages
    .flatMap((stage) => valuesOf(stage, "COPY"))
    .filter((value) => !value.startsWith("--from"))
    .flatMap((value) => value.split(/\s+/).slice(0, -1));
  const sent = read(".dockerignore")
    .split("\n")
    .filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  for (const source of sources) expect(existsSync(join(project, source))).toBeTrue();
  expect([...new Set(sources)].sort()).toEqual(sent.sort());
  expect(read(".dockerignore")).toContain("\n*\n");
});

test("its commands are Bun and a file that it holds", () => {
  const [program, file = ""] = commandOf(valuesOf(image, "CMD")[0] ?? "");
  expect(program).toBe("bun");
  expect(existsSync(join(project, file))).toBeTrue();
  expect(commandOf(healthCheck)[0]).toBe("bun");
});

let directory: ReturnType<typeof temporaryDirectory>;
beforeAll(() => {
  directory = temporaryDirectory();
});
afterAll(() => directory.remove());

test(
  "what it holds starts with its variables, passes its health check, and stops cleanly",
  async () => {
    const app = join(directory.path, "app");
    mkdirSync(app);
    for (const part of ["package.json", "bun.lock", "tsconfig.json", "src", "migrations"])
      cpSync(join(project, part), join(app, part), { recursive: true });
    const [, ...install] = (valuesOf(stages[0] ?? [], "RUN")[0] ?? "").split(" ");
    const installing = startProcess(install, process.env, app);
    expect([await installing.ended(), installing.err()]).toEqual([0, expect.any(String)]);
    for (const name of Object.keys(packageJson.devDependencies))
      expect(existsSync(join(app, "node_modules", name))).toBeFalse();

    const fly = flyConfig();
    const [, ...command] = commandOf(valuesOf(image, "CMD")[0] ?? "");
    const variables = {
      ...environment,
      ...fly.env,
      ...SECRETS,
      GIT_SHA: "0123abc",
      BUILD_TIME: "2026-01-02T03:04:05Z",
      // What only a container has: its own ports, and /data.
      PORT: "0",
      DATABASE_URL: `file:${join(directory.path, "data", "gramway.db")}`,
    };
    const service = startProcess(command, variables, app);
    const [, port = ""] = await service.printed(/listens on http:\/\/localhost:(\d+)/);
    const build = await (await fetch(`http://127.0.0.1:${port}/build`)).json();
    expect(build).toMatchObject({ git_sha: "0123abc", build_time: "2026-01-02T03:04:05Z" });

    const [, ...check] = commandOf(healthCheck);
    expect(await startProcess(check, { PORT: port }, app).ended()).toBe(0);
    service.kill("SIGTERM");
    expect(await service.ended()).toBe(0);
    expect(await startProcess(check, { PORT: port }, app).ended()).not.toBe(0);
  },
  2 * LONG_MS,
);
