import { createService, type Service } from "./compose.ts";
import { type Config, ConfigError, loadConfig } from "./config.ts";
import { createAccessLogger, createLogger, type Logger } from "./http/logger.ts";
import { createBunPlatform } from "./platform/bun.ts";
import type { Listener } from "./platform/platform.ts";

/** Bodies above this are refused before they are read; each route has its own, lower limit. */
const MAX_BODY_BYTES = 256 * 1024 * 1024;
/** How long requests under way may take to end after a signal, within Fly's kill_timeout. */
const DRAIN_MS = 20_000;

/** Errors that one line explains; their stack would only hide it. */
const EXPLAINED = new Set([
  "ConfigError",
  "StorageUnavailable",
  "DatabaseNewerThanCode",
  "MigrationChanged",
  "EncryptionKeyInvalid",
]);

await main();

async function main(): Promise<void> {
  let config: Config | null = null;
  try {
    config = loadConfig(process.env);
    const logger = createLogger(config.logLevel, config.region);
    const platform = createBunPlatform();
    const service = await createService({
      config,
      logger,
      accessLogger: createAccessLogger(config.logLevel, config.region),
      platform,
    });
    const { host, port } = config;
    const listener = listen(config, () =>
      platform.serve({ host, port, maxBodyBytes: MAX_BODY_BYTES, handle: service.handle }),
    );
    announce(config, listener.port, service.sandboxKey);
    shutDownOnSignal(service, listener, logger);
  } catch (error) {
    if (!(error instanceof Error && EXPLAINED.has(error.name))) throw error;
    console.error(`gramway cannot start: ${error.message}${placeOf(error, config)}`);
    process.exit(1);
  }
}

/** Which database, for what is wrong with it. Only a file is named: other URLs may hold secrets. */
function placeOf(error: Error, config: Config | null): string {
  const url = config?.database.url ?? "";
  return error.name === "StorageUnavailable" && url.startsWith("file:") ? ` (${url})` : "";
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

/** What a person who starts it wants to see; everything else is in the log. */
function announce(config: Config, port: number, sandboxKey: string | null): void {
  const shown = /^(?:0\.0\.0\.0|::|127\.0\.0\.1)$/.test(config.host) ? "localhost" : config.host;
  console.log(`gramway listens on http://${shown}:${port}`);
  console.log(`  API documentation: http://${shown}:${port}/docs`);
  if (sandboxKey) console.log(`  Sandbox API key (shown this once): ${sandboxKey}`);
  if (!config.durableStorage)
    console.warn(
      "  Warning: DATABASE_URL is on this machine's own disk, without a volume: sessions will be lost with it",
    );
}

function shutDownOnSignal(service: Service, listener: Listener, logger: Logger): void {
  let ending = false;
  const shutDown = async (signal: string): Promise<void> => {
    if (ending) return;
    ending = true;
    logger.info({ signal }, "shutting down");
    const drained = listener.stop();
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, DRAIN_MS))]);
    listener.kill();
    await service.close();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      shutDown(signal).catch((error: unknown) => {
        logger.error({ err: error }, "shutting down failed");
        process.exit(1);
      });
    });
}
