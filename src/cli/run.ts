import { parseArgs } from "node:util";
import { type Config, type Environment, loadConfig } from "../config.ts";
import { StorageUnavailable } from "../db/errors.ts";
import { isExplained } from "../problems/operator-error.ts";
import { InvalidInput } from "../problems/problem.ts";
import { openStores } from "../stores.ts";
import { type Command, CommandFailed, type CommandInput, UsageError } from "./command.ts";
import { auditCommands } from "./commands/audit.ts";
import { databaseCommands } from "./commands/database.ts";
import { keyCommands } from "./commands/keys.ts";
import { machineCommands } from "./commands/machines.ts";
import { proxyCommands } from "./commands/proxies.ts";
import { managementCommands } from "./commands/session-management.ts";
import { sessionTransferCommands } from "./commands/session-transfer.ts";
import { sessionCommands } from "./commands/sessions.ts";
import { tenantCommands } from "./commands/tenants.ts";
import { upstreamCommands } from "./commands/upstream.ts";
import { usageCommands } from "./commands/usage.ts";

const commands: Record<string, Command> = {
  ...tenantCommands,
  ...keyCommands,
  ...proxyCommands,
  ...managementCommands,
  ...sessionTransferCommands,
  ...sessionCommands,
  ...upstreamCommands,
  ...machineCommands,
  ...auditCommands,
  ...usageCommands,
  ...databaseCommands,
};

export interface CliEnvironment {
  env: Environment;
  /** Prints a line of output. */
  out(line: string): void;
  /** Prints a line about a fault or progress. */
  err(line: string): void;
}

/**
 * Runs one command line. Exit codes: 0 done; 1 not done, or not completely; 2 the command line is
 * wrong. Every error is one line.
 */
export async function runCli(args: string[], environment: CliEnvironment): Promise<0 | 1 | 2> {
  const { out, err } = environment;
  const first = args[0];
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    out(overview());
    return first === undefined ? 2 : 0;
  }
  try {
    if (args.slice(1).some((arg) => arg === "--help" || arg === "-h") && isGroup(args)) {
      out(overview(first));
      return 0;
    }
    const { command, rest } = findCommand(args);
    const { json, help, input } = parseCommandLine(command, rest);
    if (help) {
      out(`${command.summary}\n\nbun run cli ${command.usage} [--json]`);
      return 0;
    }
    return await runCommand(command, input, json, environment);
  } catch (error) {
    if (error instanceof UsageError || error instanceof InvalidInput) {
      err(`${error.message} (see: bun run cli help)`);
      return 2;
    }
    err(errorLine(error));
    return 1;
  }
}

async function runCommand(
  command: Command,
  input: CommandInput,
  json: boolean,
  { env, out, err }: CliEnvironment,
): Promise<0 | 1> {
  const given = loadConfig(env);
  const config = { ...given, database: primaryOf(given.database) };
  try {
    const stores = await openStores(config);
    try {
      const print = (text: string, value: unknown): void =>
        out(json ? JSON.stringify(value, null, 2) : text);
      return await command.run({ ...stores, config, print, note: err }, input);
    } finally {
      await stores.db.close();
    }
  } catch (error) {
    throw withFile(error, config);
  }
}

/** Only one process may open a replica's file: that is the service. */
const primaryOf = ({ syncUrl, ...database }: Config["database"]): Config["database"] =>
  syncUrl === undefined ? database : { ...database, url: syncUrl };

/** Adds the file to a storage error; a remote URL may hold a token and is left out. */
function withFile(error: unknown, { database }: Config): unknown {
  if (!(error instanceof StorageUnavailable)) return error;
  const file = database.url.startsWith("file:") ? ` (${database.url})` : "";
  return new CommandFailed(`${error.message}${file}`);
}

/** Whether the words name a group of commands, such as `tenants`, but no command in it. */
function isGroup([group = "", action = ""]: string[]): boolean {
  const names = Object.keys(commands);
  return (
    !names.includes(`${group} ${action}`) && names.some((name) => name.startsWith(`${group} `))
  );
}

const commandOf = (name: string): Command | undefined =>
  Object.hasOwn(commands, name) ? commands[name] : undefined;

function findCommand(args: string[]): { command: Command; rest: string[] } {
  const [group = "", action = ""] = args;
  const single = commandOf(group);
  if (single !== undefined) return { command: single, rest: args.slice(1) };
  const pair = commandOf(`${group} ${action}`);
  if (pair !== undefined) return { command: pair, rest: args.slice(2) };
  const actions = Object.keys(commands).flatMap((name) =>
    name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : [],
  );
  if (actions.length === 0) throw new UsageError(`there is no command ${JSON.stringify(group)}`);
  throw new UsageError(`${group} needs one of: ${actions.join(", ")}`);
}

function parseCommandLine(
  command: Command,
  args: string[],
): { json: boolean; help: boolean; input: CommandInput } {
  const names = { ...command.options, json: "boolean" } as const;
  const options = {
    ...Object.fromEntries(Object.entries(names).map(([name, type]) => [name, { type }])),
    help: { type: "boolean", short: "h" },
  } as const;
  let values: Record<string, unknown>;
  let positionals: string[];
  try {
    ({ values, positionals } = parseArgs({ args, options, allowPositionals: true, strict: true }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(message.split(/\.\s|\n/)[0]);
  }
  const help = values.help === true;
  const { positionals: wanted } = command;
  const missing = wanted[positionals.length];
  if (missing !== undefined && !help) {
    throw new UsageError(`<${missing}> is missing: bun run cli ${command.usage}`);
  }
  if (positionals.length > wanted.length) {
    throw new UsageError(`there are too many arguments: bun run cli ${command.usage}`);
  }
  return {
    help,
    json: values.json === true,
    input: {
      positional: (name) => positionals[wanted.indexOf(name)] ?? "",
      option: (name) => (typeof values[name] === "string" ? values[name] : undefined),
      flag: (name) => values[name] === true,
    },
  };
}

function errorLine(error: unknown): string {
  const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
  return isExplained(error) ? `${message}` : `unexpected: ${message}`;
}

/** All commands, or those of a group such as `tenants`. */
function overview(group?: string): string {
  const shown = Object.entries(commands).filter(
    ([name]) => group === undefined || name.startsWith(`${group} `),
  );
  const width = Math.max(...shown.map(([name]) => name.length));
  const lines = shown.map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return [
    "Administration of gramway without HTTP: bun run cli <command> [--json] [--help]",
    "",
    ...lines,
    "",
    "A tenant is given by its id, or by its name where no other tenant has it.",
    "The database and the encryption keys come from the environment, as for the server:",
    "  in Docker   docker exec <container> bun src/cli.ts <command>",
    '  on Fly.io   fly ssh console -C "bun /app/src/cli.ts <command>"',
  ].join("\n");
}
