import { describe, expect, test } from "bun:test";
import { Kind, type TSchema } from "@sinclair/typebox";
import ts from "typescript-5";
import { ROUTES } from "../src/emulator/index.ts";
import { Router } from "../src/emulator/router.ts";
import { isJsonEncoded } from "../src/http/json-fields.ts";
import { takesRange } from "../src/http/openapi-headers.ts";
import type { AccessKind } from "../src/http/route.ts";
import { tags } from "../src/http/tags.ts";
import {
  type ContractParameter,
  contract,
  contractOf,
  documentedExtras,
  OWN_TAGS,
  sessionWelcome,
} from "./support/contract.ts";
import { faultsOfReturns } from "./support/contract-models.ts";
import { acts, sandboxOfFile } from "./support/sandbox.ts";
import { filesBelow, nodesOf } from "./support/source.ts";

const sandbox = await sandboxOfFile();

const { entries } = sandbox;
const ofContract = entries.filter(({ tag }) => !OWN_TAGS.has(tag) && tag !== "System");
const openApi = (await sandbox.request("GET", "/openapi.json")).body;

const named = (entry: (typeof entries)[number]): string => `${entry.method} ${entry.path}`;

describe("every operation", () => {
  test("has a summary, a response schema, a known tag, and a name of its own", () => {
    const ids = entries.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const known = new Set(tags.map(({ name }) => name));
    for (const entry of entries) {
      expect(entry.summary, named(entry)).toMatch(/^[A-Z].{4,}[^.]$/);
      expect(entry.returns?.[Kind], named(entry)).toBeString();
      expect(known, named(entry)).toContain(entry.tag);
    }
  });

  test("is listed in OpenAPI under its canonical path, with its answer and its problems", () => {
    for (const entry of entries) {
      const path = entry.path.replaceAll(/:(\w+)/g, "{$1}");
      const listed = openApi.paths[path]?.[entry.method.toLowerCase()];
      expect(listed?.operationId, named(entry)).toBe(entry.operationId);
      expect(listed.tags, named(entry)).toEqual([entry.tag]);
      const accepted = listed.responses["202"]?.content["application/json"].schema.$ref;
      expect(accepted, named(entry)).toBe(entry.uploads && "#/components/schemas/Upload");
      const success = listed.responses[String(entry.successStatus ?? 200)];
      expect(Object.values<any>(success.content)[0].schema, named(entry)).toBeObject();
      if (entry.access.kind !== "public")
        expect(Object.keys(listed.responses), named(entry)).toContain("401");
    }
    const listedCount = Object.values<any>(openApi.paths).flatMap(Object.keys).length;
    expect(listedCount).toBe(entries.length);
  });

  test("keeps its aliases out of OpenAPI", () => {
    const aliases = entries.flatMap(({ aliases }) => aliases ?? []);
    expect(aliases.length).toBeGreaterThan(0);
    expect(aliases.filter((alias) => alias in openApi.paths)).toEqual([]);
  });
});

