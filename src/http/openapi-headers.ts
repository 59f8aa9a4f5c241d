import { takesIdempotencyKey } from "./idempotency.ts";
import type { Spec } from "./openapi-schema.ts";
import type { AccessKind, Operation } from "./route.ts";

/* The response headers of the OpenAPI document. Each is described once; responses reference it. */

interface Header {
  description: string;
  type: "string" | "integer";
  example: string | number;
  /** Whether every response that references it has it. */
  required?: boolean;
}

const HEADERS = {
  "X-Request-Id": {
    description: "Names the request in the logs: the caller's own, or a new one.",
    type: "string",
    example: "01K9ZJ5M0T6R3F4C2B1A0XYZWV",
    required: true,
  },
  "Gramway-Upstream-Calls": {
    description: "How many requests to Instagram the answer took; sent where a session was used.",
    type: "integer",
    example: 1,
  },
  "Gramway-Proxy": {
    description: "The proxy_id of the proxy that the requests to Instagram took, if it has one.",
    type: "string",
    example: "01K9ZJ5M0T6R3F4C2B1A0XYZWV",
  },
  "Gramway-Budget": {
    description:
      "What is left of the daily budget for the kind of action, where there is one: how many, of how many, and in how many seconds the account's day ends.",
    type: "string",
    example: "like;remaining=12;limit=100;reset=3600",
  },
  "Idempotency-Replayed": {
    description:
      "`true` where the answer is that of an earlier request under the same Idempotency-Key.",
    type: "string",
    example: "true",
  },
  Location: {
    description: "Where to ask how the upload gets on.",
    type: "string",
    example: "/upload?upload_id=01K9ZJ5M0T6R3F4C2B1A0XYZWV",
  },
  "Preference-Applied": {
    description: "`respond-async`: the upload goes on in the background.",
    type: "string",
    example: "respond-async",
  },
  "Content-Disposition": {
    description: "The name under which to save the file.",
    type: "string",
    example: 'attachment; filename="instagram_3755350675776297567.mp4"',
  },
  "Content-Range": {
    description: "Which part of the file this is.",
    type: "string",
    example: "bytes 0-1023/35661",
  },
  ETag: {
    description: "Names this state of the file, for If-Range.",
    type: "string",
    example: '"5f2dc29"',
  },
  "Last-Modified": {
    description: "When the file was made.",
    type: "string",
    example: "Sat, 01 Nov 2025 00:00:00 GMT",
  },
  "RateLimit-Policy": {
    description:
      "How many requests the API key and all keys of the tenant may make at once (q), and in how many seconds that is filled up (w).",
    type: "string",
    example: '"key";q=100;w=2, "tenant";q=400;w=2',
  },
  RateLimit: {
    description:
      "How many of them are left (r), and in how many seconds all of them are there again (t).",
    type: "string",
    example: '"key";r=99;t=1, "tenant";r=399;t=1',
  },
  "RateLimit-Limit": {
    description: "How many requests the API key may make at once.",
    type: "integer",
    example: 100,
  },
  "RateLimit-Remaining": {
    description: "How many of them are left.",
    type: "integer",
    example: 99,
  },
  "RateLimit-Reset": {
    description: "Seconds until all of them are there again.",
    type: "integer",
    example: 1,
  },
  "Retry-After": {
    description: "Seconds to wait before the next try.",
    type: "integer",
    example: 300,
  },
  "WWW-Authenticate": {
    description: "How to authenticate.",
    type: "string",
    example: "Bearer",
  },
} as const satisfies Readonly<Record<string, Header>>;

type HeaderName = keyof typeof HEADERS;

const EVERY: readonly HeaderName[] = ["X-Request-Id"];
const KEY: readonly HeaderName[] = [
  ...EVERY,
  "RateLimit-Policy",
  "RateLimit",
  "RateLimit-Limit",
  "RateLimit-Remaining",
  "RateLimit-Reset",
];
const SESSION: readonly HeaderName[] = [...KEY, "Gramway-Upstream-Calls", "Gramway-Proxy"];
const ACTION: readonly HeaderName[] = [...SESSION, "Gramway-Budget", "Idempotency-Replayed"];

const HEADERS_BY_ACCESS: Readonly<Record<AccessKind, readonly HeaderName[]>> = {
  public: EVERY,
  // A login creates the session that it uses.
  key: SESSION,
  session: SESSION,
  "optional-session": SESSION,
  admin: KEY,
};

/** Headers of an answer that is a file. */
export const FILE_HEADERS: readonly HeaderName[] = ["Content-Disposition", "ETag", "Last-Modified"];

/** Whether an operation answers parts of a file. A ZIP is made anew each time, so it has none. */
export const takesRange = ({ fileTypes }: Operation): boolean =>
  fileTypes !== undefined && !fileTypes.includes("application/zip");

/** References to these headers. */
export function headers(...names: readonly HeaderName[]): Spec {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** References to the headers of all responses of an operation. */
export const headersOf = (operation: Operation): Spec =>
  headers(...(takesIdempotencyKey(operation) ? ACTION : HEADERS_BY_ACCESS[operation.access.kind]));

/** `components.parameters`. Without an example: Swagger UI would send it with every request. */
export const headerParameters: Readonly<Record<string, Spec>> = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    required: false,
    description:
      "Names this request, so that it can be repeated safely: retries within 24 hours get the first answer, and the action takes place once. A key that you make up, such as a UUID; another for each request.",
    schema: { type: "string", minLength: 1, maxLength: 255, pattern: "^[ -~]+$" },
  },
  Range: {
    name: "Range",
    in: "header",
    required: false,
    description:
      "`bytes=<first>-<last>`: only this part of the file, answered with 206 if its server knows parts. With If-Range, only if the file is still the same.",
    schema: { type: "string", pattern: "^bytes=[0-9]*-[0-9]*$" },
  },
  Prefer: {
    name: "Prefer",
    in: "header",
    required: false,
    description:
      "`respond-async` answers as soon as the file is here, with 202 and a Location: GET /upload tells there how the upload gets on, and what it has made.",
    schema: { type: "string", enum: ["respond-async"] },
  },
};

/** `components.headers`. */
export function headerComponents(): Spec {
  return Object.fromEntries(
    Object.entries<Header>(HEADERS).map(([name, { description, type, example, required }]) => [
      name,
      { description, ...(required ? { required } : {}), schema: { type }, example },
    ]),
  );
}
