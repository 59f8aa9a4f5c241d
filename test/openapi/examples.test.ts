import { describe, expect, test } from "bun:test";
import { passedThrough } from "../../src/http/glossary/passed-through.ts";
import { type Node, operationsOf } from "../support/openapi.ts";
import { expectProblemForm } from "../support/problems.ts";
import { acts, filled, keyFor, proxyOf, sandboxOfFile, sessionFor } from "../support/sandbox.ts";
import type { Answer, RequestOptions } from "../support/service.ts";
import { filesFor } from "../support/uploads.ts";

/*
 * Swagger UI fills in what the document has as examples, makes up the rest, and people press Execute:
 * each operation must then answer from the sandbox, and reads with something to look at. Everything
 * that is sent here comes from the document; only ids that this service has just made do not.
 */
const sandbox = await sandboxOfFile();
const document: Node = (await sandbox.request("GET", "/openapi.json")).body;
const operations = operationsOf(document);

/** What the page puts into a field: as it does, with empty ones left out. */
function filledIn(schema: Node): [name: string, value: string][] {
  return Object.entries<Node>(schema.properties ?? {}).flatMap(([name, property]) => {
    if ((property.items ?? property).format === "binary") return [];
    const value = property.example ?? property.default ?? madeUp(property);
    return [value]
      .flat()
      .flatMap((one) => (one === null || one === "" ? [] : [[name, String(one)]]));
  }) as [string, string][];
}

/** What Swagger UI makes up for a field without an example. */
function madeUp({ type, enum: values, minimum = 0, items = {}, nullable }: Node): unknown {
  if (values) return values[0];
  if (nullable) return null;
  if (type === "array") return [madeUp(items)];
  return { integer: minimum, number: minimum, boolean: true }[String(type)] ?? "string";
}

const named = (reference: Node): Node =>
  document.components.schemas[String(reference.$ref).split("/").at(-1) ?? ""];

const made = (path: string): Promise<string> =>
  filled(path.replaceAll(/\{(\w+)\}/g, ":$1"), sandbox);

/** A caller who has authorized with what the operation names first. */
async function authorized(operation: Node): Promise<RequestOptions> {
  const [needed = {}] = operation.security as Node[];
  return {
    ...("ApiKey" in needed ? { key: keyFor(sandbox, sandbox.entry(operation.operationId)) } : {}),
    ...("SessionId" in needed ? { session: await sessionFor(sandbox, operation.operationId) } : {}),
    ...("AdminToken" in needed ? { headers: sandbox.adminHeaders } : {}),
  };
}

async function executed({ path, method, operation }: (typeof operations)[number], type = "") {
  const query = new URLSearchParams();
  for (const { name, example, required, in: place } of operation.parameters ?? []) {
    if (place !== "query") continue;
    if (required) expect(example, `${name} is required and has no example`).toBeDefined();
    const value = name === "proxy_id" && example ? await proxyOf(sandbox) : example;
    for (const one of [value ?? []].flat()) query.append(name, String(one));
  }
  const options = await authorized(operation);
  const content = operation.requestBody?.content[type];
  const own: Record<string, string> =
    operation.operationId === "postProxyCheck" ? { proxy_id: await proxyOf(sandbox) } : {};
  if (type === "application/json") options.json = { ...content.example, ...own };
  else if (content?.schema.type === "string") {
    options.body = content.example;
    options.headers = { ...options.headers, "Content-Type": type };
  } else if (type) {
    const form = type === "multipart/form-data" ? new FormData() : new URLSearchParams();
    for (const [name, value] of filledIn(named(content.schema)))
      form.append(name, own[name] ?? value);
    const { body = null } =
      sandbox.entries.find((one) => one.operationId === operation.operationId) ?? {};
    for (const [name, file] of filesFor(operation.operationId, body))
      (form as FormData).append(name, file);
    options.body = form;
  }
  return sandbox.request(method.toUpperCase(), `${await made(path)}?${query}`, options);
}

