import { createTestService } from "./service.ts";

/** A JSON value of the document, read without types. */
export type Node = { [key: string]: any };

/** The OpenAPI document as the service gives it. */
export async function openApiDocument(): Promise<Node> {
  const service = await createTestService({ config: { logLevel: "silent" } });
  const answer = await service.request("GET", "/openapi.json");
  await service.close();
  if (answer.status !== 200) throw new Error(`/openapi.json: ${answer.status} ${answer.text}`);
  return answer.body;
}

export interface Operation {
  method: string;
  path: string;
  operation: Node;
}

export function operationsOf(document: Node): Operation[] {
  return Object.entries<Node>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Node>(methods).map(([method, operation]) => ({
      method,
      path,
      operation: { ...operation, parameters: parametersOf(document, operation) },
    })),
  );
}

/** The parameters of an operation, those that several share included. */
const parametersOf = ({ components }: Node, { parameters = [] }: Node): Node[] =>
  parameters.map(({ $ref, ...own }: Node) =>
    $ref === undefined ? own : components.parameters[$ref.split("/").at(-1)],
  );

/** Every object of the document with the path that leads to it. */
export function* nodesOf(value: unknown, at: string[] = []): Generator<[at: string, node: Node]> {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) yield [at.join("/"), value as Node];
  for (const [key, part] of Object.entries(value)) yield* nodesOf(part, [...at, key]);
}

/** Whether a body is a list with an item a line, without fields. */
export const isLines = (requestBody: Node | undefined): boolean =>
  requestBody?.content["application/x-ndjson"] !== undefined;

/** The examples in the schema of a form: files make a body one that is not JSON. */
function examplesOfForm(content: Node, { components }: Node): Node {
  const name = content["multipart/form-data"].schema.$ref.split("/").at(-1);
  const fields = Object.entries<Node>(components.schemas[name].properties);
  return Object.fromEntries(
    fields.flatMap(([field, { example, format }]) =>
      format === "binary" || example === "" ? [] : [[field, example]],
    ),
  );
}

/** The examples of an operation's fields, as texts: of its query, or of its body. */
export function examplesIn(operation: Node, document: Node): Record<string, string> {
  const body = operation.requestBody;
  const content = isLines(body) ? undefined : body?.content;
  const given = Object.entries<unknown>(
    content?.["application/json"]?.example ??
      (content && examplesOfForm(content, document)) ??
      Object.fromEntries(
        (operation.parameters ?? []).map(({ name, example }: Node) => [name, example]),
      ),
  ).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(
    given.map(([name, value]) => [
      name,
      typeof value === "object" && !Array.isArray(value) ? JSON.stringify(value) : String(value),
    ]),
  );
}
