import { type StringOptions, type TSchema, Type } from "@sinclair/typebox";
import { InvalidInput } from "../problems/problem.ts";
import {
  cleanCountry,
  cleanLabel,
  cleanRegion,
  cleanUrl,
  MAX_LABEL_LENGTH,
  MAX_SESSIONS_OF_A_PROXY,
} from "../proxies/fields.ts";
import { MAX_ERRORS } from "../proxies/import/import.ts";
import type { ListDefaults } from "../proxies/import/line.ts";
import type { ProxyFields } from "../proxies/proxy-store.ts";
import { PROXY_SCHEMES } from "../proxies/proxy-url.ts";
import type { ProxyFilter } from "../proxies/store/listing.ts";
import { Instant } from "./administration.ts";

/* Fields of the routes of proxies with their readers, and the schemas of the answers. */

const orNull = <Schema extends TSchema>(schema: Schema, description?: string) =>
  Type.Union([schema, Type.Null()], {
    nullable: true,
    ...(description === undefined ? {} : { description }),
  });
const STATES = ["unknown", "healthy", "failing", "down"] as const;
export const ModeField = Type.Union([Type.Literal("test"), Type.Literal("live")]);
const OnFailure = Type.Union([Type.Literal("fail"), Type.Literal("move")], {
  description:
    "What its sessions do while it is down: fail, they wait for it; move, they go to another one of the same country.",
  examples: ["fail"],
});

export const ProxySchema = Type.Object(
  {
    proxy_id: Type.String(),
    url: orNull(Type.String()),
    label: orNull(Type.String()),
    country: orNull(Type.String()),
    region: orNull(Type.String()),
    max_sessions: orNull(Type.Integer()),
    on_failure: Type.Union([Type.Literal("fail"), Type.Literal("move")]),
    mode: orNull(ModeField),
    offered_by: Type.Union([Type.Literal("tenant"), Type.Literal("operator")]),
    sessions: Type.Integer(),
    state: Type.Union(STATES.map((state) => Type.Literal(state))),
    state_since: Instant(),
    last_error: orNull(Type.String()),
    latency_ms: orNull(Type.Integer()),
    checked_at: orNull(Instant()),
    blocked: Type.Integer(),
    created_at: Instant(),
    updated_at: Instant(),
  },
  { title: "Proxy" },
);

export const ProxyPageSchema = Type.Object(
  { items: Type.Array(ProxySchema), next_cursor: Type.String() },
  { title: "ProxyPage" },
);

export const ProxyDeletionSchema = Type.Object(
  { proxy_id: Type.String(), deleted: Type.Literal(true), moved: Type.Integer() },
  { title: "ProxyDeletion" },
);

export const ProxyImportSchema = Type.Object(
  {
    created: Type.Integer(),
    existing: Type.Integer(),
    failed: Type.Integer(),
    errors: Type.Array(
      Type.Object(
        { line: Type.Integer(), field: orNull(Type.String()), message: Type.String() },
        { title: "ProxyImportError" },
      ),
      { maxItems: MAX_ERRORS },
    ),
  },
  { title: "ProxyImport" },
);

export const ProxyId = Type.String({
  minLength: 1,
  maxLength: 64,
  description: "Id of the proxy.",
  examples: ["01K9ZJ5M0T6R3F4C2B1A0XYZWV"],
});

const urlOf = (more: StringOptions) =>
  Type.String({
    maxLength: 4_000,
    description:
      "The proxy with its credentials: http://, https://, socks5:// or socks5h://user:password@host:port, or as providers write it, host:port:user:password.",
    ...more,
  });

export const Move = Type.Optional(
  Type.Boolean({ default: false, description: "true: moves its sessions to other proxies first." }),
);

/** The same in a body. */
export const IdInBody = Type.Optional(
  Type.String({
    default: "",
    maxLength: 64,
    description: "Id of the proxy, unless the query has it.",
  }),
);

/** The fields beside the URL, each nullable: null or an empty text stands for none. */
const choices = {
  label: Type.Optional(
    orNull(
      Type.String({
        maxLength: 4 * MAX_LABEL_LENGTH,
        description: `A name for people, up to ${MAX_LABEL_LENGTH} characters.`,
        examples: ["berlin-1"],
      }),
    ),
  ),
  country: Type.Optional(
    orNull(
      Type.String({
        maxLength: 10,
        description: "Country of its address: ISO 3166 alpha-2.",
        examples: ["DE"],
      }),
    ),
  ),
  region: Type.Optional(
    orNull(
      Type.String({
        maxLength: 10,
        description: "Fly region near it: three letters.",
        examples: ["fra"],
      }),
    ),
  ),
  max_sessions: Type.Optional(
    orNull(
      Type.Integer({ minimum: 0, maximum: MAX_SESSIONS_OF_A_PROXY, examples: [3] }),
      "Sessions that it may serve; empty for any number. 0 takes no further ones.",
    ),
  ),
};

