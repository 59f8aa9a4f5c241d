import { expect, test } from "bun:test";
import { modelSchemas } from "../../../src/instagram/models/index.ts";
import contract from "../../fixtures/contract/models.json";
import { type Schema, toOpenApi } from "../../support/models/openapi.ts";

const models = contract as unknown as Record<string, Schema>;

for (const [name, schema] of Object.entries(modelSchemas)) {
  test(`${name} has the schema of the contract`, () => {
    expect(schema.title).toBe(name);
    expect(withSortedRequired(toOpenApi(schema))).toEqual(withSortedRequired(models[name] ?? {}));
  });
}

test("every model that a registered one refers to is registered", () => {
  const referred = JSON.stringify(Object.values(modelSchemas).map(toOpenApi)).matchAll(
    /#\/components\/schemas\/(\w+)/g,
  );
  const missing = [...referred].map(([, name]) => name ?? "").filter((name) => !modelSchemas[name]);
  expect(missing).toEqual([]);
});

test("a nested model is the registered schema itself", () => {
  const { UserShortPage, UserShort } = modelSchemas;
  expect(UserShortPage?.properties.items.items).toBe(UserShort);
});

function withSortedRequired(schema: Schema): Schema {
  const required = schema.required as string[] | undefined;
  return required === undefined ? schema : { ...schema, required: required.toSorted() };
}
