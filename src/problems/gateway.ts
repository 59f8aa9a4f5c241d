import { invalidInput, type KindDescription, Problem, type ProblemDetails } from "./problem.ts";

/**
 * The kinds of errors that the gateway itself answers with, whichever layer throws them.
 * Instagram's refusals have a table of their own: instagram/error-kinds.ts.
 */
export const gatewayKinds = {
  ApiKeyRequired: {
    status: 401,
    title: "API key required",
    hint: "Send X-API-Key: gw_test_… (sandbox) or gw_live_… (Instagram).",
  },
  ApiKeyInvalid: { status: 401, title: "API key not accepted" },
  SessionRequired: {
    status: 401,
    title: "Session ID required",
    hint: "Log in with POST /auth/login and send the session ID as X-Session-ID.",
  },
  SessionNotFound: {
    status: 401,
    title: "Session not found",
    hint: "Log in with POST /auth/login, or import settings with PATCH /auth/settings.",
  },
  AdminTokenRequired: {
    status: 401,
    title: "Admin token required",
    hint: "Send Authorization: Bearer <ADMIN_TOKEN>.",
  },
  MetricsTokenRequired: {
    status: 401,
    title: "Metrics token required",
    hint: "Send Authorization: Bearer <METRICS_TOKEN>.",
  },
  TooManyFailures: {
    status: 429,
    title: "Too many wrong API keys or tokens from this address",
    hint: "Correct the API key or token that is sent from this address, and wait as Retry-After says. Keys that have worked before go on working.",
    retryAfter: 2,
  },
  ScopeRequired: { status: 403, title: "The API key lacks a scope" },
  GrantExceeded: {
    status: 403,
    title: "A key cannot grant rights that it does not have",
    hint: "Ask for fewer rights, or let the operator or a key that has them do this.",
  },
  TenantSuspended: {
    status: 403,
    title: "The tenant is suspended",
    hint: "Ask the operator of this gateway.",
  },
  TenantNotFound: { status: 404, title: "Tenant not found" },
  ApiKeyNotFound: { status: 404, title: "API key not found" },
  ApiKeyNotActive: { status: 409, title: "API key not active" },
  NotFound: { status: 404, title: "No such route", hint: "GET /openapi.json lists the routes." },
  MethodNotAllowed: { status: 405, title: "Method not allowed" },
  ValidationError: invalidInput,
  IdempotencyKeyReused: {
    status: 422,
    title: "The Idempotency-Key belongs to another request",
    hint: "Nothing was done. A retry repeats the operation and every field; any other request needs a key of its own.",
  },
  IdempotencyInProgress: {
    status: 409,
    title: "The first request with this Idempotency-Key is still running",
    hint: "Wait as Retry-After says, then send the same request again: it gets the first one's answer.",
    retryAfter: 1,
  },
  OutcomeUnknown: {
    status: 409,
    title: "It is not known whether the action took place",
    hint: "Read first whether it took place. If it did not, send it again with a new Idempotency-Key.",
  },
  UploadNotFound: {
    status: 404,
    title: "Upload not found",
    hint: "Uploads that were asked for with Prefer: respond-async, or with an Idempotency-Key, are told of for 24 hours.",
  },
  UploadInterrupted: {
    status: 503,
    title: "The upload was interrupted",
    hint: "Nothing was posted. Send it again.",
    retryAfter: 1,
  },
  UrlNotAllowed: {
    status: 422,
    title: "The URL leads to a host that is not allowed",
    hint: "Use a host with public addresses. The operator of this gateway can allow others (URL_ALLOW_HOSTS).",
  },
  RangeNotSatisfiable: {
    status: 416,
    title: "The file has no such part",
    hint: "Content-Range tells how long the file is.",
  },
  UrlUnreachable: {
    status: 502,
    title: "The URL could not be fetched",
    hint: "Check that the URL can be opened without a login, and retry later.",
    retryable: true,
  },
  RequestTimeout: {
    status: 408,
    title: "The request took too long to arrive",
    hint: "Nothing was done. Send the whole body at once.",
  },
  PayloadTooLarge: { status: 413, title: "Payload too large" },
  UnsupportedMedia: { status: 415, title: "Unsupported content type" },
  GatewayRateLimited: {
    status: 429,
    title: "Too many requests",
    hint: "Slow down, and wait as Retry-After says: the RateLimit headers tell what the API key and its tenant have left, the tenant's max_in_flight how many requests may be under way.",
    retryAfter: 1,
  },
  SessionCoolingDown: {
    status: 429,
    title: "The account has to wait",
    hint: "Nothing was sent to Instagram. Wait as long as Retry-After says; where GET /session names what waits in `blocked`, anything else goes on.",
    retryAfter: 300,
    exampleMembers: { action: "like", until: "2025-11-01T11:00:00.000Z" },
  },
  SessionDisabled: {
    status: 403,
    title: "The session is switched off",
    hint: "Nothing was sent to Instagram. PATCH /session with enabled=true switches it on again.",
  },
  UpstreamStopped: {
    status: 503,
    title: "The operator has stopped all requests to Instagram",
    hint: "Nothing was sent to Instagram. Ask the operator of this gateway, or retry later.",
    retryAfter: 60,
  },
  UpstreamUnavailable: {
    status: 503,
    title: "Instagram does not work at the moment",
    hint: "Nothing was sent to Instagram. Retry as Retry-After says: as soon as a request works again, all are sent again.",
    retryAfter: 5,
  },
  BudgetSpent: {
    status: 429,
    title: "The day's budget for this kind of action is spent",
    hint: "Nothing was sent to Instagram. Wait as Retry-After says, or raise the session's daily_budgets.",
    retryAfter: 3600,
    exampleMembers: { action: "like", until: "2025-11-02T00:00:00.000Z" },
  },
  ProxyRequired: {
    status: 422,
    title: "The session needs a proxy",
    hint: "Nothing was sent. Give the login (fields proxy or proxy_id) or the session (PATCH /session with proxy_id) a proxy; GET /proxies lists those that there are, POST /proxy adds one.",
  },
  NoProxyAvailable: {
    status: 503,
    title: "No proxy is available",
    hint: "Nothing was sent or moved. Add proxies with POST /proxy or raise their max_sessions; GET /proxies shows which are down or full.",
    retryAfter: 60,
  },
  ProxyNotFound: {
    status: 404,
    title: "Proxy not found",
    hint: "A key sees the proxies of its own tenant and mode, and those that the operator offers: GET /proxies lists them.",
  },
  ProxyInUse: {
    status: 409,
    title: "Sessions use the proxy",
    hint: "Nothing was changed. Delete it with move=true to move them to others.",
  },
  ProxyExists: {
    status: 409,
    title: "Another proxy has this URL",
    hint: "Nothing was changed. Use the proxy of proxy_id, or delete it first.",
  },
  ProxyLimitReached: {
    status: 403,
    title: "The limit of proxies is reached",
    hint: "Delete proxies that no session uses (GET /proxies), or have the operator raise the tenant's max_proxies.",
  },
  SessionLimitReached: {
    status: 403,
    title: "The tenant's limit of sessions is reached",
    hint: "Log accounts in again in their own sessions (without new_session), or ask the operator to raise max_sessions or to delete sessions.",
  },
  ApiKeyLimitReached: {
    status: 403,
    title: "The tenant's limit of API keys is reached",
    hint: "Revoke keys that nobody uses any more: GET /admin/tenants/{tenant_id}/keys shows when each was last used.",
  },
  SessionBusy: {
    status: 503,
    title: "Too many requests wait for this session",
    hint: "Send fewer requests for one session at the same time.",
    retryAfter: 2,
  },
  SessionElsewhere: {
    status: 503,
    title: "Another machine uses the session",
    hint: "Nothing was sent to Instagram. Retry as Retry-After says: Fly's proxy then leads to the machine that may use it.",
    retryAfter: 1,
  },
  CredentialsRequired: {
    status: 422,
    title: "The account's password is needed",
    hint: "Send the form field password with PATCH /auth/relogin (and verification_code where the account has two-factor authentication): this tenant's policy keeps no account passwords.",
  },
  EncryptionKeyUnavailable: {
    status: 503,
    title: "The session's encryption key is not available",
    hint: "The session is stored, but under a key that ENCRYPTION_KEYS does not hold. Put that key back.",
    retryAfter: 60,
  },
  SessionDamaged: {
    status: 500,
    title: "The stored session is damaged",
    hint: "Log the account in again, or import its settings.",
  },
  StorageUnavailable: {
    status: 503,
    title: "The database is not available",
    hint: "Nothing was acknowledged. Retry later; the operator finds the cause at GET /ready.",
    retryAfter: 5,
  },
  UploadsFull: {
    status: 503,
    title: "The gateway has no room for more uploads now",
    hint: "Nothing was done. Send the upload again when others have ended.",
    retryAfter: 15,
  },
  ShuttingDown: { status: 503, title: "Shutting down", retryAfter: 5 },
  InternalError: { status: 500, title: "Internal error" },
} as const satisfies Record<string, KindDescription>;

