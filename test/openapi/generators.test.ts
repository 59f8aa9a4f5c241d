import { afterAll, beforeAll, expect, spyOn, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import typescript5 from "typescript-5";
import { photo, photoMetadata } from "../support/media-files.ts";
import { openApiDocument } from "../support/openapi.ts";
import { createTestService, type TestService } from "../support/service.ts";

// Generators need TypeScript's own API, which the version that checks this project has not.
Bun.plugin({
  name: "typescript 5 for generators",
  setup(build) {
    build.module("typescript", () => ({
      exports: { ...typescript5, default: typescript5 },
      loader: "object",
    }));
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
for (const settings of ["{}", { uuids: {} }]) await call("patchAuthSettings", { body: { settings } });
// @ts-expect-error settings are an object or its text
await call("patchAuthSettings", { body: { settings: 1 } });
// @ts-expect-error the password is required
await call("postAuthLogin", { body: { username: "sandbox" } });
// @ts-expect-error a pk is text
const number: number = user.pk;
export { cursor, followers, names, number, path, session };
`;

/** What both kinds of client are compiled as. */
const STRICT = {
  strict: true,
  noEmit: true,
  target: "ESNext",
  module: "ESNext",
  moduleResolution: "bundler",
  allowImportingTsExtensions: true,
  noUnusedLocals: true,
};

/** Serves a service of its own on a port while `use` runs. */
async function onLoopback(
  use: (url: string, service: TestService) => Promise<void>,
): Promise<void> {
  const service = await createTestService({ config: { logLevel: "silent" } });
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => service.service.handle(request),
  });
  try {
    await use(`http://127.0.0.1:${server.port}`, service);
  } finally {
    await server.stop(true);
    await service.close();
  }
}

function expectAllFollowers(followers: readonly { pk: string }[]): void {
  expect(followers.length).toBeGreaterThan(200);
  expect(new Set(followers.map(({ pk }) => pk)).size).toBe(followers.length);
}

/** Compiles what is in a directory; resolves with what the compiler says, which should be nothing. */
function compiled(at: string, options: object): string {
  const config = { compilerOptions: { ...STRICT, ...options }, include: [at] };
  writeFileSync(join(at, "tsconfig.json"), JSON.stringify(config));
  const tsc = Bun.spawnSync(
    [process.execPath, join(project, "node_modules", ".bin", "tsc"), "--project", at],
    { stdout: "pipe", stderr: "pipe" },
  );
  return tsc.stdout.toString() + tsc.stderr.toString();
}

test("openapi-typescript takes the document without a warning; clients of it compile and page through followers", async () => {
  const warnings = [spyOn(console, "warn"), spyOn(console, "error")];
  const { astToString, default: openapiTypeScript } = await import("openapi-typescript");
  const types = astToString(await openapiTypeScript(JSON.stringify(await openApiDocument())));
  expect(warnings.flatMap((spy) => spy.mock.calls)).toEqual([]);
  for (const spy of warnings) spy.mockRestore();

  const at = join(directory, "openapi-typescript");
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "api.ts"), types);
  writeFileSync(join(at, "client.ts"), CLIENT);
  writeFileSync(join(at, "paging.ts"), TYPED_PAGING);
  expect(compiled(at, { types: [], lib: ["ESNext", "DOM", "DOM.Iterable"] })).toBe("");
  const { followersOf } = await import(join(at, "paging.ts"));
  await onLoopback(async (url, service) => {
    const headers = { "X-API-Key": service.testKey, "X-Session-ID": await service.login() };
    expectAllFollowers(await followersOf(url, headers, "25025320"));
  });
}, 240_000);

const TYPED_PAGING = `import type { components, paths } from "./api.ts";

type UserShort = components["schemas"]["UserShort"];
type Gets = { [Path in keyof paths]: paths[Path] extends { get: object } ? Path : never }[keyof paths];
type Query<Path extends Gets> = NonNullable<paths[Path]["get"]> extends { parameters: { query?: infer Given } }
  ? Given
  : never;
type Answer<Path extends Gets> = NonNullable<paths[Path]["get"]> extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

/** Reads all followers, page after page, each answer typed. */
export async function followersOf(baseUrl: string, headers: Record<string, string>, userId: string): Promise<UserShort[]> {
  async function get<Path extends Gets>(path: Path, query: Query<Path>): Promise<Answer<Path>> {
    const texts = Object.entries(query ?? {}).map(([name, value]) => [name, String(value)]);
    const response = await fetch(baseUrl + path + "?" + new URLSearchParams(texts), { headers });
    return response.json() as Promise<Answer<Path>>;
  }
  const followers: UserShort[] = [];
  let cursor = "";
  do {
    const page = await get("/user/followers", { user_id: userId, amount: 200, cursor });
    followers.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== "");
  return followers;
}
`;

