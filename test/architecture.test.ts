import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import ts from "typescript-5";
import { filesBelow, importedNames, importsOf, nodesOf, project, read } from "./support/source.ts";

/** What each folder below src may import from, apart from itself; docs/architecture.md tells why. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  routes: [
    "http",
    "audit",
    "usage",
    "media",
    "files",
    "sessions",
    "tenants",
    "proxies",
    "instagram",
    "problems",
  ],
  http: [
    "announcements.ts",
    "lines.ts",
    "sessions",
    "idempotency",
    "uploads",
    "usage",
    "tenants",
    "media/media-tools.ts",
    "files",
    "instagram",
    "problems",
  ],
  // Prepares what callers upload for Instagram.
  media: ["files", "instagram/upload", "instagram/errors.ts", "problems"],
  files: ["problems"],
  uploads: ["announcements.ts", "db", "problems"],
  audit: ["db", "problems"],
  usage: ["db", "problems"],
  idempotency: ["db", "problems"],
  sessions: ["announcements.ts", "lines.ts", "instagram", "proxies", "net", "db", "problems"],
  tenants: ["announcements.ts", "db", "problems"],
  platform: ["net", "proxies", "instagram/client.ts"],
  cli: [
    "announcements.ts",
    "lines.ts",
    "config.ts",
    "stores.ts",
    "db",
    "audit",
    "usage",
    "net",
    "proxies",
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
  proxies: ["announcements.ts", "db", "net", "instagram/client.ts", "problems"],
  db: ["announcements.ts", "problems"],
  "announcements.ts": ["db/schema.ts"],
  problems: [],
};

/** Files at the top of src that put the folders together. */
const COMPOSING = new Set([
  "app.ts",
  "build.ts",
  "cli.ts",
  "compose.ts",
  "compose-steps.ts",
  "emulator-server.ts",
  "leases.ts",
  "main.ts",
  "start.ts",
  "stores.ts",
  "upstream.ts",
]);

/** Single arrows beside those, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  // Checks the database itself.
  "src/http/readiness.ts": ["src/db/connection.ts", "src/db/migrate.ts"],
  // A list: the names of the kinds of actions.
  "src/db/schema.ts": ["src/instagram/action-kinds.ts"],
  "src/tenants/action-limits.ts": ["src/instagram/action-kinds.ts"],
  // A type: the names of the levels.
  "src/http/logger.ts": ["src/config.ts"],
};

const sources = filesBelow("src");
const tests = filesBelow("test");

describe("imports", () => {
  test("follow the arrows of the design", () => {
    const wrong: string[] = [];
    for (const file of sources)
      for (const target of importsOf(file))
        if (!allowed(file, target)) wrong.push(`${file} → ${target}`);
    expect(wrong).toEqual([]);
  });

  test("know every folder of src", () => {
    const folders = readdirSync(join(project, "src"), { withFileTypes: true })
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
      expect(existsSync(join(project, target)), target).toBe(true);
  });

  test("of packages are dependencies of the project", () => {
    const { dependencies } = JSON.parse(read("package.json"));
    const packages = sources.flatMap((file) => importedNames(file).filter(isPackage));
    const names = packages.map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
    expect([...new Set(names)].filter((name) => !(name in dependencies))).toEqual([]);
  });
});

describe("the environment", () => {
  test("is read by config.ts, which gets it from the entries", () => {
    const uses = holding(sources, ".env").flatMap((file) =>
      [...nodesOf(file)].flatMap(({ node }) =>
        ts.isPropertyAccessExpression(node) && node.name.text === "env" ? [{ file, node }] : [],
      ),
    );
    expect(uses.length).toBeGreaterThan(2);
    const handedOn = new Set(["src/main.ts", "src/cli.ts", "src/emulator-server.ts"]);
    const wrong = uses.filter(({ file, node: { parent } }) => {
      const isTaken = ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent);
      if (file === "src/platform/bun.ts")
        return !/^process\.env\.NO_PROXY$/i.test(parent.getText());
      // Handed on as a whole; no variable is read there.
      return isTaken || !handedOn.has(file);
    });
    expect(wrong.map(({ file, node }) => `${file}: ${node.parent.getText()}`)).toEqual([]);
  });
});

describe("an app version", () => {
  test("stands in the app profiles and nowhere else in the code", () => {
    const named = holding(sources, ".0.0.").filter((file) =>
      [...nodesOf(file)].some(
        ({ node }) => ts.isStringLiteralLike(node) && /\b\d{3}\.0\.0\.\d+\.\d+\b/.test(node.text),
      ),
    );
    expect(named.filter((file) => !file.startsWith("src/emulator/"))).toEqual([
      "src/instagram/app-profiles.ts",
    ]);
  });
});

describe("the code", () => {
  test("silences no compiler, and leaves no test out where the checks run", () => {
    const silenced = new RegExp(`@ts-(?:${["ignore", "nocheck"].join("|")})`);
    expect([...sources, ...tests].filter((file) => silenced.test(read(file)))).toEqual([]);
    // A test may say that something must not compile.
    expect(sources.filter((file) => read(file).includes("@ts-expect-error"))).toEqual([]);
    const left = tests
      .filter((file) => /\.(?:skip|only|todo|failing|if)/.test(read(file)))
      .flatMap((file) =>
        [...nodesOf(file)].flatMap(({ node }) =>
          ts.isPropertyAccessExpression(node) &&
          /^(?:test|describe)$/.test(node.expression.getText()) &&
          /^(?:skip|only|todo|failing|if)|If$/.test(node.name.text) &&
          // What a machine lacks may leave a test out there, and never in CI.
          !node.parent.getText().includes("process.env.CI")
            ? [`${file}: ${node.getText()}`]
            : [],
        ),
      );
    expect(left).toEqual([]);
  });

  test("of a resource has the same file name in the client, its routes and the emulator", () => {
    for (const file of filesBelow("src/instagram/operations"))
      for (const folder of ["src/routes", "src/emulator"]) {
        // Instagram takes what is uploaded in one place, whatever is made of it.
        const isUpload = folder === "src/emulator" && file.endsWith("-upload.ts");
        const counterpart = isUpload ? "rupload.ts" : basename(file);
        expect(existsSync(join(project, folder, counterpart)), `${folder}, ${file}`).toBe(true);
      }
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

/** What git has; without git, what lies in the folders of the code. */
function committedFiles(): string[] {
  const listed = Bun.spawnSync(["git", "ls-files", "-z"], { cwd: project });
  const names = listed.success
    ? listed.stdout.toString().split("\0")
    : [...sources, ...tests, "package.json", "bun.lock"];
  const text = /\.(?:png|jpe?g|gif|ico|woff2?|gz|zip|db)$/i;
  return names.filter((name) => name !== "" && !text.test(name) && existsSync(join(project, name)));
}

/** The files in which a text stands at all: only these are worth parsing. */
const holding = (files: readonly string[], text: string): string[] =>
  files.filter((file) => read(file).includes(text));

/** A package's name, or a path in it. */
function isPackage(name: string): boolean {
  return /^@?[a-z][\w./-]*$/.test(name) && !/^(?:node|bun):|^bun$/.test(name);
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
