import { swagger } from "@elysiajs/swagger";
import { Elysia } from "elysia";

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

/**
 * The page of Swagger UI, its assets local. Of the Elysia plugin only the page is taken: its document
 * has three content types for each body, integers as unions, `type: null` and `$id`.
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
        // Models are shown where they are used; the list of all of them stays folded.
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
      // The plugin takes the first slash off, so that its page works below a prefix.
      .replace('"openapi.json"', '"/openapi.json"')
      .replace("SwaggerUIBundle({", `SwaggerUIBundle({"plugins":[${PAGE_PLUGIN}],`)
      .replaceAll(/https:\/\/unpkg\.com\/swagger-ui-dist@[^/"]*\//g, "/docs/assets/")
      .replace("</title>", '</title>\n    <link rel="icon" href="data:," />')
  );
}
