import type { LogDestination } from "./logger.ts";

/** Fields that are part of a request line's message, so they are not repeated after it. */
const IN_THE_MESSAGE = ["method", "route", "path", "status", "ms", "exc_type", "cause"];

/**
 * A destination that turns JSON log lines into readable ones for a terminal:
 * `02:15:01 INFO GET /user 200 12.3 ms {"session":"…"}`.
 */
export async function logForPeople(destination: LogDestination): Promise<LogDestination> {
  // Loaded only where it is needed.
  const { default: pretty } = await import("pino-pretty");
  const format = pretty.prettyFactory({
    colorize: pretty.isColorSupported,
    translateTime: "SYS:HH:MM:ss",
    singleLine: true,
    ignore: IN_THE_MESSAGE.join(","),
    messageFormat: (line, messageKey) =>
      printable(line[messageKey] === "request" ? requestText(line) : String(line[messageKey])),
  });
  return { write: (line) => destination.write(format(line) ?? line) };
}

function requestText(line: Readonly<Record<string, unknown>>): string {
  const { method, route, path, status, ms, exc_type: type, cause } = line;
  const words = [method, path ?? route, status, `${ms} ms`, type, cause];
  return words.filter((word) => word !== undefined).join(" ");
}

/** Escapes line breaks and terminal commands, which texts from outside may contain, as JSON does. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });
