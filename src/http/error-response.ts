import { StorageUnavailable } from "../db/errors.ts";
import { PageInvalid } from "../db/paging.ts";
import {
  CallerGone,
  InvalidInput,
  UpstreamRefused,
  UpstreamUnreachable,
} from "../instagram/errors.ts";
import { type JsonObject, stringifyJson } from "../instagram/json.ts";
import { HostNotAllowed } from "../net/host-guard.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable } from "../sessions/keyring.ts";
import { SessionGone } from "../sessions/live-session.ts";
import { LoginPaused } from "../sessions/login-pauses.ts";
import {
  AccountHasSession,
  LegacyIdTaken,
  SessionLimitReached,
  SessionTenantMissing,
  SessionVersionConflict,
} from "../sessions/session-errors.ts";
import { SessionBusy } from "../sessions/session-queue.ts";
import { LoginPending } from "../sessions/verbs/login.ts";
import { CredentialsMissing } from "../sessions/verbs/relogin.ts";
import {
  ApiKeyLimitReached,
  ApiKeyNotActive,
  GrantExceeded,
  InvalidInput as InvalidTenantInput,
  TenantNotFound,
} from "../tenants/errors.ts";
import type { RequestContext } from "./context.ts";
import {
  type FieldProblem,
  Problem,
  type ProblemType,
  problemKinds,
  ValidationFailed,
} from "./problems.ts";

/** What an error is answered with, before it becomes JSON. */
interface Answer {
  type: ProblemType;
  detail: string;
  hint?: string;
  headers?: Record<string, string>;
  errors?: readonly FieldProblem[];
  lastJson?: JsonObject;
  sessionId?: string;
}

/**
 * The one place that turns an error into an answer: `application/problem+json`, by the table in
 * problems.ts. Returns null for an error that nobody expected; that one must be logged.
 */
export function problemAnswer(error: unknown): Answer | null {
  if (error instanceof Problem) return { type: error.type, detail: error.message, ...error.extra };
  if (error instanceof ValidationFailed)
    return { type: "ValidationError", detail: error.message, errors: error.problems };
  if (error instanceof InvalidInput) return invalid(error.field, error.problem);
  if (error instanceof InvalidTenantInput || error instanceof PageInvalid)
    return invalid(error.field, withoutField(error.field, error.message));
  if (error instanceof LoginPending) return pendingAnswer(error);
  if (error instanceof UpstreamRefused) return refusedAnswer(error);
  if (error instanceof UpstreamUnreachable)
    return { type: error.kind, detail: error.message, ...waitOf(error.context) };
  if (error instanceof LoginPaused)
    return {
      type: "SessionCoolingDown",
      detail: error.message,
      ...waitOf({ retryAfterSeconds: error.seconds }),
    };
  if (error instanceof CredentialsMissing)
    return { type: "CredentialsRequired", detail: error.message };
  if (error instanceof SessionLimitReached)
    return { type: "SessionLimitReached", detail: `This tenant may keep ${error.limit} sessions` };
  if (
    error instanceof SessionVersionConflict ||
    error instanceof LegacyIdTaken ||
    error instanceof AccountHasSession
  )
    return { type: "SessionBusy", detail: "The session is being changed elsewhere; try again" };
  if (error instanceof CallerGone) return { type: "CallerGone", detail: error.message };
  if (error instanceof SessionBusy) return { type: "SessionBusy", detail: error.message };
  if (error instanceof SessionGone) return { type: "SessionNotFound", detail: "Session not found" };
  if (error instanceof EncryptionKeyUnavailable)
    return {
      type: "EncryptionKeyUnavailable",
      detail: "The session is stored under an encryption key that is not configured",
    };
  if (error instanceof CiphertextInvalid)
    return { type: "SessionDamaged", detail: "The stored session is damaged and cannot be read" };
  if (error instanceof HostNotAllowed)
    return {
      type: "UrlNotAllowed",
      detail: "The URL does not lead to a host of the public internet",
    };
  if (error instanceof StorageUnavailable)
    return { type: "StorageUnavailable", detail: `The database cannot serve: ${error.message}` };
  if (error instanceof TenantNotFound || error instanceof SessionTenantMissing)
    return { type: "TenantNotFound", detail: "Tenant not found" };
  if (error instanceof GrantExceeded) return { type: "GrantExceeded", detail: error.message };
  if (error instanceof ApiKeyLimitReached)
    return { type: "ApiKeyLimitReached", detail: error.message };
  if (error instanceof ApiKeyNotActive) return { type: "ApiKeyNotActive", detail: error.message };
  return null;
}

