import { afterAll, afterEach } from "bun:test";
import { loginPauses } from "../../src/db/schema.ts";
import type { Operation } from "../../src/http/route.ts";
import { unblock } from "./guard.ts";
import { examplesIn, openApiDocument, operationsOf } from "./openapi.ts";
import {
  type Answer,
  createTestService,
  type RequestOptions,
  type TestService,
  type TestServiceOptions,
} from "./service.ts";
import { filesFor } from "./uploads.ts";

/** A service with a session of the sandbox, and a working call of every operation. */
export interface Sandbox extends TestService {
  /** A session of the account `sandbox`. */
  session: string;
  /** All operations but the hidden ones of the documentation. */
  entries: readonly Operation[];
  entry(operationId: string): Operation;
  /** Asks with the test key; in this session unless another one, or null for none, is given. */
  get(path: string, query?: Record<string, string>, session?: string | null): Promise<Answer>;
  /**
   * Path and options of a call that answers with success: the documentation's example, in the session.
   * `path` is another one of its paths. For an action the worlds begin anew: it finds what no other
   * call has changed.
   */
  example(entry: Operation, path?: string): Promise<{ path: string; options: RequestOptions }>;
  /** Makes that call, with `changes` over its options. */
  call(entry: Operation, changes?: RequestOptions, path?: string): Promise<Answer>;
}

/** The examples of the documentation by operation; it is the same in every service. */
let documented: Promise<Map<string, Record<string, string>>> | undefined;

async function documentedExamples(): Promise<Map<string, Record<string, string>>> {
  const document = await openApiDocument();
  return new Map(
    operationsOf(document).map(({ operation }) => [
      operation.operationId,
      examplesIn(operation, document),
    ]),
  );
}

/** Operations that only ask, although they are no GET. */
const ASKS = new Set(["postMediaCommentCheckOffensive"]);

/** True for an operation that acts on Instagram with a session. */
export const acts = ({ method, access, tag, operationId }: Operation): boolean =>
  method !== "GET" &&
  access.kind === "session" &&
  tag !== "Auth" &&
  tag !== "Session" &&
  !ASKS.has(operationId);

/** Operations after which their session may be gone or switched off: each call gets one of its own. */
const ENDS_SESSION = new Set(["deleteSession", "patchSession"]);

/** The session for a call of an operation: one of its own where the operation may end it. */
export const sessionFor = async (
  { session, login }: Pick<Sandbox, "session" | "login">,
  operationId: string,
): Promise<string> =>
  // Other calls may pause the logins of the account "sandbox", or have them need a code.
  ENDS_SESSION.has(operationId) ? login("sandbox_private") : session;

/** A test key for calls of an operation: one with more scopes only where they are needed. */
export const keyFor = (
  { testKey, adminKey }: Pick<TestService, "testKey" | "adminKey">,
  { access }: Pick<Operation, "access">,
): string => ("scope" in access && access.scope === "admin" ? adminKey : testKey);

export async function createSandbox(options: TestServiceOptions = {}): Promise<Sandbox> {
  documented ??= documentedExamples();
  const examples = await documented;
  const service = await createTestService(options);
  const session = await service.login();
  const { testKey: key } = service;
  const entries = service.service.operations;

  const example: Sandbox["example"] = async (entry, path = entry.path) => {
    const { tag, access } = entry;
    const { kind } = access;
    if (acts(entry)) service.instagram.beginAnew();
    const given = { ...examples.get(entry.operationId) };
    const fields = { ...entry.query?.properties, ...entry.body?.properties };
    if ("proxy_id" in fields && tag === "Proxy") given.proxy_id = await proxyOf(service);
    const files = filesFor(entry.operationId, entry.body);
    const made: RequestOptions = {
      ...(kind === "public" || kind === "admin" ? {} : { key: keyFor(service, entry) }),
      ...(kind === "admin" ? { headers: service.adminHeaders } : {}),
      ...(/session/.test(kind)
        ? { session: await sessionFor({ ...service, session }, entry.operationId) }
        : {}),
      ...(entry.body ? { form: given } : { query: given }),
      ...(files.length > 0 ? { files } : {}),
      ...(entry.lines ? { body: entry.lines.examples["text/plain"] } : {}),
    };
    return { path: await filled(path, service), options: made };
  };

  return {
    ...service,
    session,
    entries,
    entry(operationId) {
      const found = entries.find((one) => one.operationId === operationId);
      if (!found) throw new Error(`no operation ${operationId}`);
      return found;
    },
    get: (path, query = {}, own = session) =>
      service.request("GET", path, { key, session: own, query }),
    example,
    async call(entry, changes = {}, path) {
      const made = await example(entry, path);
      return service.request(entry.method, made.path, { ...made.options, ...changes });
    },
  };
}

/**
 * One sandbox for all tests of a file: closed after them, its scripts and throttles forgotten after
 * each.
 */
export async function sandboxOfFile(options: TestServiceOptions = {}): Promise<Sandbox> {
  const sandbox = await createSandbox(options);
  afterEach(async () => {
    sandbox.instagram.reset();
    await unblock(sandbox, sandbox.session, sandbox.testKey);
    await sandbox.service.stores.db.write((orm) => orm.delete(loginPauses));
  });
  afterAll(() => sandbox.close());
  return sandbox;
}

let proxies = 0;

/** A new proxy of the test tenant, or one that the operator offers: its id. */
export async function proxyOf(
  service: Pick<TestService, "request" | "adminKey" | "adminHeaders">,
  path: "/proxy" | "/admin/proxies" = "/proxy",
): Promise<string> {
  const answer = await service.request("POST", path, {
    ...(path === "/proxy" ? { key: service.adminKey } : { headers: service.adminHeaders }),
    json: { url: `http://user:password@proxy-${++proxies}.sandbox:8080` },
  });
  return answer.body.proxy_id;
}

/** The path with its parameters filled in, by a tenant, a key, a session or a proxy made for it. */
export async function filled(path: string, service: TestService): Promise<string> {
  if (!path.includes(":")) return path;
  if (path.includes(":proxy_id"))
    return path.replace(":proxy_id", await proxyOf(service, "/admin/proxies"));
  const tenantId = await service.createTenant("For one call");
  if (path.includes(":session_id")) {
    const { key } = await service.createKey(tenantId);
    const session = await service.login("sandbox", key);
    return path.replace(":tenant_id", tenantId).replace(":session_id", session);
  }
  const { id } = path.includes(":key_id") ? await service.createKey(tenantId) : { id: "" };
  return path.replace(":tenant_id", tenantId).replace(":key_id", id);
}