describe("the examples of the documentation work on the sandbox", () => {
  test("there are examples", () => expect(operations.length).toBeGreaterThan(100));

  // An upload that is told of must have been begun before.
  for (const it of operations.filter(({ operation }) => !operation.tags.includes("Upload")))
    for (const type of Object.keys(it.operation.requestBody?.content ?? { "": 1 }))
      test(`${it.operation.operationId} ${type}`, async () => {
        sandbox.instagram.beginAnew();
        const answer = await executed(it, type);
        expectSuccess(it, answer);
        if (it.method !== "get" || it.operation.tags.includes("Admin")) return;
        expect(answer.text).not.toMatch(/^(?:\[\]|\{\}|\{"items":\[\])/);
      });
});

describe("the examples of the actions", () => {
  const actions = operations.filter(({ operation }) => acts(sandbox.entry(operation.operationId)));
  const typeOf = ({ operation }: (typeof operations)[number]): string =>
    Object.keys(operation.requestBody?.content ?? {})[0] ?? "";

  // People press Execute where they like: no example needs another one before it, or spoils it.
  for (const [order, ordered] of Object.entries({
    "in the order of the page": actions,
    "from its end to its beginning": actions.toReversed(),
  }))
    test(`work in one sandbox ${order}, and its reads after them`, async () => {
      sandbox.instagram.beginAnew();
      for (const it of ordered) expectSuccess(it, await executed(it, typeOf(it)));
      for (const it of operations) {
        const entry = sandbox.entry(it.operation.operationId);
        if (entry.method !== "GET" || entry.access.kind !== "session") continue;
        expectSuccess(it, await executed(it));
      }
    });

  test("once more are done, or refused in plain terms", async () => {
    for (const it of actions) {
      sandbox.instagram.beginAnew();
      await executed(it, typeOf(it));
      const again = await executed(it, typeOf(it));
      if (again.status === 200) continue;
      expect([400, 403, 404, 409, 429], `${it.operation.operationId} ${again.text}`).toContain(
        again.status,
      );
      expectProblemForm(again, it.operation.operationId);
    }
  });
});

function expectSuccess({ operation }: (typeof operations)[number], answer: Answer): void {
  const success = Object.keys(operation.responses).filter((status) => /^2(?!0[26])/.test(status));
  const about = `${operation.operationId}: ${answer.text.slice(0, 300)}`;
  expect(success, about).toContain(String(answer.status));
}

describe("the answers of the documentation", () => {
  test("show values: their own, or those of their models", () => {
    for (const { operation } of operations) {
      const [, success = {}] =
        Object.entries<Node>(operation.responses).find(([status]) => /^2/.test(status)) ?? [];
      for (const { schema, example } of Object.values<Node>(success.content)) {
        if (schema.format === "binary") continue;
        const { $ref, properties, example: own, items, anyOf } = schema;
        const shown = example ?? own ?? $ref ?? properties ?? items?.$ref ?? anyOf;
        expect(shown ?? items?.example, operation.operationId).toBeDefined();
      }
    }
  });

  for (const [operationId, example] of Object.entries(passedThrough))
    test(`${operationId} has the fields that it shows`, async () => {
      const answer = await sandbox.call(sandbox.entry(operationId));
      expect(missingIn(answer.body, example)).toEqual([]);
    });
});

/** The fields of an example that are not in an answer. Names that are ids differ. */
function missingIn(answer: any, example: unknown, at = ""): string[] {
  if (Array.isArray(example))
    return example.flatMap((item) => {
      const faults = (answer ?? []).map((it: unknown) => missingIn(it, item, `${at}[]`));
      return faults.some((list: string[]) => list.length === 0) ? [] : (faults[0] ?? [at]);
    });
  if (typeof example !== "object" || example === null)
    return typeof answer === typeof example ? [] : [at];
  return Object.entries(example).flatMap(([name, part]) => {
    const found = /^\d/.test(name) ? Object.values<any>(answer ?? {})[0] : answer?.[name];
    return missingIn(found, part, `${at}.${name}`);
  });
}