const invalid = (field: string, message: string): Answer => ({
  type: "ValidationError",
  detail: `${field} ${message}`,
  errors: [{ field, message }],
});

/** Messages of the stores name their field; here it is named beside them. */
const withoutField = (field: string, message: string): string =>
  message.startsWith(`${field} `) ? message.slice(field.length + 1) : message;

/** What Instagram asks to wait outranks what the table of errors says. */
const waitOf = ({ retryAfterSeconds }: { retryAfterSeconds?: number }): Pick<Answer, "headers"> =>
  retryAfterSeconds === undefined ? {} : { headers: { "Retry-After": String(retryAfterSeconds) } };

const SEND_CODE = "Retry POST /auth/challenge/resolve with last_json and security_code.";

function refusedAnswer(error: UpstreamRefused): Answer {
  const answer: Answer = { type: error.kind, detail: error.message, ...waitOf(error.context) };
  if (error.kind !== "ChallengeRequired") return answer;
  const { body } = error.context;
  const codeCanEndIt = /^(?:Challenge code required|The code was refused)/.test(error.message);
  return {
    ...answer,
    lastJson: body,
    ...(codeCanEndIt
      ? { hint: SEND_CODE }
      : hasChallengePath(body) && error.context.operation !== "resolveChallenge"
        ? { hint: "Send last_json to POST /auth/challenge/resolve to have a code sent." }
        : {}),
  };
}

function pendingAnswer(error: LoginPending): Answer {
  const { kind, context } = error.cause;
  const { sessionId } = error;
  if (kind !== "ChallengeRequired") return { type: kind, detail: error.message, sessionId };
  return {
    type: kind,
    detail: error.message,
    sessionId,
    lastJson: context.body,
    ...(hasChallengePath(context.body)
      ? {
          hint: `Send last_json to POST /auth/challenge/resolve with X-Session-ID: ${sessionId} to have a code sent, send it again with security_code, then retry POST /auth/login.`,
        }
      : {}),
  };
}

function hasChallengePath(body: JsonObject): boolean {
  return /"api_path":"\/challenge\//.test(stringifyJson(body));
}

const MAX_CAUSE_LENGTH = 500;
const MAX_CAUSES = 4;

/** An error and what caused it in one line; credentials in URLs are left out. */
function causeOf(error: unknown): string {
  const parts: string[] = [];
  for (let at = error; at instanceof Error && parts.length < MAX_CAUSES; at = at.cause)
    parts.push(`${at.name}: ${at.message.slice(0, MAX_CAUSE_LENGTH)}`);
  return parts
    .join(" <- ")
    .slice(0, MAX_CAUSE_LENGTH)
    .replaceAll(/:\/\/[^\s/@]{1,500}@/g, "://***@");
}

/** Where a route goes on in another way than most. */
const HINTS_BY_ROUTE: Readonly<Record<string, string>> = {
  "/auth/relogin TwoFactorRequired": "Retry PATCH /auth/relogin with verification_code.",
};

/** What an answer with 401 must name: the ways in which a caller can say who it is. */
const CHALLENGE = 'ApiKey realm="gramway", Bearer realm="gramway"';

/** The answer as a response. `context` learns the error's type for logs and metrics. */
export function problemResponse(error: unknown, context: RequestContext): Response {
  const answer = problemAnswer(error) ?? {
    type: "InternalError" as const,
    detail: "The gateway failed; the request id finds the cause in its log",
  };
  const kind = problemKinds[answer.type];
  context.errorType = answer.type;
  if (kind.status >= 500) context.cause = causeOf(error);
  const hint = answer.hint ?? HINTS_BY_ROUTE[`${context.route} ${answer.type}`] ?? kind.hint;
  const headers = new Headers(answer.headers);
  headers.set("Content-Type", "application/problem+json");
  if (kind.retryAfter !== undefined && !headers.has("Retry-After"))
    headers.set("Retry-After", String(kind.retryAfter));
  if (kind.status === 401) headers.set("WWW-Authenticate", CHALLENGE);
  const body = {
    type: `urn:gramway:error:${answer.type}`,
    title: kind.title,
    status: kind.status,
    detail: answer.detail,
    exc_type: answer.type,
    ...(hint ? { hint } : {}),
    request_id: context.id,
    ...(answer.errors ? { errors: answer.errors.map((entry) => ({ ...entry })) } : {}),
    ...(answer.sessionId ? { session_id: answer.sessionId } : {}),
    ...(answer.lastJson ? { last_json: answer.lastJson } : {}),
  };
  return new Response(stringifyJson(body), { status: kind.status, headers });
}
