import { type FileScope, NO_FILES, type Spool } from "../files/spool.ts";
import type { Action } from "../instagram/action-kinds.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { InvalidInput } from "../problems/problem.ts";
import { type AdministratorDependencies, admitAdministrator } from "./access/administrator.ts";
import { admitKey } from "./access/api-key.ts";
import { namesCaller, type SourceDependencies, spendOfSource } from "./access/limits.ts";
import { admitSession, type SessionDependencies } from "./access/session.ts";
import { readBody } from "./body.ts";
import type { OnText } from "./body-files.ts";
import { NO_LINES, readLines } from "./body-lines.ts";
import { largestBodyOf, takesFiles } from "./body-size.ts";
import { contextOf, type RequestContext } from "./context.ts";
import { FieldReader, type Fields } from "./fields.ts";
import { answerOnce, takesIdempotencyKey } from "./idempotency.ts";
import { jsonOf } from "./json-answer.ts";
import type { HandlerInput, Route } from "./route.ts";
import { withSandboxUrls } from "./sandbox-files.ts";
import { answerUpload, type UploadAnswerDependencies } from "./uploads.ts";

export type HandlerDependencies = AdministratorDependencies &
  SourceDependencies &
  SessionDependencies &
  UploadAnswerDependencies & {
    spool: Pick<Spool, "scope">;
    /** In each such time, in milliseconds, enough of a body with files must arrive. */
    uploadStallMs: number;
  };

/** A request as the router passes it on. */
export interface RoutedRequest {
  request: Request;
  /** Decoded path parameters; null for one with invalid percent-encoding. */
  params: Readonly<Record<string, string | null>>;
  query: Fields;
  cookies: Fields;
}

/** Routes that the platform asks, however much others do. */
const PROBES = new Set(["/health", "/ready", "/metrics"]);

const BODILESS = new Set(["GET", "HEAD", "DELETE"]);
const NO_FIELDS: Fields = {};
const NO_PARAMS: HandlerInput["params"] = {};

/**
 * A function that takes a request through a route: it checks the API key (with limits and scope) or
 * the administrator, finds the session, reads the body, validates the fields, looks for an
 * Idempotency-Key, and calls the route's handler. A cached key and a session in memory cost no
 * asynchronous step. The function rejects with an error that the gateway turns into an answer.
 */
