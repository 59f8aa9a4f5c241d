import { createEmulator, type Emulator, sandboxSessionId } from "../../src/emulator/index.ts";
import type { RouteEntry } from "../../src/http/route-table.ts";
import {
  type Answer,
  createTestService,
  type RequestOptions,
  type TestService,
  type TestServiceOptions,
} from "../support/service.ts";

/** A service with a session, and what is needed to call every operation of it successfully. */
export interface Surface extends TestService {
  /** A session of the account `sandbox`. */
  session: string;
  /** All operations but the hidden ones of the documentation. */
  entries: RouteEntry[];
  entry(operationId: string): RouteEntry;
  /** Path and options of a call that answers with success. `path` is another one of its paths. */
  example(entry: RouteEntry, path?: string): Promise<{ path: string; options: RequestOptions }>;
  /** Makes that call, with `changes` over its options. */
  call(entry: RouteEntry, changes?: RequestOptions, path?: string): Promise<Answer>;
}

/** A post of the user `instagram`, as every emulator has it. */
export interface KnownPost {
  pk: string;
  id: string;
  code: string;
}

export async function createSurface(options: TestServiceOptions = {}): Promise<Surface> {
  const service = await createTestService(options);
  const session = await service.login();
  const { adminToken, testKey: key } = service;
  const post = await firstPost(service, session);
  const entries = service.service.deps.routeTable.entries();

  const example: Surface["example"] = async (entry, path = entry.path) => {
    const fields = examplesOf(entry.meta.operationId, post);
    const ownKeys = entry.meta.access === "admin" || entry.meta.access === "public";
    const options: RequestOptions = {
      ...(ownKeys ? {} : { key }),
      ...(entry.meta.access === "admin"
        ? { headers: { Authorization: `Bearer ${adminToken}` } }
        : {}),
      ...(/session/.test(entry.meta.access) ? { session } : {}),
    };
    if (entry.body) options.form = fields;
    else options.query = fields;
    if (entry.meta.operationId === "postAuthChallengeResolve")
      Object.assign(options, await challengeExample(service));
    return { path: await filled(path, service), options };
  };

  const surface: Surface = {
    ...service,
    session,
    entries,
    entry(operationId) {
      const found = entries.find(({ meta }) => meta.operationId === operationId);
      if (!found) throw new Error(`no operation ${operationId}`);
      return found;
    },
    example,
    async call(entry, changes = {}, path) {
      const made = await example(entry, path);
      return service.request(entry.method, made.path, { ...made.options, ...changes });
    },
  };
  return surface;
}

/** Values with which an operation answers with success, where its parameters' names do not tell. */
function examplesOf(operationId: string, post: KnownPost): Record<string, string> {
  switch (operationId) {
    case "postAuthLogin":
      return { username: "sandbox", password: "sandbox" };
    case "postAuthLoginBySessionid":
      return { sessionid: sandboxSessionId("sandbox") ?? "" };
    case "patchAuthRelogin":
      return { username: "sandbox", password: "sandbox" };
    case "patchAuthSettings":
      return { locale: "en_US" };
    case "postAuthTotp":
      return { verification_code: "123456" };
    case "getUser":
    case "getUserMedias":
    case "getUserIdFromUsername":
      return { username: "instagram" };
    case "getUserUsernameFromId":
    case "getUserFollowers":
    case "getUserFollowing":
    case "getUserFriendship":
      return { user_id: "25025320" };
    case "getMedia":
      return { pk: post.pk };
    case "getMediaId":
      return { media_pk: post.pk };
    case "getMediaPk":
      return { media_id: post.id };
    case "getMediaPkFromCode":
      return { code: post.code };
    case "getMediaPkFromUrl":
      return { url: `https://www.instagram.com/p/${post.code}/` };
    case "postAdminTenants":
      return { name: "Example" };
    case "patchAdminTenant":
      return { name: "Example" };
    case "postAdminTenantKeys":
      return { name: "Example", mode: "test" };
    default:
      return {};
  }
}

/** A challenge of a new tenant's session that waits for its code: the code is what is sent. */
async function challengeExample(service: TestService): Promise<RequestOptions> {
  const { key } = await service.createKey(await service.createTenant("With a challenge"));
  const account = { username: "sandbox_challenge", password: "sandbox" };
  const asked = await service.request("POST", "/auth/login", { key, form: account });
  const { session_id: session, last_json } = asked.body;
  const form = { last_json: JSON.stringify(last_json) };
  await service.request("POST", "/auth/challenge/resolve", { key, session, form });
  return { key, session, form: { ...form, security_code: "123456" } };
}

/** The path with its parameters filled in, by a tenant and a key made for it. */
async function filled(path: string, service: TestService): Promise<string> {
  if (!path.includes(":")) return path;
  const tenantId = await service.createTenant("For one call");
  const { id } = path.includes(":key_id") ? await service.createKey(tenantId) : { id: "" };
  return path.replace(":tenant_id", tenantId).replace(":key_id", id);
}

async function firstPost(service: TestService, session: string): Promise<KnownPost> {
  const { testKey: key } = service;
  const query = { user_id: "25025320", amount: "1" };
  const answer = await service.request("GET", "/user/medias", { key, session, query });
  const { pk, id, code } = answer.body.items[0];
  return { pk, id, code };
}

/**
 * The built-in emulator with answers of one's own in front: `answer` returns undefined for what the
 * emulator shall answer.
 */
export function emulatorWith(
  answer: (url: URL, request: Request) => Response | undefined | Promise<Response | undefined>,
): Emulator {
  const emulator = createEmulator();
  return {
    handle: async (request, world) =>
      (await answer(new URL(request.url), request.clone())) ?? emulator.handle(request, world),
  };
}
