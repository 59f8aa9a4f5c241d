import { type Static, type TOptional, type TSchema, Type } from "@sinclair/typebox";
import { PROXY_POLICIES } from "../db/schema.ts";
import { tenantLimits } from "./action-limits.ts";
import { cleanOrigins } from "./origins.ts";

/** A policy: a limit or setting of a tenant. Each is declared in `policyRules` and nowhere else. */
interface PolicyRule<Name extends string, Schema extends TSchema> {
  /** Name over HTTP; the CLI's option has the same name, with dashes. */
  name: Name;
  /** Type, bounds and description. */
  schema: Schema;
  /** Value for a tenant for which no other was given. */
  default: Static<Schema>;
  /**
   * Who may change it. The operator always may; only the operator may where it protects the
   * service.
   */
  setBy: "operator" | "tenant";
}

const rule = <Name extends string, Schema extends TSchema>(
  name: Name,
  schema: Schema,
  rest: Pick<PolicyRule<Name, Schema>, "default" | "setBy">,
): PolicyRule<Name, Schema> => ({ name, schema, ...rest });

const orServiceDefault = <Schema extends TSchema>(schema: Schema, description: string) =>
  Type.Union([schema, Type.Null()], { description });

/**
 * All policies, by their names in the code. Each has a column of the same name in `tenants`
 * (db/schema.ts). HTTP fields, answers and CLI options are made from these rules.
 */
export const policyRules = {
  storeCredentials: rule(
    "store_credentials",
    Type.Boolean({
      description: "Keep account passwords, encrypted, so that sessions can log in again.",
    }),
    { default: false, setBy: "tenant" },
  ),
  requestsPerSecond: rule(
    "requests_per_second",
    orServiceDefault(
      Type.Integer({ minimum: 1, maximum: 1_000_000 }),
      "Requests a second that each API key may make on average; null: the service's default.",
    ),
    { default: null, setBy: "operator" },
  ),
  burst: rule(
    "burst",
    orServiceDefault(
      Type.Integer({ minimum: 1, maximum: 2_000_000 }),
      "Requests that an API key may make at once; null: twice its own requests_per_second, or the service's default.",
    ),
    { default: null, setBy: "operator" },
  ),
  tenantRequestsPerSecond: rule(
    "tenant_requests_per_second",
    orServiceDefault(
      Type.Integer({ minimum: 1, maximum: 10_000_000 }),
      "Requests a second that all API keys of the tenant may make together, on average; null: four times what one key may.",
    ),
    { default: null, setBy: "operator" },
  ),
  maxInFlight: rule(
    "max_in_flight",
    Type.Integer({
      minimum: 1,
      maximum: 10_000,
      description:
        "Requests that may be worked on at the same time; those that wait in the queue of their session do not count.",
    }),
    { default: 64, setBy: "operator" },
  ),
  maxSessions: rule(
    "max_sessions",
    Type.Integer({ minimum: 0, maximum: 10_000_000, description: "Sessions that may be kept." }),
    { default: 10_000, setBy: "operator" },
  ),
  maxProxies: rule(
    "max_proxies",
    Type.Integer({ minimum: 0, maximum: 1_000_000, description: "Proxies that may be kept." }),
    { default: 10_000, setBy: "operator" },
  ),
  proxyPolicy: rule(
    "proxy_policy",
    Type.Union(
      PROXY_POLICIES.map((name) => Type.Literal(name)),
      {
        description:
          "Whether sessions go out through proxies. optional: a login gets one of the tenant's proxies, or of the operator's, where there are any. required: nothing goes out without a proxy. direct: no proxy is assigned; one that a login names is used.",
      },
    ),
    { default: "optional", setBy: "tenant" },
  ),
  corsOrigins: rule(
    "cors_origins",
    Type.Array(Type.String(), {
      description:
        "Origins whose pages may call this service with the tenant's keys, such as https://app.example.com.",
    }),
    { default: [], setBy: "tenant" },
  ),
  dailyBudgets: rule("daily_budgets", tenantLimits.dailyBudgets, { default: {}, setBy: "tenant" }),
  paceMs: rule("pace_ms", tenantLimits.paceMs, { default: 0, setBy: "tenant" }),
};

type Rules = typeof policyRules;

/** The policies of a tenant. */
export type TenantPolicies = { [Key in keyof Rules]: Static<Rules[Key]["schema"]> };

/** The policies as HTTP fields, all optional. */
export type PolicyFields = {
  [Key in keyof Rules as Rules[Key]["name"]]: TOptional<Rules[Key]["schema"]>;
};

/** The policies by their names over HTTP. */
export type NamedPolicies = {
  [Key in keyof Rules as Rules[Key]["name"]]: Static<Rules[Key]["schema"]>;
};

const policyKeys = Object.keys(policyRules) as (keyof Rules)[];

/** The policies of a tenant for which none were given. */
export const defaultPolicies = fromRules((key) => policyRules[key].default) as TenantPolicies;

/** Schemas of the policies, by their names over HTTP. */
export const policySchemas = named((key) => policyRules[key].schema) as {
  [Key in keyof Rules as Rules[Key]["name"]]: Rules[Key]["schema"];
};

export const policyFields = named((key) => Type.Optional(policyRules[key].schema)) as PolicyFields;

/** The policies in a tenant's row. */
export const policiesOf = (row: TenantPolicies): TenantPolicies =>
  fromRules((key) => row[key]) as TenantPolicies;

/** A tenant's row without the policies. */
export const withoutPolicies = <Row extends TenantPolicies>(row: Row) =>
  Object.fromEntries(
    Object.entries(row).filter(([name]) => !Object.hasOwn(policyRules, name)),
  ) as Omit<Row, keyof TenantPolicies>;

export const namedPolicies = (policies: TenantPolicies): NamedPolicies =>
  named((key) => policies[key]) as NamedPolicies;

/** The policies among the fields of a request, by their names in the code. */
export function givenPolicies(fields: Partial<NamedPolicies>): Partial<TenantPolicies> {
  const given = policyKeys.filter((key) => fields[policyRules[key].name] !== undefined);
  return Object.fromEntries(given.map((key) => [key, fields[policyRules[key].name]]));
}

/** Whether one of these changes is for the operator only. */
export const needsOperator = (changes: Partial<TenantPolicies>): boolean =>
  policyKeys.some((key) => changes[key] !== undefined && policyRules[key].setBy === "operator");

/** The policies as they are stored. Throws InvalidInput for `cors_origins`. */
export function cleanPolicies(changes: Partial<TenantPolicies>): Partial<TenantPolicies> {
  const { corsOrigins } = changes;
  return corsOrigins === undefined
    ? changes
    : { ...changes, corsOrigins: cleanOrigins(policyRules.corsOrigins.name, corsOrigins) };
}

function fromRules(read: (key: keyof Rules) => unknown): Record<string, unknown> {
  return Object.fromEntries(policyKeys.map((key) => [key, read(key)]));
}

function named(read: (key: keyof Rules) => unknown): Record<string, unknown> {
  return Object.fromEntries(policyKeys.map((key) => [policyRules[key].name, read(key)]));
}
