import type { TSchema } from "@sinclair/typebox";
import type { SavedFile } from "../files/saved-file.ts";
import { parseExact, tryParse } from "../instagram/json.ts";
import { isSavedFile } from "./file-field.ts";
import { isJsonDocument } from "./json-document.ts";
import type { HandlerInput, Route } from "./route.ts";

/**
 * A request as a text: equal texts mean the same operation with the same fields, however they were
 * sent. The order of fields, form or JSON, an alias of the path, a default that is written out, and
 * the order of names within a JSON document make no difference. Files count by their content.
 */
export async function fingerprintOf(
  { operationId, query, body }: Pick<Route, "operationId" | "query" | "body">,
  input: Pick<HandlerInput, "params" | "query" | "body">,
): Promise<string> {
  const fields = {
    params: input.params,
    query: comparable(input.query, query?.properties),
    body: comparable(input.body, body?.properties),
  };
  return `${operationId} ${canonical(fields, await hashesOfFiles(fields))}`;
}

/** The fields, with JSON documents as what they hold. */
function comparable(
  fields: HandlerInput["body"],
  schemas: Readonly<Record<string, TSchema>> = {},
): Record<string, unknown> {
  const read = (schema: TSchema | undefined, value: unknown): unknown => {
    if (schema === undefined) return value;
    if (Array.isArray(value)) return value.map((item) => read(schema.items, item));
    if (typeof value !== "string" || !isJsonDocument(schema)) return value;
    const document = tryParse(value, parseExact);
    return document === undefined ? value : { document };
  };
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, read(schemas[name], value)]),
  );
}

/** Text in which different values differ, and equal ones do not. */
function canonical(value: unknown, files: ReadonlyMap<SavedFile, string>): string {
  // JSON would write 1e999, which is infinite, as null.
  if (typeof value === "bigint" || typeof value === "number") return String(value);
  if (isSavedFile(value)) return `file(${files.get(value)})`;
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, files)).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member, files)}`);
  return `{${members.join()}}`;
}

/** The SHA-256 of each file among the fields. */
async function hashesOfFiles(
  fields: Readonly<Record<string, object>>,
): Promise<Map<SavedFile, string>> {
  const files = Object.values(fields)
    .flatMap((group) => Object.values(group).flat())
    .filter(isSavedFile);
  const hashes = new Map<SavedFile, string>();
  for (const file of files) hashes.set(file, await file.sha256());
  return hashes;
}
