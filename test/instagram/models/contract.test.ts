import { expect, test } from "bun:test";
import { join } from "node:path";
import type { TSchema } from "@sinclair/typebox";
import { isModelSchema } from "../../../src/instagram/models/model.ts";
import contract from "../../fixtures/contract/models.json";
import { type Schema, toOpenApi } from "../../support/models/openapi.ts";

const directory = join(import.meta.dir, "../../../src/instagram/models");

/** The schemas of all models: the files of their folder export them. */
const schemas: TSchema[] = [];
for (const file of new Bun.Glob("*.ts").scanSync(directory)) {
  const exported: Record<string, { schema?: TSchema } | null> = await import(join(directory, file));
  for (const value of Object.values(exported))
    if (value?.schema && isModelSchema(value.schema)) schemas.push(value.schema);
}
const nameOf = (schema: TSchema): string => schema.title ?? "";

test("the models are those of the contract, each once", () => {
  expect(schemas.map(nameOf).sort()).toEqual(Object.keys(contract).sort());
});

for (const [name, expected] of Object.entries(contract as unknown as Record<string, Schema>))
  test(`${name} has the schema of the contract`, () => {
    const schema = schemas.find((one) => nameOf(one) === name) ?? {};
    expect(withSortedRequired(toOpenApi(schema as TSchema))).toEqual(withSortedRequired(expected));
  });

function withSortedRequired(schema: Schema): Schema {
  const required = schema.required as string[] | undefined;
  return required === undefined ? schema : { ...schema, required: required.toSorted() };
}
