import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, normalize } from "node:path";

const PROJECT = join(import.meta.dir, "..");
const read = (path: string): string => readFileSync(join(PROJECT, path), "utf8");

/** What each folder below src may import from, apart from itself; docs/architecture.md tells why. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  routes: ["http", "sessions", "tenants", "proxies", "instagram", "problems"],
  http: ["announcements.ts", "sessions", "tenants", "instagram", "problems"],
  sessions: ["announcements.ts", "instagram", "proxies", "net/host-guard.ts", "db", "problems"],
  tenants: ["announcements.ts", "db", "problems"],
  platform: ["net", "proxies", "instagram/client.ts"],
  cli: [
    "announcements.ts",
    "config.ts",
    "db",
    "sessions",
    "tenants",
    "instagram/app-profiles.ts",
    "problems",
  ],
  // Reads the operator's app profiles and hosts, and makes secrets in development.
  "config.ts": ["instagram", "problems", "net/address-rules.ts", "secret-file.ts"],
  "secret-file.ts": ["problems"],
  // The form of an error, which imports nothing itself.
  instagram: ["problems/problem.ts"],
  emulator: [],
  net: ["problems"],
  proxies: [],
  db: ["announcements.ts", "problems"],
  "announcements.ts": ["db/schema.ts"],
  problems: [],
};

/** Files at the top of src that put the folders together. */
const COMPOSING = new Set([
  "app.ts",
  "cli.ts",
  "compose.ts",
  "emulator-server.ts",
  "main.ts",
  "start.ts",
  "upstream.ts",
]);

/** Single arrows beside those, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // Checks the database itself.
  "src/http/readiness.ts": ["src/db/connection.ts", "src/db/migrate.ts"],
  // A type: the names of the levels.
  "src/http/logger.ts": ["src/config.ts"],
};

const LONGEST_FILE = 450;

const sources = filesBelow("src", ".ts");
const tests = filesBelow("test", ".ts");

describe("imports", () => {
  test("follow the arrows of the design", () => {
    const wrong: string[] = [];
    for (const file of sources)
      for (const target of importsOf(file))
        if (!allowed(file, target)) wrong.push(`${file} → ${target}`);
    expect(wrong).toEqual([]);
  });

  test("are found by this scanner in all their forms", () => {
    const text = `
      import a from "./a.ts"; import "./b.ts"; import type { C } from "./c.ts";
      import {
        d,
      } from "./d.ts";
      export * from "./e.ts"; export type { F } from './f.ts';
      const g = await import("./g.ts"); type H = import("./h.ts").H;
      import x from "elysia"; // import "./not.ts"
      import j from "../package.json" with { type: "json" };
    `;
    const found = specifiersIn(text).filter((name) => name.startsWith("."));
    expect(found.map((name) => basename(name, ".ts")).sort()).toEqual([
      ..."abcdefgh",
      "package.json",
    ]);
  });

  test("know every folder of src", () => {
    const folders = readdirSync(join(PROJECT, "src"), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    expect(folders.filter((name) => !(name in ARROWS))).toEqual([]);
  });

  test("have no exception that is not needed any more", () => {
    for (const [file, targets] of Object.entries(EXCEPTIONS))
      for (const target of targets) expect(importsOf(file), file).toContain(target);
  });

  test("never lead from src into the tests, nor out of the project", () => {
    const targets = sources.flatMap((file) => importsOf(file));
    const outside = targets.filter((target) => !target.startsWith("src/"));
    expect([...new Set(outside)].filter((target) => target !== "package.json")).toEqual([]);
    for (const target of new Set(targets))
      expect(existsSync(join(PROJECT, target)), target).toBe(true);
  });

  test("of packages are dependencies of the project", () => {
    const { dependencies } = JSON.parse(read("package.json"));
    const packages = sources.flatMap((file) => specifiersIn(read(file)).filter(isPackage));
    const names = packages.map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
    expect([...new Set(names)].filter((name) => !(name in dependencies))).toEqual([]);
  });
});

describe("the environment", () => {
  test("is read by config.ts, which gets it from the entries", () => {
    const handedOn = new Set(["src/main.ts", "src/cli.ts", "src/emulator-server.ts"]);
    const uses = sources.flatMap((file) =>
      [...code(file).matchAll(/.*\b(?:process|Bun|import\.meta)\.env\b.*/g)].map(
        ([line]) => [file, line.trim()] as const,
      ),
    );
    expect(uses.length).toBeGreaterThan(2);
    const wrong = uses.filter(([file, line]) => {
      if (file === "src/platform/bun.ts") return !/^delete process\.env\.NO_PROXY;$/i.test(line);
      // Handed on as a whole; no variable is read there.
      return !handedOn.has(file) || /\benv[.[]/.test(line);
    });
    expect(wrong).toEqual([]);
  });
});

describe("an app version", () => {
  test("stands in the app profiles and nowhere else in the code", () => {
    const version = /\b\d{3}\.0\.0\.\d+\.\d+\b/;
    expect(version.test(code("src/instagram/app-profiles.ts"))).toBe(true);
    const wrong = sources
      .filter((file) => file !== "src/instagram/app-profiles.ts")
      .filter((file) => !file.startsWith("src/emulator/"))
      .filter((file) => version.test(code(file)));
    expect(wrong).toEqual([]);
  });
});