/** Without ValidationError: invalid input is an InvalidInput, which knows its fields. */
export type GatewayKind = Exclude<keyof typeof gatewayKinds, "ValidationError">;

/** By these the gateway keeps a request from Instagram, also in the middle of an operation. */
const PREVENTING: ReadonlySet<string> = new Set<GatewayKind>([
  "TenantSuspended",
  "SessionDisabled",
  "SessionCoolingDown",
  "BudgetSpent",
  "UpstreamStopped",
  "UpstreamUnavailable",
  "ProxyRequired",
  "SessionElsewhere",
]);

/** Whether an error has kept a request from being sent. */
export const hasPrevented = (error: unknown): error is GatewayProblem =>
  error instanceof GatewayProblem && PREVENTING.has(error.kind);

/** An error that the gateway itself answers with. */
export class GatewayProblem extends Problem<GatewayKind> {
  constructor(kind: GatewayKind, message: string, details?: ProblemDetails) {
    super(kind, gatewayKinds[kind], message, details);
    // For logs: the kind says more than this class's name.
    if (new.target === GatewayProblem) this.name = kind;
  }
}

/** The tenant does not exist, or no longer does. */
export const tenantNotFound = (): GatewayProblem =>
  new GatewayProblem("TenantNotFound", "Tenant not found");
