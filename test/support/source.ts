import { readdirSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";
import ts from "typescript-5";

/** The project's folder. */
export const project = join(import.meta.dir, "../..");

/** The text of a file of the project. */
export const read = (path: string): string => readFileSync(join(project, path), "utf8");

/** TypeScript files below a folder, by path from the project. */
export const filesBelow = (folder: string): string[] =>
  readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name))
    .sort();

/** Everything that a file imports, types and what it imports while it runs too: as it is written. */
export const importedNames = (file: string): string[] =>
  ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => fileName);

/** Files of the project that one imports, by path. */
export const importsOf = (file: string): string[] =>
  importedNames(file)
    .filter((name) => name.startsWith("."))
    .map((name) => normalize(join(file, "..", name)));

/** What is loaded with a file before its first line runs: modules of ours by path, others by name. */
export function loadedWith(entry: string): Set<string> {
  const found = new Set<string>();
  const follow = (file: string): void => {
    for (const { path, kind } of new Bun.Transpiler({ loader: "ts" }).scanImports(read(file))) {
      if (kind !== "import-statement") continue;
      const isOurs = path.startsWith(".");
      const name = isOurs ? normalize(join(file, "..", path)) : path;
      if (found.has(name)) continue;
      found.add(name);
      if (isOurs && name.endsWith(".ts")) follow(name);
    }
  };
  follow(entry);
  return found;
}

/** The nodes of a file's syntax tree, and the line that each begins in. */
export function* nodesOf(file: string): Generator<{ node: ts.Node; line: number }> {
  const tree = ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  const open: ts.Node[] = [tree];
  for (let node = open.pop(); node; node = open.pop()) {
    yield { node, line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1 };
    const children: ts.Node[] = [];
    ts.forEachChild(node, (child) => void children.push(child));
    open.push(...children.reverse());
  }
}
