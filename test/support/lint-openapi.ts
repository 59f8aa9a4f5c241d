import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, openApiDocument, operationsOf } from "./openapi.ts";

/*
 * `bun run openapi:lint`: Redocly's recommended rules and Spectral's rules for OpenAPI on the document,
 * warnings included. One is let through: operations without a key have no 4xx answer to document.
 */
const ALLOWED_RULE = "operation-4xx-response";

const directory = mkdtempSync(join(tmpdir(), "gramway-openapi-"));
try {
  const document = await openApiDocument();
  const file = join(directory, "openapi.json");
  await Bun.write(file, JSON.stringify(document, null, 2));
  const open = new Set(
    operationsOf(document)
      .filter(({ operation }) => operation.security?.length === 0)
      .map(({ path, method }) => `#/paths/${path.replaceAll("/", "~1")}/${method}/responses`),
  );
  const problems = [
    ...(await redocly(file)).filter(({ rule, at }) => rule !== ALLOWED_RULE || !open.has(at)),
    ...(await spectral(file)),
  ];
  for (const { rule, message, at } of problems) console.log(`${rule}: ${message} (${at})`);
  const count = operationsOf(document).length;
  console.log(`${count} operations linted by Redocly and Spectral, ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

interface Fault {
  rule: string;
  message: string;
  at: string;
}

async function redocly(file: string): Promise<Fault[]> {
  const args = ["lint", "--format=json", "--max-problems=1000", file];
  const { problems } = JSON.parse(await outputOf("redocly", args));
  return problems.map(({ ruleId, message, location }: Node) => ({
    rule: ruleId,
    message,
    at: location?.[0]?.pointer ?? "",
  }));
}

async function spectral(file: string): Promise<Fault[]> {
  const ruleset = join(directory, "spectral.yaml");
  await Bun.write(ruleset, 'extends: ["spectral:oas"]\n');
  const args = ["lint", "--format=json", "--quiet", "--ruleset", ruleset, file];
  const faults: Node[] = JSON.parse(await outputOf("spectral", args));
  return faults.map(({ code, message, path }) => ({ rule: code, message, at: path.join("/") }));
}

/** What a linter prints; it must be JSON, whatever the linter thinks of the document. */
async function outputOf(name: string, args: string[]): Promise<string> {
  const cli = join(import.meta.dir, "..", "..", "node_modules", ".bin", name);
  const child = Bun.spawn([process.execPath, "--bun", cli, ...args], {
    cwd: directory,
    env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  if (!/^\s*[[{]/.test(out)) throw new Error(`${name} failed:\n${out}\n${err}`);
  return out;
}
