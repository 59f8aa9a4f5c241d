import { existsSync } from "node:fs";
import type { Config } from "./config.ts";
import type { CopyEvent, Database } from "./db/connection.ts";
import { Spool } from "./files/spool.ts";
import type { Logger } from "./http/logger.ts";
import { OperatorError } from "./problems/operator-error.ts";
import { readOrCreateSecret } from "./secret-file.ts";
import type { BreakerChange } from "./sessions/upstream-breaker.ts";
import type { Stores } from "./stores.ts";
import { isKeyAccepted, makeSandboxOnce, newSandboxKey } from "./tenants/sandbox.ts";

/* Steps of the composition that stand on their own. */

/** Tells what was done to the database at the start. */
export function logMigrations(logger: Logger, { applied, isNew, newer }: Stores["migrated"]): void {
  if (applied.length > 0 && !isNew)
    logger.info({ migrations: applied }, "the database was brought to this version");
  if (newer.length > 0)
    logger.warn(
      { migrations: newer },
      "the database is of a newer version, which this one works with",
    );
}

/** Tells that requests to Instagram are held back, and that they no longer are. */
export function logCopyEvent(logger: Logger, { isFault, message }: CopyEvent): void {
  if (isFault) logger.warn(message);
  else logger.info(message);
}

export function logBreaker(logger: Logger, { tenantId, isOpen }: BreakerChange): void {
  const whose = tenantId === null ? "all" : "one tenant's";
  if (isOpen)
    logger.error(
      { tenant_id: tenantId },
      `nearly all requests to Instagram fail: ${whose} requests are held back`,
    );
  else logger.info({ tenant_id: tenantId }, `Instagram answers again: ${whose} requests are sent`);
}

/**
 * The place for the files of uploads. Throws OperatorError if the operator has named a directory
 * that cannot be written; without any the service does everything else.
 */
export async function openSpool(
  config: Config["spool"],
  warn: (message: string) => (error: unknown) => void,
): Promise<Spool> {
  const spool = new Spool(config.directory, config);
  try {
    await spool.prepare();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "error";
    if (config.isChosen) throw new OperatorError(`UPLOAD_DIR cannot be written (${code})`);
    warn(`uploads are refused: ${config.directory} cannot be written; set UPLOAD_DIR`)(error);
  }
  return spool;
}

/** The API key of the sandbox. It is made with its tenant when the database is new. */
export async function sandboxKeyOf(
  { sandboxKeyFile: file }: Config,
  db: Database,
  now: () => number,
): Promise<string | null> {
  if (file === null) return null;
  await makeSandboxOnce(db, () => readOrCreateSecret(file, newSandboxKey), now);
  if (!existsSync(file)) return null;
  const key = readOrCreateSecret(file, newSandboxKey);
  return (await isKeyAccepted(db, key, now)) ? key : null;
}