describe("the code", () => {
  test("has no any, and silences no compiler", () => {
    const anyType = /(?:[:<|(,&]|\bas|\bof)\s*any\b(?!\s*[:(.])|\bany\[\]/;
    expect(anyType.test("const a: any = 1")).toBe(true);
    expect(sources.filter((file) => anyType.test(code(file)))).toEqual([]);
    const silenced = new RegExp(`@ts-(?:${["ignore", "nocheck"].join("|")})`);
    expect([...sources, ...tests].filter((file) => silenced.test(read(file)))).toEqual([]);
    // A test may say that something must not compile.
    expect(sources.filter((file) => read(file).includes("@ts-expect-error"))).toEqual([]);
  });

  test("leaves no test out and runs none alone", () => {
    const left = /\.(?:skip|only|todo|todoIf|failing|if)\b/;
    expect(left.test(["test", "skip", "each"].join("."))).toBe(true);
    expect(tests.filter((file) => left.test(read(file)))).toEqual([]);
    // What a machine lacks may leave a test out there, and never in CI.
    const conditional = tests.flatMap((file) =>
      read(file)
        .split("\n")
        .filter((line) => /\.skipIf\(/.test(line)),
    );
    expect(conditional.filter((line) => !line.includes("process.env.CI"))).toEqual([]);
  });

  test("stands in files that can be read at a sitting", () => {
    const lines = (file: string): number => read(file).split("\n").length - 1;
    expect([...sources, ...tests].filter((file) => lines(file) > LONGEST_FILE)).toEqual([]);
  });

  test("of a resource has at most 25 routes and 400 lines in its file", () => {
    for (const file of sources.filter((name) => name.startsWith("src/routes/"))) {
      const routes = [...code(file).matchAll(/^ {4}\.(?:get|post|put|patch|delete)\(/gm)];
      expect(routes.length, file).toBeLessThanOrEqual(25);
      expect(read(file).split("\n").length, file).toBeLessThanOrEqual(400);
    }
  });

  test("of a resource has the same file name in the client, its routes and the emulator", () => {
    for (const file of filesBelow("src/instagram/operations", ".ts"))
      for (const folder of ["src/routes", "src/emulator"])
        expect(existsSync(join(PROJECT, folder, basename(file))), `${folder}, ${file}`).toBe(true);
  });
});

describe("committed files", () => {
  const committed = committedFiles();

  test("name no machine's paths and no package registry", () => {
    expect(committed.length).toBeGreaterThan(100);
    const paths = ["work/", "home/\\w+/", "Users/\\w+/", "root/"].map((path) => `/${path}`);
    const machine = new RegExp(`(?<![\\w.}*])(?:${paths.join("|")})`);
    const registry = new RegExp(
      ["registry\\.npm", "npm\\.pkg", "artifactory", "verdaccio", "nexus/repo"].join("|"),
      "i",
    );
    const wrong = committed.filter((file) => {
      const text = read(file);
      return machine.test(text) || (registry.test(text) && !file.endsWith("architecture.test.ts"));
    });
    expect(wrong).toEqual([]);
  });

  test("lock the dependencies without URLs", () => {
    expect(read("bun.lock")).not.toMatch(/https?:/);
    expect(committed.filter((file) => basename(file) === ".npmrc")).toEqual([]);
  });

  test("hold no database, key or log", () => {
    const ours = committed.filter((file) => !file.startsWith("test/"));
    const kept = ours.filter((file) => /\.(?:db|sqlite|pem|log|env)$|^data\//.test(file));
    expect(kept).toEqual([]);
  });
});

/** Files below a folder with that ending, by path from the project. */
function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

/** What git has; without git, what lies in the folders of the code. */
function committedFiles(): string[] {
  const listed = Bun.spawnSync(["git", "ls-files", "-z"], { cwd: PROJECT });
  const names = listed.success
    ? listed.stdout.toString().split("\0")
    : [...sources, ...tests, "package.json", "bun.lock"];
  const text = /\.(?:png|jpe?g|gif|ico|woff2?|gz|zip|db)$/i;
  return names.filter((name) => name !== "" && !text.test(name) && existsSync(join(PROJECT, name)));
}

/** A file's text without comments. */
function code(file: string): string {
  return withoutComments(read(file));
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|[\s;,{(])\/\/.*$/gm, "$1");
}

/** Everything that a text imports, type imports too. */
function specifiersIn(text: string): string[] {
  const forms = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\n]+)\1/g;
  return [...withoutComments(text).matchAll(forms)].map(([, , name]) => name ?? "");
}

/** A package's name, or a path in it. */
function isPackage(name: string): boolean {
  return /^@?[a-z][\w./-]*$/.test(name) && !/^(?:node|bun):|^bun$/.test(name);
}

/** Files of the project that one imports, by path. */
function importsOf(file: string): string[] {
  return specifiersIn(read(file))
    .filter((name) => name.startsWith("."))
    .map((name) => normalize(join(file, "..", name)));
}

function allowed(file: string, target: string): boolean {
  if (EXCEPTIONS[file]?.includes(target)) return true;
  const [, folder = ""] = file.split("/");
  if (COMPOSING.has(folder)) return true;
  // What else stands at the top imports nothing of ours.
  const arrows = ARROWS[folder];
  if (arrows === undefined) return false;
  const inside = target.replace(/^src\//, "");
  return [folder, ...arrows].some((name) => inside === name || inside.startsWith(`${name}/`));
}