const PAGING = `import { createClient, createConfig } from "./api/client";
import {
  getPhotoDownload,
  getUpload,
  getUserFollowers,
  postAlbumUpload,
  postAuthLogin,
  postPhotoUpload,
  type Upload,
  type UserShort,
} from "./api";

/** Logs in and reads all followers, page after page, each answer typed. */
export async function followersOf(baseUrl: string, key: string, userId: string): Promise<UserShort[]> {
  const open = createClient(createConfig({ baseUrl, headers: { "X-API-Key": key } }));
  const account = { username: "sandbox", password: "sandbox" };
  const login = await postAuthLogin({ client: open, body: account, throwOnError: true });
  const session: string = login.data;
  const headers = { "X-API-Key": key, "X-Session-ID": session };
  const client = createClient(createConfig({ baseUrl, headers }));
  const followers: UserShort[] = [];
  let cursor = "";
  do {
    const query = { user_id: userId, amount: 200, cursor };
    const { data } = await getUserFollowers({ client, query, throwOnError: true });
    followers.push(...data.items);
    cursor = data.next_cursor;
  } while (cursor !== "");
  const names: (string | null)[] = followers.map(({ username }) => username);
  if (names.includes(null)) throw new Error("a follower without a name");
  return followers;
}

/** Posts a photo in the background and downloads it when it is there. */
export async function postedAndBack(
  baseUrl: string,
  headers: Record<string, string>,
  photo: File,
): Promise<Blob> {
  const client = createClient(createConfig({ baseUrl, headers }));
  const accepted = await postPhotoUpload({
    client,
    headers: { Prefer: "respond-async" },
    body: { file: photo, caption: "At sea", usertags: ['{"user": {"pk": "25025320", "username": "instagram"}, "x": 0.5, "y": 0.5}'] },
    throwOnError: true,
  });
  if (!("upload_id" in accepted.data)) throw new Error("posted already");
  const { upload_id } = accepted.data;
  let upload: Upload;
  do {
    upload = (await getUpload({ client, query: { upload_id }, throwOnError: true })).data;
  } while (upload.state !== "done" && upload.state !== "failed");
  const media_pk = upload.media?.pk ?? "";
  const { data } = await getPhotoDownload({ client, query: { media_pk }, throwOnError: true });
  if (!(data instanceof Blob)) throw new Error("described, not downloaded");
  return data;
}

/** An album is a list of files. */
export async function itemsInAlbum(
  baseUrl: string,
  headers: Record<string, string>,
  files: File[],
): Promise<number> {
  const client = createClient(createConfig({ baseUrl, headers }));
  const { data } = await postAlbumUpload({ client, body: { files, caption: "" }, throwOnError: true });
  return "resources" in data ? data.resources.length : 0;
}

/** A refused request, told by the kinds that the document lists. */
export async function kindOfRefusal(baseUrl: string): Promise<string> {
  const client = createClient(createConfig({ baseUrl }));
  const { error } = await getUserFollowers({ client, query: { user_id: "1" } });
  const kind: "ApiKeyRequired" | string = error?.exc_type ?? "";
  return kind;
}
`;

test("a client made by hey-api compiles, logs in, pages through followers, uploads and downloads", async () => {
  const at = join(directory, "hey-api");
  mkdirSync(at, { recursive: true });
  const input = join(at, "openapi.json");
  writeFileSync(input, JSON.stringify(await openApiDocument()));
  const { createClient } = await import("@hey-api/openapi-ts");
  await createClient({
    input,
    output: { path: join(at, "api") },
    plugins: ["@hey-api/typescript", "@hey-api/sdk", "@hey-api/client-fetch"],
    logs: { level: "silent" },
  });
  writeFileSync(join(at, "paging.ts"), PAGING);
  expect(compiled(at, { types: [], lib: ["ESNext", "DOM", "DOM.Iterable"] })).toBe("");

  const { followersOf, itemsInAlbum, kindOfRefusal, postedAndBack } = await import(
    join(at, "paging.ts")
  );
  await onLoopback(async (url, service) => {
    expectAllFollowers(await followersOf(url, service.testKey, "25025320"));
    expect(await kindOfRefusal(url)).toBe("ApiKeyRequired");

    const headers = { "X-API-Key": service.testKey, "X-Session-ID": await service.login() };
    const file = new File([await photo(1080, 1350)], "beach.jpg", { type: "image/jpeg" });
    const back: Blob = await postedAndBack(url, headers, file);
    expect(await photoMetadata(await back.bytes())).toMatchObject({ width: 1080, height: 1350 });
    expect(await itemsInAlbum(url, headers, [file, file])).toBe(2);
  });
}, 240_000);
