import { setTimeout as sleep } from "node:timers/promises";
import { createService, type Service } from "./compose.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import { StorageUnavailable } from "./db/errors.ts";
import { createAccessLog } from "./http/access-log.ts";
import { logForPeople } from "./http/log-for-people.ts";
import { type LogOutput, openLogOutput } from "./http/log-output.ts";
import { createLogger, type Logger } from "./http/logger.ts";
import { parseAllowList } from "./net/address-rules.ts";
import { createHostGuard } from "./net/host-guard.ts";
import { createBunPlatform } from "./platform/bun.ts";
import type { Listener } from "./platform/platform.ts";
import { isExplained } from "./problems/operator-error.ts";

/**
 * The server itself refuses longer bodies, without a word. Each route has its own limit far below:
 * a caller who is only a little over it gets an answer that says so.
 */
const MAX_BODY_BYTES = 16 * 1024 ** 3;
/**
 * How long new requests are accepted after a signal: readiness probes must see the shutdown, and busy
 * connections are closed only with their next answer.
 */
const LAST_REQUESTS_MS = 300;
/**
 * How long a machine among others goes on to send later requests to them: Fly's proxy learns only after a
 * moment that this one ends, and a connection that is cut says nothing of what became of its request.
 */
const SENT_ON_MS = 2_700;
/** How long later requests are still answered, with ShuttingDown. */
const LAST_ANSWERS_MS = 100;
/** How long requests and uploads under way may take after a signal. It is shorter than Fly's kill_timeout. */
const DRAIN_MS = 20_000;
/**
 * When the sandbox is built for who develops: after the first looks at whether the service is
 * ready.
 */
const LOAD_SANDBOX_AFTER_MS = 200;
/** How long writing the last log lines may take. */
const LAST_LINES_MS = 1000;

/** The part of the time for an upstream request that connecting through a proxy may take. */
const CONNECT_SHARE = 0.4;
const MAX_CONNECT_MS = 10_000;

await main();

async function main(): Promise<void> {
  let config: Config | null = null;
  try {
    // Only the owner may read the files of the database and the generated secrets.
    process.umask(0o077);
    config = loadConfig(process.env);
    const output = openLogOutput();
    const forPerson = process.stdout.isTTY === true;
    const destination = forPerson ? await logForPeople(output) : output;
    const logger = createLogger(config.logLevel, config.region, destination);
    endOnFailure(logger, output);
    const { urlAllowHosts, upstreamTimeoutMs } = config;
    const guard = createHostGuard(parseAllowList(urlAllowHosts));
    const connectTimeoutMs = Math.min(MAX_CONNECT_MS, upstreamTimeoutMs * CONNECT_SHARE);
    const platform = createBunPlatform({ guard, connectTimeoutMs });
    const service = await createService({
      config,
      logger,
      accessLog: createAccessLog(logger, config.region, destination),
      platform,
      guard,
    });
    const { host, port } = config;
    const announced = Promise.withResolvers<void>();
    let isAnnounced = false;
    // The first answer waits until the start is printed: whoever polls the service can then read it.
    const handle: Service["handle"] = (request, client) =>
      isAnnounced
        ? service.handle(request, client)
        : announced.promise.then(() => service.handle(request, client));
    const listener = listen(config, () =>
      platform.serve({ host, port, maxBodyBytes: MAX_BODY_BYTES, handle }),
    );
    // At any log level: without these lines nobody knows where the service listens.
    const announcer = forPerson ? output : createLogger("info", config.region, output);
    announce(config, listener.port, service, announcer);
    shutDownOnSignal(service, listener, logger, output);
    await output.flush(LAST_LINES_MS);
    isAnnounced = true;
    announced.resolve();
    if (service.sandboxKey === null) return;
    await sleep(LOAD_SANDBOX_AFTER_MS);
    await service.loadSandbox().catch((error: unknown) => {
      logger.error({ err: error }, "the sandbox could not be loaded");
    });
  } catch (error) {
    if (!isExplained(error)) throw error;
    console.error(`gramway cannot start: ${error.message}${placeOf(error, config)}`);
    process.exit(1);
  }
}

/** The file of a database that cannot be used. Other URLs are not named: they may hold secrets. */
function placeOf(error: Error, config: Config | null): string {
  const { url = "", syncUrl } = config?.database ?? {};
  if (syncUrl) return error instanceof StorageUnavailable ? " (DATABASE_SYNC_URL)" : "";
  return error instanceof StorageUnavailable && url.startsWith("file:") ? ` (${url})` : "";
}

function listen(config: Config, serve: () => Listener): Listener {
  try {
    return serve();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    throw new ConfigError(
      `${config.host}:${config.port} cannot be listened on (${code}): set PORT or HOST`,
    );
  }
}

/** Prints what is useful at the start: plain lines at a terminal, log lines otherwise. */
function announce(
  config: Config,
  port: number,
  { sandboxKey, hasTenants }: Service,
  to: LogOutput | Logger,
): void {
  const shown = /^(?:0\.0\.0\.0|::|127\.0\.0\.1)$/.test(config.host) ? "localhost" : config.host;
  const url = `http://${shown}:${port}`;
  const key = sandboxKey
    ? `Sandbox API key (kept in ${config.sandboxKeyFile}): ${sandboxKey}`
    : null;
  const firstSteps = hasTenants
    ? null
    : "No tenant yet: bun run cli tenants create <name>, then bun run cli keys create --tenant <name> --name <name> --mode live";
  const warning = config.durableStorage
    ? null
    : "DATABASE_URL is on this machine's own disk, without a volume: sessions will be lost with it";
  if ("write" in to) {
    to.write(`gramway listens on ${url}\n  API documentation: ${url}/docs\n`);
    if (key) to.write(`  ${key}\n`);
    if (firstSteps) to.write(`  ${firstSteps}\n`);
    if (warning) to.write(`  Warning: ${warning}\n`);
    return;
  }
  to.info({ url }, `gramway listens on ${url} with its documentation at ${url}/docs for a browser`);
  if (key) to.info(key);
  if (firstSteps) to.info(firstSteps);
  if (warning) to.warn(warning);
}

/** Ends the process at an uncaught error, which becomes the last log line. */
function endOnFailure(logger: Logger, output: LogOutput): void {
  const end = (error: unknown): void => {
    logger.fatal({ err: error }, "the service fails and ends");
    void output.flush(LAST_LINES_MS).then(() => process.exit(1));
  };
  process.on("uncaughtException", end);
  process.on("unhandledRejection", end);
}

function shutDownOnSignal(
  service: Service,
  listener: Listener,
  logger: Logger,
  output: LogOutput,
): void {
  let hasBegun = false;
  const shutDown = async (signal: string): Promise<void> => {
    if (hasBegun) return;
    hasBegun = true;
    const { shutdown } = service;
    shutdown.draining = true;
    void service.leaseLoop?.drain();
    logger.info({ signal }, "shutting down");
    await sleep(LAST_REQUESTS_MS);
    shutdown.closed = true;
    if (service.leaseLoop?.isAmongOthers) await sleep(SENT_ON_MS);
    const drained = listener.stop();
    await Promise.race([Promise.all([drained, service.uploadsEnded()]), sleep(DRAIN_MS)]);
    // A request may just be arriving on an idle connection.
    await sleep(LAST_ANSWERS_MS);
    listener.kill();
    await service.close();
    await output.flush(LAST_LINES_MS);
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      shutDown(signal).catch((error: unknown) => {
        logger.error({ err: error }, "shutting down failed");
        void output.flush(LAST_LINES_MS).then(() => process.exit(1));
      });
    });
}
