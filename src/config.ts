import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type AppProfile, createAppProfiles } from "./instagram/app-profiles.ts";
import { type ExactJson, isJsonObject, parseExact } from "./instagram/json.ts";
import { AllowListInvalid, parseAllowList } from "./net/address-rules.ts";
import { OperatorError } from "./problems/operator-error.ts";
import { InvalidInput } from "./problems/problem.ts";
import { readOrCreateSecret, SecretFileUnusable } from "./secret-file.ts";

/* The configuration: the only reader of environment variables. */

export type Environment = Readonly<Record<string, string | undefined>>;

export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent";

export interface Config {
  port: number;
  host: string;
  database: { url: string; authToken?: string; syncUrl?: string; remoteTimeoutMs?: number };
  /** 32-byte keys as text; the first encrypts, all decrypt. */
  encryptionKeys: string[];
  adminToken: string;
  /** The file of the sandbox's API key; null in production, where no sandbox tenant is made. */
  sandboxKeyFile: string | null;
  /** Bearer token for /metrics; null leaves it open to all. */
  metricsToken: string | null;
  /**
   * The header in which a proxy in front of the service names the client, and the number of proxies
   * that add an address to it; null when clients connect directly.
   */
  trustedProxy: { header: string; proxies: number } | null;
  /** Origin that replaces every upstream host for live keys; null means Instagram itself. */
  upstreamUrl: string | null;
  upstreamTimeoutMs: number;
  /** How proxies are checked. */
  proxyChecks: ProxyCheckConfig;
  /** When requests to Instagram are held back since nearly all fail: see UpstreamBreaker. */
  upstreamBreaker: { failures: number; sessions: number };
  /** The files of uploads, while they are on their way. */
  spool: SpoolConfig;
  /** Names, addresses and networks that tenants' URLs may name although they are not public. */
  urlAllowHosts: string[];
  /**
   * The program that takes pictures from videos and makes videos of photos: its path, or its name on
   * `searchPath` (as in PATH); null if it must not be used.
   */
  ffmpeg: { command: string; searchPath: string } | null;
  /** Time for a caller's whole request, with its wait in the queue and all upstream requests. */
  requestDeadlineMs: number;
  /** The same for an upload that the caller waits for, from the end of its body on. */
  uploadDeadlineMs: number;
  /**
   * Requests a second that an API key may make on average, if its tenant has no limit of its own.
   */
  keyRequestsPerSecond: number;
  /** Requests that an API key may make at once, if its tenant has no limit of its own. */
  keyBurst: number;
  /** How long the audit record is kept, in days. */
  auditDays: number;
  /** How long the usage of API keys is kept, in days. */
  usageDays: number;
  /** Requests a second that an address may make without an API key, on average. */
  keylessRequestsPerSecond: number;
  logLevel: LogLevel;
  /** Fly.io region this machine runs in, null elsewhere. */
  region: string | null;
  /**
   * The name by which Fly's proxy knows this machine. With one, machines on the same database share the
   * sessions: each session is used by one of them at a time.
   */
  machineId: string | null;
  /** Releases of the app beside the built-in ones; the first is pinned by new sessions. */
  appProfiles: AppProfile[];
  /** Whether the database outlives this container; if not, the start logs a warning. */
  durableStorage: boolean;
  /** Commit of the build, as the image sets it. */
  gitSha: string | null;
  /** Time of the build, as the image sets it. */
  buildTime: string | null;
}

export interface ProxyCheckConfig {
  /** What is fetched through a proxy. */
  url: string;
  /** Whether proxies are checked by themselves, and not only on demand. */
  areOn: boolean;
  /** How often a proxy without traffic is checked, in milliseconds. */
  intervalMs: number;
}

