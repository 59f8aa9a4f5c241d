import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const PROJECT = join(import.meta.dir, "../..");

/** Source files below a folder of the project, by path. */
export function filesBelow(folder: string): Array<{ path: string; text: string }> {
  return readdirSync(join(PROJECT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
    .map((name) => ({
      path: join(folder, name),
      text: readFileSync(join(PROJECT, folder, name), "utf8"),
    }));
}

/** All source text below folders. */
export const sourcesOf = (...folders: string[]): string =>
  folders.flatMap((folder) => filesBelow(folder).map(({ text }) => text)).join("\n");

/**
 * The exported functions of the client that take a client: its operations. `usedBeside`: another
 * function of the same folder calls it.
 */
export function clientFunctions(): Array<{ file: string; name: string; usedBeside: boolean }> {
  const found = [];
  for (const folder of ["src/instagram/operations", "src/instagram/auth"]) {
    const beside = sourcesOf(folder);
    for (const { path, text } of filesBelow(folder))
      for (const [, name = ""] of text.matchAll(/export (?:async )?function (\w+)\(\s*client:/g)) {
        const calls = [...beside.matchAll(new RegExp(`\\b${name}\\(`, "g"))].length;
        found.push({ file: path, name, usedBeside: calls > 1 });
      }
  }
  return found;
}

/**
 * The upstream endpoints in the client's source: `path` templates and paths of other hosts. Both
 * methods stand for one whose request is put together elsewhere.
 */
export function upstreamEndpoints(): Array<{ methods: string[]; path: string }> {
  const found = [];
  for (const { text } of filesBelow("src/instagram")) {
    const code = text.replaceAll(/^\s*(?:\*|\/\/|\/\*).*$/gm, "");
    for (const match of code.matchAll(/(?<!\w)path`([^`]+)`/g)) {
      const path = `/api/v1/${match[1]?.replaceAll(/\$\{[^}]*\}/g, "{}")}`;
      found.push({ methods: methodsBefore(code, match.index), path });
    }
    for (const match of code.matchAll(/host: "([\w.]+)",\s*path: "([^"]+)"/g))
      found.push({
        methods: methodsBefore(code, match.index),
        path: `${match[1]}${match[2]}`,
      });
  }
  return found;
}

function methodsBefore(code: string, index: number): string[] {
  const near = code.slice(Math.max(0, index - 120), index);
  const [, method] = [...near.matchAll(/method: "(GET|POST)"/g)].at(-1) ?? [];
  return method === undefined ? ["GET", "POST"] : [method];
}
