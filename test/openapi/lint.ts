import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Node, openApiDocument, operationsOf } from "./document.ts";

/*
 * `bun run openapi:lint`: Redocly's recommended rules on the OpenAPI document, warnings included.
 * One is let through: operations without a key have no 4xx answer to document.
 */
const ALLOWED_RULE = "operation-4xx-response";

const directory = mkdtempSync(join(tmpdir(), "gramway-openapi-"));
try {
  const document = await openApiDocument();
  const file = join(directory, "openapi.json");
  await Bun.write(file, JSON.stringify(document, null, 2));
  const problems = await lint(file);
  const open = new Set(
    operationsOf(document)
      .filter(({ operation }) => operation.security?.length === 0)
      .map(({ path, method }) => `#/paths/${path.replaceAll("/", "~1")}/${method}/responses`),
  );
  const left = problems.filter(
    ({ ruleId, location }) =>
      ruleId !== ALLOWED_RULE || !open.has(String(location?.[0]?.pointer ?? "")),
  );
  for (const { severity, ruleId, message, location } of left)
    console.log(`${severity} ${ruleId}: ${message} (${location?.[0]?.pointer})`);
  const count = operationsOf(document).length;
  console.log(`${count} operations linted, ${left.length} problems`);
  process.exitCode = left.length === 0 ? 0 : 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

async function lint(file: string): Promise<Node[]> {
  const cli = join(import.meta.dir, "..", "..", "node_modules", ".bin", "redocly");
  const child = Bun.spawn(
    [process.execPath, "--bun", cli, "lint", "--format=json", "--max-problems=1000", file],
    {
      cwd: directory,
      env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [out, err] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  await child.exited;
  try {
    return JSON.parse(out).problems;
  } catch {
    throw new Error(`the linter failed:\n${out}\n${err}`);
  }
}