/** The fields of a new proxy. */
export const newProxyFields = {
  url: urlOf({ minLength: 1, examples: ["http://user:password@proxy.example.com:8080"] }),
  ...choices,
  on_failure: Type.Optional(OnFailure),
};

/** The same for a change: what is left out stays as it is; so does the URL if the field is empty. */
export const changeFields = { ...newProxyFields, url: Type.Optional(urlOf({})) };

interface Given {
  url?: string;
  label?: string | null;
  country?: string | null;
  region?: string | null;
  max_sessions?: number | null;
  on_failure?: "fail" | "move";
}

/** The choices among the fields of a request, made uniform. Throws InvalidInput. */
export function choicesOf(given: Given): Partial<Omit<ProxyFields, "url">> {
  const { label, country, region, max_sessions, on_failure } = given;
  return {
    ...(label === undefined ? {} : { label: cleanLabel(label ?? "") }),
    ...(country === undefined ? {} : { country: cleanCountry(country ?? "") }),
    ...(region === undefined ? {} : { region: cleanRegion(region ?? "") }),
    ...(max_sessions === undefined ? {} : { maxSessions: max_sessions }),
    ...(on_failure === undefined ? {} : { onFailure: on_failure }),
  };
}

/** What is chosen for a proxy about which nothing is said. */
const USUAL: Omit<ProxyFields, "url"> = {
  label: null,
  country: null,
  region: null,
  maxSessions: null,
  onFailure: "fail",
};

/** The fields of a new proxy. Throws InvalidInput. */
export function newProxyOf(given: Given & { url: string }): ProxyFields {
  return { ...USUAL, ...choicesOf(given), url: cleanUrl(given.url).href };
}

/** The changes to a proxy. Throws InvalidInput, also when there are none. */
export function changesOf(given: Given): Partial<ProxyFields> {
  const changes = {
    ...choicesOf(given),
    ...(given.url ? { url: cleanUrl(given.url).href } : {}),
  };
  if (Object.keys(changes).length === 0)
    throw new InvalidInput(
      "url",
      "or label or country or region or max_sessions or on_failure is required",
    );
  return changes;
}

/** What holds for the lines of a list that do not say otherwise. */
export const listFields = {
  scheme: Type.Optional(
    Type.Union(
      PROXY_SCHEMES.map((scheme) => Type.Literal(scheme)),
      { default: "http", description: "Scheme of lines without one." },
    ),
  ),
  ...choices,
  on_failure: Type.Optional(OnFailure),
};

/** Throws InvalidInput. */
export function listDefaultsOf(query: Given & { scheme?: ListDefaults["scheme"] }): ListDefaults {
  return { ...USUAL, ...choicesOf(query), scheme: query.scheme ?? "http" };
}

/** What a list of proxies can be narrowed down by. An empty field counts as left out. */
export const filterFields = {
  state: Type.Optional(
    Type.Union([Type.Literal(""), ...STATES.map((state) => Type.Literal(state))], {
      default: "",
      description: "State in which the proxies are now.",
    }),
  ),
  country: Type.Optional(
    Type.String({ default: "", maxLength: 10, description: "ISO 3166 alpha-2, such as DE." }),
  ),
  region: Type.Optional(
    Type.String({ default: "", maxLength: 10, description: "Fly region, such as fra." }),
  ),
  label: Type.Optional(
    Type.String({
      default: "",
      maxLength: 4 * MAX_LABEL_LENGTH,
      description: "The whole label.",
    }),
  ),
};

/** The filter that a query asks for. Throws InvalidInput. */
export function filterOf(query: {
  state?: (typeof STATES)[number] | "";
  country?: string;
  region?: string;
  label?: string;
}): ProxyFilter {
  return {
    state: query.state || undefined,
    country: cleanCountry(query.country ?? "") ?? undefined,
    region: cleanRegion(query.region ?? "") ?? undefined,
    label: cleanLabel(query.label ?? "") ?? undefined,
  };
}
