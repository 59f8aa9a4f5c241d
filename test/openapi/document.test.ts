import { beforeAll, describe, expect, test } from "bun:test";
import models from "../fixtures/contract/models.json";
import contract from "../fixtures/contract/routes.json";
import { type Node, nodesOf, type Operation, openApiDocument, operationsOf } from "./document.ts";

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

  test("refers only to what is there", () => {
    const missing = [...nodesOf(document)]
      .map(([, node]) => node.$ref)
      .filter((ref) => ref !== undefined && resolve(ref) === undefined);
    expect(missing).toEqual([]);
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
        expect(operation.tags).toEqual([expect.stringMatching(/^(?:Admin|System)$/)]);
        continue;
      }
      expect(operation.operationId).toBe(route.operationId);
      expect(operation.tags).toEqual([route.tag]);
    }
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids).toHaveLength(new Set(ids).size);
    for (const { operation } of operations) expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
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
      if (!operation.requestBody) continue;
      const types = Object.keys(operation.requestBody.content);
      const { schema } = operation.requestBody.content[types[0] ?? ""];
      const hasFile = JSON.stringify(resolve(schema.$ref)).includes('"format":"binary"');
      expect(types).toEqual(hasFile ? ["multipart/form-data"] : FORM_TYPES);
    }
  });

  test("name the schema of a body after themselves", () => {
    for (const { operation } of operations) {
      if (!operation.requestBody) continue;
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
      expect(statuses.filter((status) => status.startsWith("2"))).toHaveLength(1);
      for (const response of Object.values<Node>(operation.responses))
        expect(Object.keys(whole(response).content ?? { none: 1 })).toHaveLength(1);
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

  test("are what the contract's routes answer with", () => {
    for (const { path, method, operation } of operations) {
      const route = contract.find((it) => it.path === path && it.method === method.toUpperCase());
      if (!route || !Object.hasOwn(models, route.returns)) continue;
      const { schema } = operation.responses["200"].content["application/json"];
      expect(schema).toEqual({ $ref: `#/components/schemas/${route.returns}` });
    }
  });
});

function resolve(ref: string): Node | undefined {
  return ref
    .slice(2)
    .split("/")
    .reduce<any>((node, key) => node?.[key], document);
}

function whole(response: Node): Node {
  return response.$ref ? (resolve(response.$ref) ?? {}) : response;
}

/** A schema apart from the order of `required` and from what only says the default. */
function comparable(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(comparable);
  if (typeof schema !== "object" || schema === null) return schema;
  const { required, additionalProperties, type, ...rest } = schema as Node;
  const implied = type === "object" && (rest.allOf ?? rest.anyOf) && rest.nullable === true;
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, comparable(value)])),
    ...(type === undefined || implied ? {} : { type: comparable(type) }),
    ...(required === undefined
      ? {}
      : { required: Array.isArray(required) ? required.toSorted() : comparable(required) }),
    ...(additionalProperties === undefined || additionalProperties === true
      ? {}
      : { additionalProperties: comparable(additionalProperties) }),
  };
}
