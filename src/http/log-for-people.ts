import type { LogDestination } from "./logger.ts";

/** What the line of a request says in its first words, so that it is not said again behind them. */
const IN_THE_MESSAGE = ["method", "route", "path", "status", "ms", "exc_type", "cause"];

/**
 * Turns JSON log lines into lines for a person at a terminal:
 * `02:15:01 INFO GET /user 200 12.3 ms {"session":"…"}`.
 */
export async function logForPeople(destination: LogDestination): Promise<LogDestination> {
  // Loaded only where somebody watches.
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

/** What others have said may hold line breaks and commands to the terminal: as JSON shows them. */
const printable = (text: string): string =>
  text.replace(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16).padStart(4, "0");
    return `\\u${code}`;
  });