export interface SpoolConfig {
  directory: string;
  /** Whether the operator has named the directory. */
  isChosen: boolean;
  /** Bytes of all files at the same time. */
  maxBytes: number;
  /** Bytes of one tenant's files. */
  tenantBytes: number;
  /** Requests with files of one tenant at the same time. */
  tenantUploads: number;
  /** In each such time, in milliseconds, enough of a body with files must arrive. */
  stallMs: number;
}

/** A variable is missing or wrong. The message is one line: its name and what it must be. */
export class ConfigError extends OperatorError {}

/** For the database file and generated secrets. */
const DATA_DIRECTORY = "./data";
/** Test runners set `test`; it means development. */
const ENVIRONMENTS = ["development", "production", "test"] as const;
const LOG_LEVELS: readonly LogLevel[] = [
  "fatal",
  "error",
  "warn",
  "info",
  "debug",
  "trace",
  "silent",
];

/**
 * Reads and checks the environment. In production a missing ENCRYPTION_KEYS or ADMIN_TOKEN is an
 * error; in development both are generated once under ./data.
 *
 * Throws ConfigError.
 */
export function loadConfig(env: Environment): Config {
  const production = oneOf(env, "NODE_ENV", ENVIRONMENTS, "development") === "production";
  const url = text(env, "DATABASE_URL") ?? `file:${DATA_DIRECTORY}/gramway.db`;
  if (!/^(?:file:.+|:memory:)$/.test(url) && !isRemote(url))
    throw new ConfigError("DATABASE_URL must be file:<path>, libsql://<host> or http(s)://<host>");
  const syncUrl = text(env, "DATABASE_SYNC_URL");
  if (syncUrl !== undefined && !isRemote(syncUrl))
    throw new ConfigError("DATABASE_SYNC_URL must be libsql://<host> or http(s)://<host>");
  if (syncUrl !== undefined && !url.startsWith("file:"))
    throw new ConfigError("DATABASE_SYNC_URL needs DATABASE_URL to be a file: (the local replica)");
  if (text(env, "RELEASE_COMMAND") !== undefined && syncUrl === undefined && isFile(url))
    throw new ConfigError(
      "DATABASE_URL is a file, and the machine of Fly's release_command has no volume: set DATABASE_URL to the remote database, or take release_command out of fly.toml, since each start migrates a file",
    );
  const authToken = text(env, "DATABASE_AUTH_TOKEN");
  if (authToken !== undefined && !/^[!-~]+$/.test(authToken))
    throw new ConfigError("DATABASE_AUTH_TOKEN must be letters, digits and signs without blanks");

  const host = text(env, "HOST") ?? (production ? "0.0.0.0" : "127.0.0.1");
  // Strangers can reach the service: its secrets must be hard to guess.
  const strict = production || !isLoopback(host);
  const upstreamTimeoutMs = integer(env, "UPSTREAM_TIMEOUT_MS", 25_000, 10, 240_000);
  const keyRequestsPerSecond = integer(env, "KEY_REQUESTS_PER_SECOND", 50, 1, 1_000_000);

  return {
    port: integer(env, "PORT", 8000, 0, 65_535),
    host,
    database: { url, ...(authToken ? { authToken } : {}), ...(syncUrl ? { syncUrl } : {}) },
    encryptionKeys: encryptionKeys(env, production),
    sandboxKeyFile: production ? null : join(DATA_DIRECTORY, "sandbox.key"),
    adminToken: adminToken(env, production, strict),
    metricsToken: metricsToken(env, strict),
    trustedProxy: trustedProxy(env),
    upstreamUrl: origin(env, "UPSTREAM_URL"),
    upstreamTimeoutMs,
    proxyChecks: {
      ...proxyCheckUrl(env),
      intervalMs: integer(env, "PROXY_CHECK_SECONDS", 600, 1, 86_400) * 1000,
    },
    upstreamBreaker: {
      failures: integer(env, "UPSTREAM_BREAKER_FAILURES", 50, 0, 1_000_000),
      sessions: integer(env, "UPSTREAM_BREAKER_SESSIONS", 10, 1, 1_000),
    },
    requestDeadlineMs: requestDeadlineMs(env, upstreamTimeoutMs),
    uploadDeadlineMs: integer(env, "UPLOAD_DEADLINE_MS", 200_000, 10, LONGEST_ANSWER_MS),
    spool: spool(env, url),
    urlAllowHosts: allowedHosts(env),
    ffmpeg: ffmpeg(env),
    keyRequestsPerSecond,
    keyBurst: integer(env, "KEY_BURST", 2 * keyRequestsPerSecond, 1, 2_000_000),
    keylessRequestsPerSecond: integer(env, "KEYLESS_REQUESTS_PER_SECOND", 20, 1, 1_000_000),
    auditDays: integer(env, "AUDIT_DAYS", 400, 1, 36_500),
    usageDays: integer(env, "USAGE_DAYS", 400, 1, 36_500),
    logLevel: oneOf(env, "LOG_LEVEL", LOG_LEVELS, "info"),
    // As the regions of proxies are written, which it is compared with.
    region: nameOf(env, "FLY_REGION")?.toLowerCase() ?? null,
    machineId: nameOf(env, "FLY_MACHINE_ID"),
    appProfiles: appProfiles(env),
    durableStorage: isDurable(env, url, syncUrl),
    gitSha: text(env, "GIT_SHA") ?? null,
    buildTime: text(env, "BUILD_TIME") ?? null,
  };
}

/** The configuration of `bun run emulator`, which needs no secrets. Throws ConfigError. */
export function loadEmulatorConfig(env: Environment): { port: number; host: string } {
  return {
    port: integer(env, "EMULATOR_PORT", 9099, 0, 65_535),
    host: text(env, "HOST") ?? "127.0.0.1",
  };
}

/** The trimmed value; undefined when it is empty or not set. */
function text(env: Environment, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === "" ? undefined : value;
}

/** Whether it is the address of a remote database. */
const isRemote = (url: string): boolean =>
  /^(?:libsql|https?|wss?):\/\/\S+$/.test(url) && URL.canParse(url);

/** A name that goes into headers of answers. */
function nameOf(env: Environment, name: string): string | null {
  const value = text(env, name);
  if (value !== undefined && !/^[\w-]{1,64}$/.test(value))
    throw new ConfigError(`${name} must be 1 to 64 letters, digits, - or _`);
  return value ?? null;
}

function integer(
  env: Environment,
  name: string,
  fallback: number,
  low: number,
  high: number,
): number {
  const value = text(env, name);
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!/^\d+$/.test(value) || number < low || number > high)
    throw new ConfigError(`${name} must be a whole number from ${low} to ${high}`);
  return number;
}

function oneOf<T extends string>(
  env: Environment,
  name: string,
  allowed: readonly T[],
  fallback: T,
): T {
  const value = text(env, name)?.toLowerCase();
  if (value === undefined) return fallback;
  const found = allowed.find((entry) => entry === value);
  if (!found) throw new ConfigError(`${name} must be one of ${allowed.join(", ")}`);
  return found;
}

function origin(env: Environment, name: string): string | null {
  const value = text(env, name);
  if (value === undefined) return null;
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search || url.username)
    throw new ConfigError(`${name} must be an origin such as http://127.0.0.1:9099`);
  return url.origin;
}

/** A small file of Instagram's for which nobody logs in. */
const CHECKED_URL = "https://www.instagram.com/robots.txt";

/** `PROXY_CHECK_URL`: what is fetched through a proxy, or `off`. */
function proxyCheckUrl(env: Environment): Pick<ProxyCheckConfig, "url" | "areOn"> {
  const value = text(env, "PROXY_CHECK_URL") ?? CHECKED_URL;
  if (value.toLowerCase() === "off") return { url: CHECKED_URL, areOn: false };
  const url = URL.parse(value);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.hash)
    throw new ConfigError(
      "PROXY_CHECK_URL must be an http or https URL such as https://example.com/, or off",
    );
  return { url: url.href, areOn: true };
}