describe("the contract", () => {
  test("has each of its operations here", () => {
    const routed = entries.filter(({ tag }) => !OWN_TAGS.has(tag));
    expect(routed.map(({ operationId }) => operationId).sort()).toEqual(
      contract.map(({ operationId }) => operationId).sort(),
    );
  });

  for (const entry of entries.filter(({ tag }) => !OWN_TAGS.has(tag))) {
    const { operationId } = entry;

    test(`${operationId} has the contract's path, method, aliases, tag and session`, () => {
      const wanted = contractOf(operationId);
      expect(wanted, operationId).toBeDefined();
      expect(named(entry)).toBe(`${wanted?.method} ${wanted?.path}`);
      expect([...(entry.aliases ?? [])].sort()).toEqual([...(wanted?.aliases ?? [])].sort());
      expect(entry.tag).toBe(wanted?.tag ?? "");
      expect(entry.access.kind).toBe(accessOf(operationId, wanted?.session, wanted?.tag));
    });

    test(`${operationId} has the contract's parameters`, () => {
      const wanted = contractOf(operationId)?.params ?? [];
      const extras = documentedExtras[operationId] ?? [];
      expect(Object.keys(entry.query?.properties ?? {}).sort()).toEqual(
        [...namesIn("query", wanted), ...(entry.body ? [] : extras)].sort(),
      );
      expect(Object.keys(entry.body?.properties ?? {}).sort()).toEqual(
        [...namesIn("form", wanted), ...(entry.body ? extras : [])].sort(),
      );
      for (const parameter of wanted) {
        const place = parameter.in === "query" ? entry.query : entry.body;
        const schema: TSchema = place?.properties[parameter.name] as TSchema;
        const about = `${operationId} ${parameter.name}`;
        expect((place?.required ?? []).includes(parameter.name), about).toBe(parameter.required);
        if (!parameter.required) expect(schema.default ?? null, about).toEqual(usualOf(parameter));
        expect([schema.minimum, schema.maximum], about).toEqual(rangeOf(parameter));
        expect(schema[Kind], about).toBe(isJsonObjectField(schema) ? "Object" : kindOf(parameter));
      }
    });

    test(`${operationId} shows the contract's parameters in OpenAPI`, () => {
      const wanted = contractOf(operationId)?.params ?? [];
      const listed = openApi.paths[entry.path][entry.method.toLowerCase()];
      const all: any[] = listed.parameters ?? [];
      const parameters = all.filter(({ $ref }) => $ref === undefined);
      const shared = all.filter((parameter) => !parameters.includes(parameter));
      const takesKey = entry.method !== "GET" && /session/.test(entry.access.kind);
      const headers = [
        ...(takesRange(entry) ? ["Range"] : []),
        ...(takesKey ? ["IdempotencyKey"] : []),
        ...(entry.uploads ? ["Prefer"] : []),
      ];
      expect(shared).toEqual(headers.map((name) => ({ $ref: `#/components/parameters/${name}` })));
      expect(parameters.map(({ name }) => name).sort()).toEqual(
        Object.keys(entry.query?.properties ?? {}).sort(),
      );
      for (const { name, required, schema, in: place } of parameters) {
        const parameter = wanted.find((one) => one.name === name);
        expect([place, required], name).toEqual(["query", parameter?.required ?? false]);
        if (parameter === undefined) continue;
        expect([schema.minimum, schema.maximum], name).toEqual(rangeOf(parameter));
        if (parameter.default != null) expect(schema.default, name).toEqual(usualOf(parameter));
      }
      const inForm = wanted.filter((parameter) => parameter.in === "form");
      if (inForm.length === 0) return;
      const types = Object.keys(listed.requestBody.content);
      const body = openApi.components.schemas[refName(listed.requestBody.content[types[0] ?? ""])];
      expect(types).toContain("multipart/form-data");
      expect((body.required ?? []).sort()).toEqual(
        inForm
          .filter(({ required }) => required)
          .map(({ name }) => name)
          .sort(),
      );
    });
  }
});

