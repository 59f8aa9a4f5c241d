import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import typescript5 from "typescript-5";
import { openApiDocument } from "./document.ts";

// The generator needs TypeScript's own API, which the version that checks this project has not.
Bun.plugin({
  name: "typescript 5 for the generator",
  setup(build) {
    build.module("typescript", () => ({ exports: { default: typescript5 }, loader: "object" }));
  },
});

const project = join(import.meta.dir, "..", "..");
let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "gramway-client-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const CLIENT = `import type { components, operations, paths } from "./api.ts";

type User = components["schemas"]["User"];
type Answer<Operation extends keyof operations> =
  operations[Operation] extends { responses: { 200: { content: { "application/json": infer Body } } } }
    ? Body
    : never;

declare function call<Operation extends keyof operations>(
  operation: Operation,
  input: {
    query?: operations[Operation]["parameters"]["query"];
    body?: operations[Operation] extends { requestBody?: { content: { "application/json": infer Body } } }
      ? Body
      : never;
  },
): Promise<Answer<Operation>>;

const path: keyof paths = "/user";
const session: string = await call("postAuthLogin", {
  body: { username: "sandbox", password: "sandbox" },
});
const user: User = await call("getUser", { query: { username: "instagram" } });
const pk: string = user.pk;
const followers: number | undefined = user.follower_count;
const page = await call("getUserFollowers", { query: { user_id: pk, amount: 20 } });
const cursor: string = page.next_cursor;
const names: string[] = page.items.map((item) => item.username ?? "");
// @ts-expect-error the password is required
await call("postAuthLogin", { body: { username: "sandbox" } });
// @ts-expect-error a pk is text
const number: number = user.pk;
export { cursor, followers, names, number, path, session };
`;

test("openapi-typescript takes the document without a warning, and its client compiles", async () => {
  const warnings = [spyOn(console, "warn"), spyOn(console, "error")];
  const { astToString, default: openapiTypeScript } = await import("openapi-typescript");
  const types = astToString(await openapiTypeScript(JSON.stringify(await openApiDocument())));
  expect(warnings.flatMap((spy) => spy.mock.calls)).toEqual([]);
  for (const spy of warnings) spy.mockRestore();

  mkdirSync(join(directory, "client"), { recursive: true });
  writeFileSync(join(directory, "client", "api.ts"), types);
  writeFileSync(join(directory, "client", "client.ts"), CLIENT);
  writeFileSync(
    join(directory, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        target: "ESNext",
        module: "ESNext",
        moduleResolution: "bundler",
        allowImportingTsExtensions: true,
        noUnusedLocals: true,
        types: [],
      },
      include: ["client"],
    }),
  );
  const tsc = Bun.spawnSync(
    [process.execPath, join(project, "node_modules", ".bin", "tsc"), "--project", directory],
    { stdout: "pipe", stderr: "pipe" },
  );
  expect(tsc.stdout.toString() + tsc.stderr.toString()).toBe("");
  expect(tsc.exitCode).toBe(0);
}, 60_000);