export function createHandler(
  deps: HandlerDependencies,
  route: Route,
): (routed: RoutedRequest) => Promise<Response> {
  const { access, path, operationId, successStatus = 200 } = route;
  const usesFiles = takesFiles(route) || route.uploads !== undefined;
  const maxBodyBytes = largestBodyOf(route);
  const fileFields = takesFiles(route) ? (route.body?.properties ?? {}) : null;
  const queryFields = route.query && new FieldReader(route.query);
  const bodyFields = route.body && new FieldReader(route.body);
  // Without one, the gateway has counted the request already.
  const isCounted = access.kind === "public" && !PROBES.has(path);
  const hasParams = path.includes(":");
  const scope = "scope" in access ? access.scope : null;
  const namesSession = access.kind === "session" || access.kind === "optional-session";
  const isKeyed = takesIdempotencyKey(route);
  const action = actionOf(route);
  const hasBody = bodyFields !== null || namesSession;
  const stallMs = deps.uploadStallMs;

  const handle = async (
    { request, params, query, cookies }: RoutedRequest,
    own: { files: FileScope } | null,
  ): Promise<Response> => {
    const context = contextOf(request);
    context.route = path;
    context.operation = operationId;
    context.action = action;
    context.maxBodyBytes = maxBodyBytes;

    if (isCounted && namesCaller(request)) spendOfSource(deps, context);
    const admitting = scope === null ? null : admitKey(deps, request, context, scope);
    const key = admitting instanceof Promise ? await admitting : admitting;
    const administrator =
      access.kind === "admin" ? await admitAdministrator(deps, request, context) : null;

    // Known before the body is read, wherever it does not stand in the body itself.
    const opening =
      key !== null && namesSession
        ? admitSession(deps, context, key, { request, cookies, query, body: NO_FIELDS })
        : null;
    let session = opening instanceof Promise ? await opening : opening;

    let files = NO_FILES;
    if (own !== null && key !== null) {
      const hashes = request.headers.has("idempotency-key");
      files = own.files = deps.spool.scope(key.tenantId, { hashes });
      files.signal = context.signal;
    }
    const onLeft = (): void => {
      context.leavesConnection = true;
    };
    let body = NO_FIELDS;
    if (hasBody && (!BODILESS.has(request.method) || request.body !== null)) {
      const find = (fields: Fields): ReturnType<typeof admitSession> =>
        key === null
          ? null
          : admitSession(deps, context, key, { request, cookies, query, body: fields });
      body = await readBody(request, {
        maxBytes: maxBodyBytes,
        until: context.endsAt,
        places: fileFields && { fields: fileFields, files },
        stallMs,
        onText: namesSession && session === null ? requireSession(find) : null,
        onLeft,
      });
      if (fileFields !== null) context.allowTime(context.limitMs);
      // Much may have happened to the session while files came.
      if (namesSession && (session === null || fileFields !== null)) {
        const finding = find(body);
        session = finding instanceof Promise ? await finding : finding;
      }
    }
    if (session === null && access.kind === "session")
      throw new GatewayProblem("SessionRequired", "Session ID required");

    const input: HandlerInput = {
      request,
      context,
      files,
      params: hasParams ? checked(params) : NO_PARAMS,
      query: queryFields?.read(query) ?? NO_FIELDS,
      body: bodyFields?.read(body) ?? NO_FIELDS,
      lines: route.lines ? readLines(request, { ...route.lines, stallMs, onLeft }) : NO_LINES,
      key,
      session,
      administrator,
    };
    if (route.uploads !== undefined && key !== null && session !== null) {
      const { text, status } = await answerUpload(deps, route, route.uploads, {
        ...input,
        key,
        session,
      });
      return jsonResponse(text, status, request, context);
    }
    if (isKeyed && key !== null && session !== null) {
      const idempotencyKey = request.headers.get("idempotency-key");
      if (idempotencyKey !== null)
        return jsonResponse(
          await answerOnce(deps, route, { ...input, key, session }, idempotencyKey),
          successStatus,
          request,
          context,
        );
    }
    const answering = route.handle(input as never);
    const answer = answering instanceof Promise ? await answering : answering;
    return answer instanceof Response
      ? answer
      : jsonResponse(jsonOf(answer), successStatus, request, context);
  };
  if (!usesFiles) return (routed) => handle(routed, null);
  return async (routed) => {
    const own = { files: NO_FILES };
    try {
      return await handle(routed, own);
    } finally {
      if (!contextOf(routed.request).handsOnFiles) await own.files.close();
    }
  };
}

/** Ends the reading of a body as soon as it names a session that there is not. */
function requireSession(find: (fields: Fields) => unknown): OnText {
  let isNamed = false;
  return (field, value) => {
    // A body that names a thousand is refused in the end: it must not look for them all.
    if (field !== "sessionid" || isNamed) return undefined;
    isNamed = true;
    return find({ [field]: value });
  };
}

/** What uploads do at Instagram, by what they make. */
const UPLOADED = { media: "post", story: "story", message: "message" } as const;

/** What the route's operation does at Instagram. */
export const actionOf = ({ action, uploads, access, method }: Route): Action => {
  if (action !== undefined) return action;
  if (uploads !== undefined) return UPLOADED[uploads];
  if (access.kind !== "session" || access.scope === "auth") return "login";
  return method === "GET" ? "read" : "other";
};

function checked(params: RoutedRequest["params"]): HandlerInput["params"] {
  for (const value of Object.values(params))
    if (value === null) throw new InvalidInput([], "The request is malformed");
  return params as HandlerInput["params"];
}

function jsonResponse(
  text: string,
  status: number,
  request: Request,
  context: RequestContext,
): Response {
  context.answerLength = text.length;
  const isTest = context.key?.mode === "test";
  const sent = isTest ? withSandboxUrls(text, request) : text;
  context.bytesOut = Buffer.byteLength(sent);
  return new Response(sent, {
    status,
    headers: { "Content-Type": "application/json" },
  });
}
