import type { TSchema } from "@sinclair/typebox";
import { entryOf } from "./glossary/index.ts";
import { passedThrough } from "./glossary/passed-through.ts";
import { takesIdempotencyKey } from "./idempotency.ts";
import { NDJSON } from "./line-answer.ts";
import {
  FILE_HEADERS,
  headerComponents,
  headerParameters,
  headers,
  headersOf,
  takesRange,
} from "./openapi-headers.ts";
import { ProblemResponses, problemSchema } from "./openapi-problems.ts";
import { linesBody, queryParameters, requestBody } from "./openapi-requests.ts";
import { openApiSchema, type SchemaUse, type Spec, schemaOrReference } from "./openapi-schema.ts";
import type { AccessKind, Operation } from "./route.ts";
import { tags } from "./tags.ts";
import { UploadSchema } from "./upload-status.ts";

const DESCRIPTION = `Multi-tenant HTTP gateway to Instagram's private mobile API.

Press **Authorize**: paste an API key (\`gw_test_…\` is the sandbox), log an account in with
\`POST /auth/login\` (sandbox: username and password \`sandbox\`), then authorize with the session ID
it answers with.`;

/** The OpenAPI 3.0.3 document, made from the declarations of the operations. */
export function openApiDocument(operations: readonly Operation[], version: string): Spec {
  const models = new Map<string, TSchema>();
  const onModel = (model: TSchema): void => {
    if (models.has(String(model.title))) return;
    models.set(String(model.title), model);
    openApiSchema(model, answer);
  };
  const answer: SchemaUse = { onModel, isAnswer: true };
  const requests = new Map<string, Spec>();
  const problems = new ProblemResponses();
  const paths: Record<string, Record<string, Spec>> = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, "{$1}");
    const method = operation.method.toLowerCase();
    paths[path] ??= {};
    paths[path][method] = operationOf(operation, path, answer, requests, problems);
  }
  const schemas = [...models].map(([name, model]) => [name, openApiSchema(model, answer)]);
  const used = new Set(operations.map((operation) => operation.tag));
  return {
    openapi: "3.0.3",
    info: {
      title: "gramway",
      description: DESCRIPTION,
      version,
      contact: { name: "The operator of this gateway" },
      license: { name: "MIT", url: "https://opensource.org/license/mit" },
    },
    servers: [{ url: "/", description: "This service" }],
    tags: tags.filter(({ name }) => used.has(name)),
    security: [{ ApiKey: [] }],
    paths,
    components: {
      schemas: {
        ...Object.fromEntries(schemas),
        ...Object.fromEntries(requests),
        Problem: problemSchema,
      },
      parameters: headerParameters,
      headers: headerComponents(),
      securitySchemes,
      ...problems.components(),
    },
  };
}

function operationOf(
  operation: Operation,
  path: string,
  answer: SchemaUse,
  requests: Map<string, Spec>,
  problems: ProblemResponses,
): Spec {
  const parameters = [
    ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
      name,
      in: "path",
      required: true,
      description: entryOf("", name ?? "")?.[0],
      schema: { type: "string" },
    })),
    ...queryParameters(operation.query),
    ...(takesRange(operation) ? [{ $ref: "#/components/parameters/Range" }] : []),
    ...(takesIdempotencyKey(operation) ? [{ $ref: "#/components/parameters/IdempotencyKey" }] : []),
    ...(operation.uploads ? [{ $ref: "#/components/parameters/Prefer" }] : []),
  ];
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    description: [operation.description, needsOf(operation)].filter(Boolean).join("\n\n"),
    tags: [operation.tag],
    security: SECURITY[operation.access.kind],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(operation.body ? { requestBody: requestBody(operation, operation.body, requests) } : {}),
    ...(operation.lines ? { requestBody: linesBody(operation.lines) } : {}),
    responses: responsesOf(operation, answer, problems),
  };
}

/** The scope that a caller needs, in words: `security` knows no scopes for API keys. */
function needsOf({ access }: Operation): string {
  if (access.kind === "public") return "Needs no key.";
  if (access.kind === "admin")
    return "Needs the operator's token, or a key with the scope `admin` for its own tenant.";
  const session = { key: "", session: " and a session", "optional-session": "; a session helps" };
  return `Needs a key with the scope \`${access.scope}\`${session[access.kind]}.`;
}

const SECURITY: Record<AccessKind, Spec[]> = {
  public: [],
  key: [{ ApiKey: [] }],
  session: [{ ApiKey: [], SessionId: [] }],
  "optional-session": [{ ApiKey: [], SessionId: [] }, { ApiKey: [] }],
  admin: [{ AdminToken: [] }, { ApiKey: [] }],
};

/** An example for an answer whose schema has none: text, Instagram's own objects, and a single true. */
function answerExample({ operationId, returns, text }: Operation): Spec {
  if (text) return { example: text.example };
  if (operationId in passedThrough) return { example: passedThrough[operationId] };
  return returns.type === "boolean" ? { example: true } : {};
}

function responsesOf(operation: Operation, use: SchemaUse, problems: ProblemResponses): Spec {
  const type = operation.text?.contentType ?? "application/json";
  const file = Object.fromEntries(
    (operation.fileTypes ?? []).map((fileType) => [fileType, { schema: FILE }]),
  );
  const answer = {
    headers: { ...headersOf(operation), ...(operation.fileTypes ? headers(...FILE_HEADERS) : {}) },
    content: {
      ...file,
      [type]: {
        ...answerExample(operation),
        schema: schemaOrReference(operation.returns, use),
      },
      ...(operation.lineExample === undefined
        ? {}
        : { [NDJSON]: { example: operation.lineExample, schema: { type: "string" } } }),
    },
  };
  const responses: Record<string, Spec> = {
    [String(operation.successStatus ?? 200)]: { description: "Success", ...answer },
  };
  if (takesRange(operation))
    responses["206"] = {
      description: "The part of the file that Range asks for",
      headers: { ...answer.headers, ...headers("Content-Range") },
      content: file,
    };
  if (operation.uploads) responses["202"] = acceptedUpload(operation, use);
  for (const [status, description] of Object.entries(operation.sameBodyFor ?? {}))
    responses[status] = {
      description,
      ...answer,
      headers: { ...answer.headers, ...headers("Retry-After") },
    };
  return { ...responses, ...problems.of(operation) };
}

const acceptedUpload = (operation: Operation, use: SchemaUse): Spec => ({
  description: "Accepted: the upload goes on in the background (`Prefer: respond-async`)",
  headers: { ...headersOf(operation), ...headers("Location", "Preference-Applied") },
  content: { "application/json": { schema: schemaOrReference(UploadSchema, use) } },
});

const FILE: Spec = { type: "string", format: "binary" };

const securitySchemes: Spec = {
  ApiKey: {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
    description: "API key of a tenant: gw_test_… (sandbox) or gw_live_… (Instagram).",
  },
  SessionId: {
    type: "apiKey",
    in: "header",
    name: "X-Session-ID",
    description: "Session ID from POST /auth/login.",
  },
  AdminToken: { type: "http", scheme: "bearer", description: "The operator's ADMIN_TOKEN." },
};
