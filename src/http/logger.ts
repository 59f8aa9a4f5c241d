import pino, { type Logger } from "pino";
import type { LogLevel } from "../config.ts";

export type { Logger } from "pino";

/**
 * Fields that are masked wherever they occur: a second safeguard, as secrets are not logged anyway.
 */
const SECRET_FIELDS = [
  "password",
  "verification_code",
  "security_code",
  "settings",
  "proxy",
  "sessionid",
  "authorization",
  "cookie",
  "key",
  "enc_password",
];

/** Takes log lines, each ending with a line break. */
export type LogDestination = pino.DestinationStream;

/** The service's logger. */
export function createLogger(
  level: LogLevel,
  region: string | null,
  destination: LogDestination,
): Logger {
  return pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      base: region ? { region } : {},
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "***" },
      serializers: { err: describeError },
    },
    destination,
  );
}

/** An error's name, message and stack, without its other properties. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  return { type: error.name, message: error.message, stack: error.stack };
}
