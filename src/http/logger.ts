import pino, { type Logger } from "pino";
import type { LogLevel } from "../config.ts";

export type { Logger } from "pino";

/** Field names that hold secrets wherever they come up; a second line behind not logging them. */
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

/** Takes log lines, each with its line break. */
export type LogDestination = pino.DestinationStream;

/** The logger of what happens to the service. */
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

/** An error's kind, message and place; never the objects that hang on it. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  return { type: error.name, message: error.message, stack: error.stack };
}
