import { swagger } from "@elysiajs/swagger";
import type { TSchema } from "@sinclair/typebox";
import { type AnyElysia, Elysia } from "elysia";
import { entryOf } from "./glossary/index.ts";
import { passedThrough } from "./glossary/passed-through.ts";
import { headerComponents, headersOf } from "./openapi-headers.ts";
import { ProblemResponses, problemSchema } from "./openapi-problems.ts";
import { queryParameters, requestBody } from "./openapi-requests.ts";
import { openApiSchema, type SchemaUse, type Spec, schemaOrReference } from "./openapi-schema.ts";
import type { AccessKind, Operation } from "./route.ts";
import { tags } from "./tags.ts";

const DESCRIPTION = `Multi-tenant HTTP gateway to Instagram's private mobile API.

Press **Authorize**: paste an API key (\`gw_test_…\` is the sandbox), log an account in with
\`POST /auth/login\` (sandbox: username and password \`sandbox\`), then authorize with the session ID
it answers with.`;

const PLUGIN_PAGE = "/-/docs";
const PLUGIN_SPEC = "/-/openapi.json";

/**
 * A plugin for Swagger UI, which has no options for these: fields of a form that are empty are left
 * out of the request (it ticks "Send empty value" by itself), and the dialog behind Authorize opens
 * at its first entry (it opens at the last).
 */
const PAGE_PLUGIN = `({ React }) => ({
  wrapComponents: {
    ParameterIncludeEmpty: (Original) => (props) =>
      React.createElement(Original, {
        ...props,
        isIncludedOptions: { ...props.isIncludedOptions, defaultValue: false },
      }),
    authorizationPopup: (Original) => (props) => {
      React.useEffect(() => {
        const field = document.querySelector(".auth-container input");
        field?.closest(".auth-container").scrollIntoView();
        field?.focus({ preventScroll: true });
      }, []);
      return React.createElement(Original, props);
    },
  },
})`;

/** What the documentation pages are served from. */
export interface Documentation {
  /** The OpenAPI 3.0.3 document as JSON text. */
  openApi: string;
  /** The page of Swagger UI, its assets local. */
  page: string;
}

/**
 * Makes the OpenAPI document from what the routes say of themselves, and the page of Swagger UI. Of
 * the plugin only the page is taken: its document has three content types for each body, integers as
 * unions, `type: null` and `$id`.
 */
export async function describeApp(
  operations: readonly Operation[],
  version: string,
): Promise<Documentation> {
  const described = new Elysia().use(
    swagger({
      provider: "swagger-ui",
      // Apart from the service's own paths, which answer with what is made here.
      path: PLUGIN_PAGE,
      specPath: PLUGIN_SPEC,
      theme: "/docs/assets/swagger-ui.css",
      autoDarkMode: false,
      swaggerOptions: {
        persistAuthorization: true,
        tryItOutEnabled: true,
        displayRequestDuration: true,
        filter: true,
        // Models are shown where they are used; the list of all of them stays folded.
        defaultModelsExpandDepth: 0,
      },
      documentation: {
        info: { title: "gramway", version, description: DESCRIPTION },
      },
    }),
  );
  const page = await answerOf(described, PLUGIN_PAGE);
  return {
    openApi: JSON.stringify(documentOf(operations, version)),
    page: page
      // The plugin takes the first slash off, so that its page works below a prefix.
      .replaceAll(PLUGIN_SPEC.slice(1), "/openapi.json")
      .replace("SwaggerUIBundle({", `SwaggerUIBundle({"plugins":[${PAGE_PLUGIN}],`)
      .replaceAll(/https:\/\/unpkg\.com\/swagger-ui-dist@[^/"]*\//g, "/docs/assets/")
      .replace("</title>", '</title>\n    <link rel="icon" href="data:," />')
      // The description is Markdown for the document; in the head one line will do.
      .replaceAll(DESCRIPTION, "Multi-tenant HTTP gateway to Instagram's private mobile API"),
  };
}

async function answerOf(app: AnyElysia, path: string): Promise<string> {
  return (await app.handle(new Request(`http://localhost${path}`))).text();
}

function documentOf(operations: readonly Operation[], version: string): Spec {
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
  ];
  return {
    operationId: operation.operationId,
    summary: operation.summary,
    description: [operation.description, needsOf(operation)].filter(Boolean).join("\n\n"),
    tags: [operation.tag],
    security: SECURITY[operation.access.kind],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(operation.body ? { requestBody: requestBody(operation, operation.body, requests) } : {}),
    responses: responsesOf(operation, answer, problems),
  };
}

/** What a caller needs, which `security` cannot say: scopes are no part of an API key's scheme. */
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

/** A value of an answer whose schema has none: Instagram's own objects, and a bare true. */
function shown({ operationId, returns }: Operation, type: string): Spec {
  if (type !== "application/json") return { example: EXAMPLE_OF_METRICS };
  if (operationId in passedThrough) return { example: passedThrough[operationId] };
  return returns.type === "boolean" ? { example: true } : {};
}

const EXAMPLE_OF_METRICS = `# TYPE gramway_sessions gauge
gramway_sessions{state="active"} 12
`;

function responsesOf(operation: Operation, use: SchemaUse, problems: ProblemResponses): Spec {
  const type = operation.contentType ?? "application/json";
  const answer = {
    headers: headersOf(operation.access.kind),
    content: {
      [type]: { ...shown(operation, type), schema: schemaOrReference(operation.returns, use) },
    },
  };
  const responses: Record<string, Spec> = {
    [String(operation.successStatus ?? 200)]: { description: "Success", ...answer },
  };
  for (const status of operation.sameBodyFor ?? [])
    responses[String(status)] = { description: "Not ready", ...answer };
  return { ...responses, ...problems.of(operation) };
}

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
