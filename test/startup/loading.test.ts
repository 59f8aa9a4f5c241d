import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { project } from "../support/process.ts";

/** What is loaded with a file before its first line runs: modules of ours by path, others by name. */
function loadedWith(entry: string): Set<string> {
  const found = new Set<string>();
  const follow = (file: string): void => {
    const text = readFileSync(join(project, file), "utf8");
    for (const [, types, target = ""] of text.matchAll(
      /^(?:import|export)(\s+type)?\s(?:[^"';]*?\sfrom\s)?"([^"]+)";/gm,
    )) {
      if (types) continue;
      const name = target.startsWith(".")
        ? relative(project, join(project, dirname(file), target))
        : target;
      if (found.has(name)) continue;
      found.add(name);
      if (target.startsWith(".") && name.endsWith(".ts")) follow(name);
    }
  };
  follow(entry);
  return found;
}

test("a start loads nothing that the first request may not need", () => {
  const loaded = loadedWith("src/main.ts");
  // The walk is right: what every start needs is in it.
  for (const needed of ["elysia", "pino", "src/compose.ts", "src/db/client.ts", "src/app.ts"])
    expect(loaded).toContain(needed);
  // The sandbox, what makes the documentation, SOCKS, and the parts of prom-client that nobody uses.
  for (const later of [
    "src/emulator/index.ts",
    "src/http/openapi.ts",
    "@elysiajs/swagger",
    "socks",
    "prom-client",
  ])
    expect(loaded).not.toContain(later);
});
