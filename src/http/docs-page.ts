import { swagger } from "@elysiajs/swagger";
import { Elysia } from "elysia";

/**
 * A plugin for Swagger UI, for four things that it has no option for. Empty form fields are not sent
 * (by default "Send empty value" is ticked), the Authorize dialog opens at its first entry (by default
 * at its last), a field with several files has a component that it would miss with a warning, and an
 * answer of lines is shown as it is (it would be called JSON that cannot be parsed).
 */
const PAGE_PLUGIN = `({ React }) => ({
  components: {
    JsonSchema_string_binary: (props) =>
      React.createElement(props.getComponent("JsonSchema_string"), props),
  },
  wrapComponents: {
    responseBody: (Original) => (props) =>
      React.createElement(Original, {
        ...props,
        contentType: /ndjson/.test(props.contentType) ? "text/plain" : props.contentType,
      }),
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

/** Swagger UI takes a body of lines for one JSON text, and would send it in quotes. */
const REQUEST_INTERCEPTOR = `(request) => {
  const isLines = /ndjson/.test(request.headers?.["Content-Type"] ?? "");
  if (isLines && typeof request.body === "string" && request.body.startsWith('"'))
    request.body = JSON.parse(request.body);
  return request;
}`;

/**
 * The page of Swagger UI, with local assets. Only the page of the Elysia plugin is used, not its
 * OpenAPI document, which has three content types for each body, integers as unions, `type: null`
 * and `$id`.
 */
export async function docsPage(version: string): Promise<string> {
  const plugin = new Elysia().use(
    swagger({
      provider: "swagger-ui",
      path: "/docs",
      specPath: "/openapi.json",
      theme: "/docs/assets/swagger-ui.css",
      autoDarkMode: false,
      swaggerOptions: {
        persistAuthorization: true,
        tryItOutEnabled: true,
        displayRequestDuration: true,
        filter: true,
        // The list of all models stays folded: each is shown where it is used.
        defaultModelsExpandDepth: 0,
      },
      documentation: {
        info: {
          title: "gramway",
          version,
          description: "Multi-tenant HTTP gateway to Instagram's private mobile API",
        },
      },
    }),
  );
  const page = await plugin.handle(new Request("http://localhost/docs"));
  return (
    (await page.text())
      // The plugin removes the first slash, so that its page works below a path prefix.
      .replace('"openapi.json"', '"/openapi.json"')
      .replace(
        "SwaggerUIBundle({",
        `SwaggerUIBundle({"plugins":[${PAGE_PLUGIN}],"requestInterceptor":${REQUEST_INTERCEPTOR},`,
      )
      .replaceAll(/https:\/\/unpkg\.com\/swagger-ui-dist@[^/"]*\//g, "/docs/assets/")
      .replace("</title>", '</title>\n    <link rel="icon" href="data:," />')
  );
}
