import { beforeAll, describe, expect, test } from "bun:test";
import { glossary } from "../../src/http/glossary/index.ts";
import models from "../fixtures/contract/models.json";
import contract from "../fixtures/contract/routes.json";
import { faultsOfSchema } from "../support/contract-models.ts";
import {
  isLines,
  type Node,
  nodesOf,
  type Operation,
  openApiDocument,
  operationsOf,
} from "../support/openapi.ts";

let document: Node;
let operations: Operation[];
beforeAll(async () => {
  document = await openApiDocument();
  operations = operationsOf(document);
});

const FORM_TYPES = ["multipart/form-data", "application/x-www-form-urlencoded", "application/json"];

describe("the document", () => {
  test("is OpenAPI 3.0.3 with title, version, license and a server", () => {
    expect(document.openapi).toBe("3.0.3");
    expect(document.info).toMatchObject({ title: "gramway", license: { name: "MIT" } });
    expect(document.info.version).toMatch(/^\d+\.\d+\.\d+/);
    expect(document.servers).toHaveLength(1);
  });

  test("describes each tag that is used, and uses each that is described", () => {
    const used = new Set(operations.flatMap(({ operation }) => operation.tags));
    expect(new Set(document.tags.map((tag: Node) => tag.name))).toEqual(used);
    for (const tag of document.tags) expect(tag.description).toMatch(/\w+/);
  });

  test("has a scheme for the API key, the session and the operator", () => {
    expect(document.components.securitySchemes).toMatchObject({
      ApiKey: { type: "apiKey", in: "header", name: "X-API-Key" },
      SessionId: { type: "apiKey", in: "header", name: "X-Session-ID" },
      AdminToken: { type: "http", scheme: "bearer" },
    });
  });

  test("has nothing that 3.0.3 does not know", () => {
    const faults: string[] = [];
    for (const [at, node] of nodesOf(document)) {
      if (/\/examples?(?:\/|$)/.test(at)) continue;
      if (node.type === "null") faults.push(`${at}: type null`);
      if (Array.isArray(node.type)) faults.push(`${at}: several types`);
      if (node.$id !== undefined) faults.push(`${at}: $id`);
      if (node.$ref !== undefined && Object.keys(node).length > 1)
        faults.push(`${at}: beside $ref`);
      if (node.nullable === true && node.type === undefined) faults.push(`${at}: nullable alone`);
      for (const keyword of ["const", "examples", "patternProperties", "if", "$defs"])
        if (/schema/.test(at) && !at.endsWith("properties") && node[keyword] !== undefined)
          faults.push(`${at}: ${keyword}`);
    }
    expect(faults).toEqual([]);
  });

  test("describes every member of the errors that it shows", () => {
    const described = Object.keys(document.components.schemas.Problem.properties);
    const shown = Object.entries<Node>(document.components.examples);
    expect(shown.length).toBeGreaterThan(20);
    for (const [kind, { value }] of shown)
      expect(
        Object.keys(value).filter((name) => !described.includes(name)),
        kind,
      ).toEqual([]);
  });

  test("refers only to what is there", () => {
    const missing = [...nodesOf(document)]
      .map(([, node]) => node.$ref)
      .filter((ref) => ref !== undefined && resolve(ref) === undefined);
    expect(missing).toEqual([]);
  });

  test("names its schemas so that generators can make types of them", () => {
    for (const name of Object.keys(document.components.schemas))
      expect(name).toMatch(/^[A-Z][A-Za-z0-9]+$/);
  });

  test("has no schema that nothing refers to", () => {
    const referred = new Set([...nodesOf(document)].map(([, node]) => node.$ref));
    const names = Object.keys(document.components.schemas);
    const unused = names.filter((name) => !referred.has(`#/components/schemas/${name}`));
    expect(unused).toEqual([]);
  });

  test("has no number that may also be a string", () => {
    const unions = [...nodesOf(document)].filter(([, { anyOf = [], oneOf = [] }]) => {
      const types = [...anyOf, ...oneOf].map((part: Node) => part.type);
      return types.includes("string") && types.some((type) => /integer|number|boolean/.test(type));
    });
    expect(unions.map(([at]) => at)).toEqual([]);
  });
});

