import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { Glob } from "bun";
import packageJson from "../../package.json";
import { runCli } from "../../src/cli/run.ts";
import { loadConfig, loadEmulatorConfig } from "../../src/config.ts";
import { knownVariables } from "../support/deployment.ts";
import { project, read } from "../support/source.ts";

const configuration = read("docs/configuration.md");
const operations = read("docs/operations.md");
const documents = ["*.md", "docs/**/*.md"]
  .flatMap((pattern) => [...new Glob(pattern).scanSync(project)])
  .sort();

test("the configuration lists the variables that the service reads, and no other", () => {
  const listed = [...configuration.matchAll(/^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) *\|/gm)].flatMap(
    ([, names = ""]) => names.replaceAll("`", "").split(", "),
  );
  // Set by the platform, or described in a sentence of its own.
  const elsewhere = new Set(["NODE_ENV", "FLY_APP_NAME", "RELEASE_COMMAND", "PATH"]);
  const known = [...knownVariables()].filter((name) => !elsewhere.has(name));
  expect(listed.sort()).toEqual(known.sort());
});

test("commands are scripts of this package, and Bun's version is the one pinned", () => {
  const scripts = new Set(Object.keys(packageJson.scripts));
  const text = documents.map(read).join("\n");
  const run = [...text.matchAll(/\bbun run ([\w:]+)/g)].map(([, name = ""]) => name);
  expect(run.length).toBeGreaterThan(0);
  for (const name of run) expect(scripts).toContain(name);
  const versions = [...text.matchAll(/bun@([\d.]+)/g)].map(([, version]) => version);
  expect(new Set(versions)).toEqual(new Set([Bun.version]));
  expect(packageJson.engines.bun).toBe(`>=${Bun.version}`);
});

test("on Fly the first deployment comes last, after the secrets", () => {
  const [, one = "", three = ""] = read("docs/fly.md").split(/^## (?:One region|Three regions)$/m);
  const commandsIn = (text: string) =>
    [...(/```sh\n([\s\S]*?)```/.exec(text)?.[1] ?? "").matchAll(/^(\w+ \w+(?: [a-z]\w+)?)/gm)].map(
      ([, command]) => command,
    );
  expect(commandsIn(one).slice(0, 4)).toEqual([
    "fly launch",
    "fly volumes create",
    "fly secrets set",
    "fly deploy",
  ]);
  expect(one).toMatch(/fly launch .*--no-deploy/);
  expect(commandsIn(three)).toEqual([
    "turso group create",
    "turso db create",
    "fly apps create",
    "fly secrets set",
    "fly deploy",
    "fly scale count",
  ]);
});

test("commands on Fly's machines are ones of the CLI", async () => {
  const named = [...read("docs/fly.md").matchAll(/src\/cli\.ts ([a-z]+(?: [a-z]+)?)/g)];
  expect(named.length).toBeGreaterThan(5);
  for (const [, name = ""] of named) {
    const lines: string[] = [];
    const note = (line: string) => lines.push(line);
    const code = await runCli([...name.split(" "), "--help"], { env: {}, out: note, err: note });
    expect([name, code, lines.join("\n")]).toEqual([name, 0, expect.stringContaining("[--json]")]);
  }
});

const isWhole = (line: string): boolean => !line.includes("…") && line.includes(" ");

test("the runbook names metrics and lines that there are", () => {
  const [, section = ""] = operations.split("## Several machines");
  const runbook = section.split("\n## ")[0] ?? "";
  const sources = [...new Glob("src/**/*.ts").scanSync(project)].map(read).join("\n");
  const metrics = [...runbook.matchAll(/gramway_\w+/g)].map(([name]) => name);
  const quoted = runbook.split("\n").flatMap((row) => [...row.matchAll(/"([^"]+)"/g)]);
  const lines = quoted.map(([, line = ""]) => line.replace(/…$/, "")).filter(isWhole);
  expect(metrics.length).toBeGreaterThan(5);
  expect(lines.length).toBeGreaterThan(5);
  expect([...metrics, ...lines].filter((named) => !sources.includes(named))).toEqual([]);
});

test("no install script of a dependency runs", () => {
  expect(packageJson.trustedDependencies).toEqual([]);
});

test("links lead to files and headings that exist", () => {
  const broken: string[] = [];
  let links = 0;
  for (const document of documents)
    for (const [, target = ""] of read(document).matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
      links++;
      const [path = "", heading] = target.split("#");
      const file = path === "" ? document : normalize(join(dirname(document), path));
      const exists = existsSync(join(project, file));
      if (!exists || (heading !== undefined && !headingsOf(file).includes(heading)))
        broken.push(`${document}: ${target}`);
    }
  expect(links).toBeGreaterThan(20);
  expect(broken).toEqual([]);
});

/** The anchors that GitHub gives to the headings of a document. */
const headingsOf = (file: string): string[] =>
  [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(/\s/g, "-"),
  );

test("files that documents and sources name are in the repository", () => {
  const sources = [...new Glob("{src,test,bench}/**/*.ts").scanSync(project)];
  const named =
    /(?<![\w/])(?:src|test|docs|bench|migrations|reference|contract)\/[\w/.-]*\.(?:ts|md|json|sql)\b/g;
  const absent = [...documents, ...sources].flatMap((file) =>
    [...read(file).matchAll(named)]
      .map(([path]) => path)
      .filter((path) => !existsSync(join(project, path)))
      .map((path) => `${file}: ${path}`),
  );
  expect(absent).toEqual([]);
});

test("each decision is listed, and each listed one is there", () => {
  const files = documents.filter((file) => file.startsWith("docs/decisions/"));
  const list = read("docs/decisions/README.md");
  const unlisted = files.filter((file) => !list.includes(`](${basename(file)})`));
  expect(unlisted).toEqual(["docs/decisions/README.md"]);
});

test("the same checks run where the code is hosted", () => {
  expect(read(".github/workflows/ci.yml")).toMatch(/^ +- run: \.ci\/run$/m);
});

test("the defaults that the configuration names are the code's", () => {
  const secrets = { ENCRYPTION_KEYS: "0".repeat(64), ADMIN_TOKEN: "0".repeat(16) };
  const config = loadConfig(secrets);
  const named = (variable: string): string | undefined =>
    new RegExp(`^\\| \`${variable}\` *\\| \`([^\`]+)\``, "m").exec(configuration)?.[1];
  expect(named("DATABASE_URL")).toBe(config.database.url);
  expect(named("UPSTREAM_TIMEOUT_MS")).toBe(String(config.upstreamTimeoutMs));
  expect(named("PROXY_CHECK_URL")).toBe(String(config.proxyChecks.url));
  expect(named("PROXY_CHECK_SECONDS")).toBe(String(config.proxyChecks.intervalMs / 1000));
  expect(named("REQUEST_DEADLINE_MS")).toBe(String(config.requestDeadlineMs));
  expect(named("UPLOAD_MAX_BYTES")).toBe(String(config.spool.maxBytes));
  expect(named("UPLOAD_STALL_MS")).toBe(String(config.spool.stallMs));
  expect(named("KEY_REQUESTS_PER_SECOND")).toBe(String(config.keyRequestsPerSecond));
  expect(named("LOG_LEVEL")).toBe(config.logLevel);
  expect(named("EMULATOR_PORT")).toBe(String(loadEmulatorConfig({}).port));
});
