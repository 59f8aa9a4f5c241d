import models from "../fixtures/contract/models.json";

/** A schema of OpenAPI 3.0.3, as far as the contract's models use it. */
interface Schema {
  $ref?: string;
  allOf?: Schema[];
  anyOf?: Schema[];
  type?: string;
  nullable?: boolean;
  format?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: unknown;
}

const schemas = models as unknown as Record<string, Schema>;

/** What is wrong with a value that should be of a contract's model; empty when nothing is. */
export function faultsOfModel(model: string, value: unknown): string[] {
  const schema = schemas[model];
  return schema ? faults(schema, value, model) : [`${model} is no model of the contract`];
}

/** What is wrong with a value that should fit a schema that refers to none or to the contract's. */
export function faultsOfSchema(schema: object, value: unknown, at: string): string[] {
  return faults(schema as Schema, value, at);
}

/**
 * What is wrong with a value that should be what `returns` of the contract's routes names: a model,
 * a list of one, or a scalar.
 */
export function faultsOfReturns(returns: string, value: unknown): string[] {
  const list = /^List\[(.+)\]$/.exec(returns)?.[1];
  if (list !== undefined)
    return Array.isArray(value)
      ? value.flatMap((item) => faultsOfReturns(list, item))
      : [`${returns} is no list`];
  switch (returns) {
    case "bool":
      return typeof value === "boolean" ? [] : ["is no boolean"];
    // Pks pass 2^53, so what was a number is text here.
    case "int":
      return typeof value === "string" && /^\d+$/.test(value) ? [] : ["is no decimal text"];
    case "str":
    case "Union[str, bool]":
      return typeof value === "string" ? [] : ["is no text"];
    case "":
      return [];
    case "Dict":
    case "Dict[str, Any]":
      return typeof value === "object" && value !== null && !Array.isArray(value)
        ? []
        : ["is no object"];
    case "Dict[str, List[str]]":
      return Object.values(value ?? {}).every(
        (texts) => faultsOfReturns("List[str]", texts).length === 0,
      )
        ? faultsOfReturns("Dict", value)
        : ["is no object of lists of texts"];
    default:
      return faultsOfModel(returns, value);
  }
}

function faults(schema: Schema, value: unknown, at: string): string[] {
  if (value === null && schema.nullable) return [];
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    const target = schemas[name];
    return target ? faults(target, value, at) : [`${at}: ${name} is unknown`];
  }
  if (schema.allOf) return schema.allOf.flatMap((part) => faults(part, value, at));
  if (schema.anyOf) {
    const tried = schema.anyOf.map((part) => faults(part, value, at));
    return tried.some((list) => list.length === 0) ? [] : (tried[0] ?? []);
  }
  if (schema.enum && !schema.enum.includes(value)) return [`${at}: not one of the values`];
  return faultsOfType(schema, value, at);
}

function faultsOfType(schema: Schema, value: unknown, at: string): string[] {
  switch (schema.type) {
    case undefined:
      return [];
    case "string":
      if (typeof value !== "string") return [`${at}: ${typeof value} instead of a text`];
      return fitsFormat(schema.format, value) ? [] : [`${at}: no ${schema.format}: ${value}`];
    case "integer":
      return Number.isSafeInteger(value) ? [] : [`${at}: no integer`];
    case "number":
      return typeof value === "number" ? [] : [`${at}: no number`];
    case "boolean":
      return typeof value === "boolean" ? [] : [`${at}: no boolean`];
    case "array":
      return Array.isArray(value)
        ? value.flatMap((item, index) => faults(schema.items ?? {}, item, `${at}[${index}]`))
        : [`${at}: no list`];
    case "object":
      return faultsOfObject(schema, value, at);
    default:
      return [`${at}: the test knows no type ${schema.type}`];
  }
}

function faultsOfObject(schema: Schema, value: unknown, at: string): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return [`${at}: no object`];
  const fields = value as Record<string, unknown>;
  const { properties } = schema;
  if (properties === undefined) return [];
  const missing = Object.keys(properties).filter((name) => !(name in fields));
  const unknown = Object.keys(fields).filter((name) => !(name in properties));
  return [
    ...missing.map((name) => `${at}.${name}: missing`),
    ...unknown.map((name) => `${at}.${name}: not in the model`),
    ...Object.entries(properties).flatMap(([name, part]) =>
      name in fields ? faults(part, fields[name], `${at}.${name}`) : [],
    ),
  ];
}

const UTC_INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function fitsFormat(format: string | undefined, value: string): boolean {
  if (format === "date-time") return UTC_INSTANT.test(value) && !Number.isNaN(Date.parse(value));
  if (format === "uri") return URL.canParse(value);
  return true;
}