describe("its operations", () => {
  test("have the contract's ids, tags and summaries", () => {
    const inContract = new Map(contract.map((route) => [`${route.method} ${route.path}`, route]));
    for (const { method, path, operation } of operations) {
      const route = inContract.get(`${method.toUpperCase()} ${path}`);
      if (!route) {
        expect(operation.tags).toEqual([
          expect.stringMatching(/^(?:Admin|Proxy|Session|System|Upload)$/),
        ]);
        continue;
      }
      expect(operation.operationId).toBe(route.operationId);
      expect(operation.tags).toEqual([route.tag]);
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids).toHaveLength(new Set(ids).size);
    for (const { operation } of operations) expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
  });

  test("show answers of lines with a line of each kind, as JSON", () => {
    const shown = operations.flatMap(({ operation }) => {
      const content = operation.responses["200"]?.content?.["application/x-ndjson"];
      return content ? [{ operationId: operation.operationId, ...content }] : [];
    });
    expect(shown.map(({ operationId }) => operationId).sort()).toEqual([
      "getAdminAudit",
      "getAudit",
      "getSessionsExport",
      "postSessionsImport",
    ]);
    for (const { schema, example } of shown) {
      expect(schema).toEqual({ type: "string" });
      expect(example).toEndWith("\n");
      for (const line of example.trimEnd().split("\n")) expect(JSON.parse(line)).toBeObject();
    }
  });

  test("are listed without their aliases", () => {
    const canonical = new Set(contract.map((route) => route.path));
    const aliases = contract.flatMap((route): string[] => route.aliases);
    const listed = operations.map(({ path }) => path);
    expect(aliases.filter((alias) => listed.includes(alias) && !canonical.has(alias))).toEqual([]);
  });

  test("require no parameter that has a default", () => {
    for (const { operation } of operations)
      for (const { name, required, schema } of operation.parameters ?? [])
        if (schema.default !== undefined)
          expect({ name, required }).toEqual({ name, required: false });
    for (const [name, schema] of Object.entries<Node>(document.components.schemas)) {
      if (!name.endsWith("Request")) continue;
      for (const required of schema.required ?? [])
        expect(schema.properties[required].default).toBeUndefined();
    }
  });

  test("take a body as the three form types, or as multipart where there is a file", () => {
    for (const { operation } of operations) {
      if (!operation.requestBody || isLines(operation.requestBody)) continue;
      const types = Object.keys(operation.requestBody.content);
      const { schema } = operation.requestBody.content[types[0] ?? ""];
      const hasFile = JSON.stringify(resolve(schema.$ref)).includes('"format":"binary"');
      expect(types).toEqual(hasFile ? ["multipart/form-data"] : FORM_TYPES);
    }
  });

  test("name the schema of a body after themselves", () => {
    for (const { operation } of operations) {
      if (!operation.requestBody || isLines(operation.requestBody)) continue;
      const [, name] = /^[a-z]+(\w+)$/.exec(operation.operationId) ?? [];
      const { schema } = operation.requestBody.content["multipart/form-data"];
      expect(schema.$ref).toMatch(/^#\/components\/schemas\/\w+Request$/);
      expect(schema.$ref).toEndWith(`${name}Request`);
    }
    expect(document.components.schemas.AuthLoginRequest.required).toEqual(["username", "password"]);
  });

  test("answer with one content type, and with problems where they need a key", () => {
    for (const { operation } of operations) {
      const statuses = Object.keys(operation.responses);
      // Besides, uploads may answer before they are done (202), files in parts (206), and what would
      // be created (201) may be there already (200).
      const usual = statuses.filter((status) => /^2(?!0[26])/.test(status));
      expect(usual.length === 2 ? usual : usual[0]).toEqual(
        usual.length === 2 ? ["200", "201"] : expect.stringMatching(/^20[01]$/),
      );
      for (const response of Object.values<Node>(operation.responses)) {
        const content = Object.entries<Node>(whole(response).content ?? { none: {} });
        const files = content.filter(([, { schema }]) => schema?.format === "binary");
        const lines = content.filter(([type]) => type === "application/x-ndjson");
        expect(content.length - files.length - lines.length).toBeLessThanOrEqual(1);
        expect(content.length).toBeGreaterThan(0);
      }
      if (operation.security.length === 0) continue;
      const { content } = whole(operation.responses["401"]);
      expect(content["application/problem+json"].schema.$ref).toBe("#/components/schemas/Problem");
    }
  });
});

describe("its models", () => {
  test("are the contract's, in name and content", () => {
    const known = new Set(Object.keys(models));
    const shown = Object.keys(document.components.schemas).filter((name) => known.has(name));
    expect(shown).toContain("User");
    for (const name of shown)
      expect(comparable(document.components.schemas[name])).toEqual(
        comparable((models as Node)[name]),
      );
  });

  test("have all of their properties in every answer", () => {
    for (const name of Object.keys(models)) {
      const schema = document.components.schemas[name];
      if (schema?.properties) expect(schema.required).toEqual(Object.keys(schema.properties));
    }
  });

  test("are what the contract's routes answer with", () => {
    for (const { path, method, operation } of operations) {
      const route = contract.find((it) => it.path === path && it.method === method.toUpperCase());
      if (!route || !Object.hasOwn(models, route.returns)) continue;
      const { schema } = operation.responses["200"].content["application/json"];
      expect(schema).toEqual({ $ref: `#/components/schemas/${route.returns}` });
    }
  });
});

describe("its schemas", () => {
  /** Every property of every schema, with the schemas of parts that have no name. */
  const properties = (): [at: string, property: Node][] =>
    [...nodesOf(document)]
      .filter(([at]) => /(?:^|\/)properties\/[^/]+$/.test(at) && !/\/examples?(?:\/|$)/.test(at))
      .map(([at, property]) => [at, property]);

  test("describe each property and each parameter", () => {
    const silent = properties().filter(([, { description }]) => !/\w{2}/.test(description ?? ""));
    expect(silent.map(([at]) => at)).toEqual([]);
    for (const { operation } of operations)
      for (const { name, description } of operation.parameters ?? [])
        expect(description, `${operation.operationId} ${name}`).toMatch(/\w{2}/);
  });

  test("are all that the glossary describes", () => {
    const parameters = operations.flatMap(({ operation }) => operation.parameters ?? []);
    const names = new Set([
      ...properties().flatMap(([at]) => {
        const [model = "", ...rest] = at.replace("components/schemas/", "").split("/");
        const property = rest.at(-1) ?? "";
        return [property, `${model}.${property}`];
      }),
      ...parameters.map(({ name }: Node) => name),
    ]);
    expect(Object.keys(glossary).filter((name) => !names.has(name))).toEqual([]);
  });

  test("show a value of each property of an answer that fits it", () => {
    const faults = properties()
      .filter(([at]) => !/Request(?:Json)?\/properties|schemas\/Problem\//.test(at))
      .flatMap(([at, property]) => (showsItsParts(property) ? [] : faultsOfValue(at, property)));
    expect(faults).toEqual([]);
  });
});

/** True where the value is put together from those of the parts. */
const showsItsParts = ({ type, allOf, anyOf, items, properties, additionalProperties }: Node) =>
  allOf !== undefined ||
  anyOf !== undefined ||
  properties !== undefined ||
  typeof additionalProperties === "object" ||
  (type === "array" && Object.keys(items).some((key) => key === "$ref" || key === "allOf"));

function faultsOfValue(at: string, { example, ...schema }: Node): string[] {
  if (example === undefined) return [`${at}: no value`];
  return faultsOfSchema(schema, example, at);
}

function resolve(ref: string): Node | undefined {
  return ref
    .slice(2)
    .split("/")
    .reduce<any>((node, key) => node?.[key], document);
}

function whole(response: Node): Node {
  return response.$ref ? (resolve(response.$ref) ?? {}) : response;
}

/**
 * What a schema says of the form of a value. Left out is what this document says more (descriptions,
 * values), and what it says by itself: an answer's properties are all there and have no defaults.
 */
function comparable(schema: Node): unknown {
  const { required, description, example, default: _, type, ...rest } = schema;
  if (rest.allOf?.length === 1 && rest.nullable !== true) return comparable(rest.allOf[0]);
  const implied = type === "object" && (rest.allOf ?? rest.anyOf) && rest.nullable === true;
  const parts = Object.entries(rest).map(([key, value]) => {
    if (key === "properties") return [key, mapped(value)];
    if (key === "items") return [key, comparable(value)];
    if (key === "allOf" || key === "anyOf") return [key, value.map(comparable)];
    if (key === "additionalProperties")
      return [key, typeof value === "object" ? comparable(value) : undefined];
    return [key, value];
  });
  return { ...Object.fromEntries(parts), ...(type === undefined || implied ? {} : { type }) };
}

const mapped = (schemas: Node): Node =>
  Object.fromEntries(Object.entries(schemas).map(([name, part]) => [name, comparable(part)]));