describe("on the emulator", () => {
  for (const entry of ofContract) {
    const { operationId, aliases = [] } = entry;
    const returns = contractOf(operationId)?.returns ?? "";

    test(`${operationId} answers 200 with a body of the contract's ${returns || "form"}`, async () => {
      const { path, options } = await sandbox.example(entry);
      // A file is described in JSON where nobody wants its bytes.
      if (entry.fileTypes) options.query = { ...options.query, returnFile: "false" };
      const answer = await sandbox.request(entry.method, path, options);
      expect(answer.status, answer.text.slice(0, 300)).toBe(200);
      expect(answer.headers.get("content-type")).toBe("application/json");
      if (entry.fileTypes) return;
      expect(faultsOfReturns(returns, answer.body)).toEqual([]);
    });

    for (const alias of aliases)
      test(`${alias} answers as ${entry.path}`, async () => {
        const canonical = await sandbox.call(entry);
        const answer = await sandbox.call(entry, {}, alias);
        expect(answer.status, answer.text.slice(0, 300)).toBe(200);
        if (acts(entry)) expect(faultsOfReturns(returns, answer.body)).toEqual([]);
        else expect(answer.text).toBe(canonical.text);
      });
  }

  test("nothing in the answers of the sandbox is other than the models expect", async () => {
    for (const entry of ofContract) await sandbox.call(entry);
    // Without any there would be nothing to see: one that is made up shows where they stand.
    sandbox.service.metrics.drift("Probe", "made_up");
    const { text } = await sandbox.request("GET", "/metrics");
    expect(text.match(/^gramway_model_drift_total\{.*/gm)).toEqual([
      'gramway_model_drift_total{model="Probe",field="made_up"} 1',
    ]);
  });

  test("every request to Instagram is counted under the name of its operation", async () => {
    const asking = ofContract.filter(
      (entry) => acts(entry) || (entry.method === "GET" && entry.tag !== "Auth"),
    );
    const counted = async (): Promise<Map<string, string>> => {
      const { text } = await sandbox.request("GET", "/metrics");
      const lines = text.matchAll(
        /^gramway_upstream_requests_total\{operation="(\w+)".*\} (\d+)/gm,
      );
      return new Map([...lines].map(([, name = "", count = ""]) => [name, count]));
    };
    const before = await counted();
    for (const entry of asking) await sandbox.call(entry);
    const asked = [...(await counted())].filter(([name, count]) => before.get(name) !== count);
    expect(asked.length).toBeGreaterThan(60);
    const known = new Set(asking.map(({ operationId }) => operationId));
    expect(asked.map(([name]) => name).filter((name) => !known.has(name))).toEqual([]);
  });

  test("the emulator knows what acts and what only reads, and counts the actions", async () => {
    const router = new Router(ROUTES);
    const kindsOf = async (entry: (typeof entries)[number]): Promise<string[]> => {
      sandbox.instagram.reset();
      await sandbox.call(entry);
      return sandbox.instagram.calls.flatMap(({ method, url }) => {
        const { pathname } = new URL(url);
        return router.find("private", method, pathname)?.route.acts ?? [];
      });
    };
    for (const entry of ofContract.filter(({ tag }) => tag !== "Auth")) {
      const kinds = await kindsOf(entry);
      const about = `${entry.operationId}: give the emulator's route of its action \`acts\``;
      expect(kinds.length > 0, about).toBe(acts(entry));
    }
  }, 60_000);

  for (const entry of entries.filter(({ tag }) => tag === "System" || tag === "Admin"))
    test(`${entry.operationId} answers with its success status`, async () => {
      for (const path of [entry.path, ...(entry.aliases ?? [])]) {
        const answer = await sandbox.call(entry, {}, path);
        expect(answer.status, answer.text.slice(0, 300)).toBe(entry.successStatus ?? 200);
      }
    });
});

describe("the client", () => {
  test("has each of its operations routed, or used by another one", () => {
    const client = ["operations", "auth"].flatMap((at) => filesBelow(`src/instagram/${at}`));
    const exported: { file: string; name: string }[] = [];
    const uses = new Map<string, number>();
    for (const file of [...client, ...filesBelow("src/routes"), ...filesBelow("src/sessions")])
      for (const { node } of nodesOf(file)) {
        if (ts.isIdentifier(node) && !ts.isImportSpecifier(node.parent))
          uses.set(node.text, (uses.get(node.text) ?? 0) + 1);
        if (!client.includes(file) || !ts.isFunctionDeclaration(node)) continue;
        const isExported = node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
        if (isExported && node.parameters[0]?.name.getText() === "client")
          exported.push({ file, name: node.name?.text ?? "" });
      }
    expect(exported.length).toBeGreaterThan(70);
    // Its own declaration is one use.
    expect(exported.filter(({ name }) => (uses.get(name) ?? 0) < 2)).toEqual([]);
  }, 60_000);

  test("asks only for what the emulator handles", async () => {
    const nothing = await sandbox.instagram.sandbox.handle(
      new Request("https://i.instagram.com/api/v1/no/such/thing/"),
    );
    const page = await nothing.text();
    const unhandled: string[] = [];
    sandbox.instagram.on(/./, async ({ method, url }, usual) => {
      const answer = await usual();
      if ((await answer.clone().text()) === page) unhandled.push(`${method} ${url}`);
      return answer;
    });
    for (const entry of ofContract) await sandbox.call(entry);
    expect(sandbox.instagram.calls.length).toBeGreaterThan(70);
    expect(unhandled).toEqual([]);
  }, 60_000);
});

function accessOf(operationId: string, session?: string, tag?: string): AccessKind {
  if (tag === "System") return "public";
  if (session === "required") return "session";
  return session === "optional" || sessionWelcome.has(operationId) ? "optional-session" : "key";
}

function namesIn(place: "query" | "form", parameters: ContractParameter[]): string[] {
  return parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name }) => name)
    .sort();
}

/** Ids are decimal text here, also where the contract has them as `int`: they pass 2^53. */
function kindOf({ name, type }: ContractParameter): string {
  if (/^list\[/.test(type)) return "Array";
  if (type === "file") return "File";
  if (type === "bool") return "Boolean";
  if (type === "float") return "Number";
  if (type === "int" && !/(?:^|_)(?:pk|id)$/.test(name)) return "Integer";
  return /^(?:Literal|[A-Z_]+$)/.test(type) ? "Union" : "String";
}

/** The contract calls an object's JSON a text; here handlers get the object. */
const isJsonObjectField = (schema: TSchema): boolean =>
  isJsonEncoded(schema) && schema[Kind] === "Object";

/** An id that the contract has as a number is text here, its default too, and has no range. */
const isIdAsText = (parameter: ContractParameter): boolean =>
  parameter.type === "int" && kindOf(parameter) === "String";

const usualOf = (parameter: ContractParameter): unknown =>
  isIdAsText(parameter) && parameter.default != null
    ? String(parameter.default)
    : parameter.default;

/** What the recorded client refuses, though the contract names no range. */
const OWN_RANGES: Readonly<Record<string, [number, number]>> = { audience: [0, 1] };

const rangeOf = (parameter: ContractParameter): (number | undefined)[] =>
  isIdAsText(parameter)
    ? [undefined, undefined]
    : (OWN_RANGES[parameter.name] ?? [parameter.minimum, parameter.maximum]);

const refName = ({ schema }: { schema: { $ref: string } }): string =>
  schema.$ref.split("/").at(-1) ?? "";
