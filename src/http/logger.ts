import pino, { type Logger } from "pino";
import type { LogLevel } from "../config.ts";
import { LineBuffer } from "./line-buffer.ts";

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

const STANDARD_OUTPUT = 1;

/** Where log lines go; standard output when left out. */
export type LogDestination = pino.DestinationStream;

/** The one logger: JSON lines on standard output. */
export function createLogger(
  level: LogLevel,
  region: string | null,
  destination: LogDestination = standardOutput(),
): Logger {
  return pino(
    {
      ...FORMAT,
      level,
      base: region ? { region } : {},
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "***" },
      serializers: { err: describeError },
    },
    destination,
  );
}

/**
 * The logger of one line a request. Its fields are the gateway's own and known to be no secrets, so
 * it saves the search for them, which costs more than the line itself.
 */
export function createAccessLogger(
  level: LogLevel,
  region: string | null,
  destination: LogDestination = new LineBuffer(STANDARD_OUTPUT),
): Logger {
  return pino({ ...FORMAT, level, base: region ? { region } : {} }, destination);
}

const FORMAT = {
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label: string) => ({ level: label }) },
};

/** Lines are handed to the system one by one: after a crash, the last ones are what is wanted. */
function standardOutput(): LogDestination {
  return pino.destination({ fd: STANDARD_OUTPUT, sync: true });
}

/** An error's kind, message and place; never the objects that hang on it. */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  return { type: error.name, message: error.message, stack: error.stack };
}