function allowedHosts(env: Environment): string[] {
  const entries = (text(env, "URL_ALLOW_HOSTS") ?? "")
    .split(",")
    .flatMap((entry) => entry.trim() || []);
  try {
    parseAllowList(entries);
  } catch (error) {
    if (error instanceof AllowListInvalid)
      throw new ConfigError(`URL_ALLOW_HOSTS: ${error.message}`);
    throw error;
  }
  return entries;
}

/** `FFMPEG_PATH`: a file, or `none`. Whether there is one on PATH shows when it is needed. */
function ffmpeg(env: Environment): Config["ffmpeg"] {
  const value = text(env, "FFMPEG_PATH");
  if (value?.toLowerCase() === "none") return null;
  if (value !== undefined && !existsSync(value))
    throw new ConfigError("FFMPEG_PATH must be the path of ffmpeg, or none");
  return { command: value ?? "ffmpeg", searchPath: env.PATH ?? "" };
}

/** After 255 s without a byte the server closes a connection. */
const LONGEST_ANSWER_MS = 240_000;

const GIGABYTE = 1024 ** 3;
const MOST_BYTES = 1024 * GIGABYTE;

function spool(env: Environment, databaseUrl: string): SpoolConfig {
  const chosen = text(env, "UPLOAD_DIR");
  const maxBytes = integer(env, "UPLOAD_MAX_BYTES", 8 * GIGABYTE, 1, MOST_BYTES);
  const usual = Math.min(2 * GIGABYTE, maxBytes);
  return {
    directory: chosen ?? uploadDirectory(databaseUrl),
    isChosen: chosen !== undefined,
    maxBytes,
    tenantBytes: integer(env, "UPLOAD_TENANT_BYTES", usual, 1, maxBytes),
    tenantUploads: integer(env, "UPLOADS_PER_TENANT", 32, 1, 10_000),
    stallMs: integer(env, "UPLOAD_STALL_MS", 30_000, 100, 240_000),
  };
}

/** Beside a database in a file, where there is room; else in the system's directory. */
function uploadDirectory(databaseUrl: string): string {
  const file = /^file:([^?]+)/.exec(databaseUrl)?.[1];
  return file === undefined || file === ":memory:"
    ? join(tmpdir(), "gramway-uploads")
    : join(dirname(file), "uploads");
}

function requestDeadlineMs(env: Environment, upstreamTimeoutMs: number): number {
  const deadline = integer(env, "REQUEST_DEADLINE_MS", 90_000, 10, LONGEST_ANSWER_MS);
  if (deadline < upstreamTimeoutMs)
    throw new ConfigError("REQUEST_DEADLINE_MS must not be less than UPSTREAM_TIMEOUT_MS");
  return deadline;
}

const KEY_FORMS = [/^[0-9a-f]{64}$/i, /^[A-Za-z0-9+/]{43}=?$/, /^[A-Za-z0-9_-]{43}=?$/];

function encryptionKeys(env: Environment, production: boolean): string[] {
  const value = text(env, "ENCRYPTION_KEYS");
  if (value === undefined) {
    if (production)
      throw new ConfigError(
        "ENCRYPTION_KEYS is not set: in production it must hold a 32-byte key, e.g. from `openssl rand -hex 32`",
      );
    return [generatedSecret("encryption.key", () => randomBytes(32).toString("hex"))];
  }
  const keys = value.split(",").map((key) => key.trim());
  keys.forEach((key, index) => {
    if (!KEY_FORMS.some((form) => form.test(key)))
      throw new ConfigError(
        `ENCRYPTION_KEYS: key ${index + 1} is not 32 bytes as 64 hex digits or as base64`,
      );
  });
  return keys;
}

