import { Kind, type TSchema } from "@sinclair/typebox";
import { policyRules, type TenantPolicies } from "../tenants/policies.ts";
import { type CommandInput, optionalInteger, UsageError } from "./command.ts";

const rules = Object.entries(policyRules).map(([key, { name, schema }]) => ({
  key,
  option: name.replaceAll("_", "-"),
  schema: schema as TSchema,
}));

/** The options that set policies, for a command's `options`. */
export const policyOptions: Readonly<Record<string, "string" | "boolean">> = Object.fromEntries(
  rules.flatMap(({ option, schema }): [string, "string" | "boolean"][] =>
    schema[Kind] === "Boolean"
      ? [
          [option, "boolean"],
          [`no-${option}`, "boolean"],
        ]
      : [[option, "string"]],
  ),
);

/** The options that set policies, for a command's `usage`. */
export const policyUsage: string = rules
  .map(({ option, schema }) => `[${usageOf(option, schema)}]`)
  .join(" ");

/** The policies that the command line sets. Throws UsageError. */
export function policiesIn(input: CommandInput): Partial<TenantPolicies> {
  const values = rules.map(({ key, option, schema }) => [key, givenValue(input, option, schema)]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The policies as they are printed. */
export function shownPolicies(policies: TenantPolicies): [name: string, value: string][] {
  const values: Readonly<Record<string, unknown>> = policies;
  return rules.map(({ key, option }) => [option.replaceAll("-", " "), shown(values[key])]);
}

function usageOf(option: string, schema: TSchema): string {
  switch (schema[Kind]) {
    case "Boolean":
      return `--${option} | --no-${option}`;
    case "Array":
      return `--${option} <a>,<b>|none`;
    case "Union":
      return `--${option} ${namesIn(schema)?.join("|") ?? "<n>|default"}`;
    case "Object":
      return `--${option} <kind>=<n>,<kind>=<n>|none`;
    default:
      return `--${option} <n>`;
  }
}

function givenValue(input: CommandInput, option: string, schema: TSchema): unknown {
  if (schema[Kind] === "Boolean") {
    const [on, off] = [input.flag(option), input.flag(`no-${option}`)];
    if (on && off) throw new UsageError(`--${option} and --no-${option} exclude each other`);
    return on || off ? on : undefined;
  }
  const text = input.option(option);
  if (text === undefined) return undefined;
  if (schema[Kind] === "Array") return text === "none" ? [] : text.split(",");
  if (schema[Kind] === "Object") return numbersIn(text, option, schema);
  const names = namesIn(schema);
  if (names !== null) {
    if (names.includes(text)) return text;
    throw new UsageError(`--${option} must be one of ${names.join(", ")}`);
  }
  if (schema[Kind] === "Union" && text === "default") return null;
  const number: TSchema = schema[Kind] === "Union" ? schema.anyOf[0] : schema;
  return optionalInteger(input, option, [number.minimum, number.maximum]);
}

/** Numbers by their names: `follow=50,like=200`. Throws UsageError. */
function numbersIn(text: string, option: string, { properties }: TSchema): Record<string, number> {
  if (text === "none") return {};
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [name = "", value = ""] = part.split("=").map((one) => one.trim());
      const schema: TSchema | undefined = Object.hasOwn(properties, name)
        ? properties[name]
        : undefined;
      const number = Number(value);
      if (!schema || !/^\d{1,9}$/.test(value) || number > schema.maximum)
        throw new UsageError(
          `--${option} takes ${Object.keys(properties).join(", ")}, each with a whole number, such as follow=50,like=200`,
        );
      return [name, number];
    }),
  );
}

/** The values of a schema that lists names; null for any other. */
function namesIn(schema: TSchema): string[] | null {
  const members: TSchema[] = schema[Kind] === "Union" ? schema.anyOf : [];
  const names = members.flatMap((member) => (member[Kind] === "Literal" ? [member.const] : []));
  return names.length > 0 ? names : null;
}

function shown(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const parts = Object.entries(value).map(([name, number]) => `${name}=${number}`);
    return parts.length === 0 ? "none" : parts.join(", ");
  }
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  return value === null ? "default" : String(value);
}