function adminToken(env: Environment, production: boolean, strict: boolean): string {
  const value = text(env, "ADMIN_TOKEN");
  if (value === undefined) {
    if (production)
      throw new ConfigError(
        "ADMIN_TOKEN is not set: in production it must hold a secret, e.g. from `openssl rand -hex 24`",
      );
    return generatedSecret("admin.token", () => randomBytes(24).toString("base64url"));
  }
  if (strict) checkStrength("ADMIN_TOKEN", value);
  return value;
}

function metricsToken(env: Environment, strict: boolean): string | null {
  const value = text(env, "METRICS_TOKEN");
  if (value === undefined) return null;
  if (strict) checkStrength("METRICS_TOKEN", value);
  return value;
}

function checkStrength(name: string, value: string): void {
  if (value.length < 24 || new Set(value).size < 8)
    throw new ConfigError(
      `${name} must have 24 characters or more, 8 of them different, e.g. from \`openssl rand -hex 24\``,
    );
}

const isLoopback = (host: string): boolean => /^(?:localhost|127\.[\d.]+|::1|\[::1\])$/i.test(host);

/** `TRUST_PROXY`: `<header>`, `<header>:<proxies>` or `none`. Fly.io's own header on Fly.io. */
function trustedProxy(env: Environment): Config["trustedProxy"] {
  const value = text(env, "TRUST_PROXY")?.toLowerCase();
  if (value === undefined)
    return text(env, "FLY_APP_NAME") ? { header: "fly-client-ip", proxies: 1 } : null;
  if (value === "none") return null;
  const [, header, proxies = "1"] = /^([a-z][a-z0-9-]{0,63})(?::([1-9]))?$/.exec(value) ?? [];
  // "Forwarded" has a syntax of its own.
  if (header === undefined || header === "forwarded")
    throw new ConfigError(
      "TRUST_PROXY must be the header in which the proxy names the client, such as X-Forwarded-For (X-Forwarded-For:2 behind two proxies), or none",
    );
  return { header, proxies: Number(proxies) };
}

/** Reads a secret from the data directory, or generates it there on the first start. */
function generatedSecret(name: string, make: () => string): string {
  try {
    return readOrCreateSecret(join(DATA_DIRECTORY, name), make);
  } catch (error) {
    if (error instanceof SecretFileUnusable) throw new ConfigError(error.message);
    throw error;
  }
}

/** `APP_PROFILES`: a JSON list of `{app_version, version_code, bloks_versioning_id}`. */
function appProfiles(env: Environment): AppProfile[] {
  const value = text(env, "APP_PROFILES");
  if (value === undefined) return [];
  const profiles = appProfileList(value).map((entry) => {
    if (!isJsonObject(entry)) throw new ConfigError("APP_PROFILES must hold objects");
    return {
      appVersion: String(entry.app_version ?? ""),
      versionCode: String(entry.version_code ?? ""),
      bloksVersioningId: String(entry.bloks_versioning_id ?? ""),
    };
  });
  try {
    createAppProfiles(profiles);
  } catch (error) {
    if (error instanceof InvalidInput) throw new ConfigError(`APP_PROFILES: ${error.message}`);
    throw error;
  }
  return profiles;
}

function appProfileList(value: string): ExactJson[] {
  const complaint =
    'APP_PROFILES must be a JSON list of {"app_version", "version_code", "bloks_versioning_id"}';
  let list: ExactJson;
  try {
    list = parseExact(value);
  } catch {
    throw new ConfigError(complaint);
  }
  if (!Array.isArray(list)) throw new ConfigError(complaint);
  return list;
}

const isFile = (url: string): boolean => url.startsWith("file:") || url === ":memory:";

/** On Fly.io only a volume (mounted at /data) or Turso outlives the machine. */
function isDurable(env: Environment, url: string, syncUrl: string | undefined): boolean {
  if (!url.startsWith("file:") || syncUrl !== undefined) return url !== ":memory:";
  if (!text(env, "FLY_APP_NAME")) return true;
  return url.startsWith("file:/data/") && existsSync("/data");
}
