import type { Config } from "../config.ts";
import { OperatorError } from "../problems/operator-error.ts";
import type { Stores } from "../stores.ts";
import type { Tenant } from "../tenants/tenants.ts";

/** One command of the CLI, such as `tenants create`. */
export interface Command {
  /** Words after `bun run cli`, with placeholders. */
  usage: string;
  summary: string;
  /** Names of the positional arguments, all required. */
  positionals: readonly string[];
  /** Options besides --json and --help. */
  options: Readonly<Record<string, "string" | "boolean">>;
  /** Resolves with the exit code: 0, or 1 when something was left undone. */
  run(context: CommandContext, input: CommandInput): Promise<0 | 1>;
}

/** What a command uses; the database is open and migrated. */
export interface CommandContext extends Stores {
  config: Config;
  /** Prints `json` when --json was given, otherwise the text. */
  print(text: string, json: unknown): void;
  /** Prints a line about progress to standard error. */
  note(line: string): void;
}

/** The parsed command line. */
export interface CommandInput {
  positional(name: string): string;
  option(name: string): string | undefined;
  flag(name: string): boolean;
}

/** The command line cannot be understood: exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The command cannot be done: exit code 1. The message is one line. */
export class CommandFailed extends OperatorError {}

/** The value of an option that must be given. Throws UsageError. */
export function requiredOption(input: CommandInput, name: string): string {
  const value = input.option(name);
  if (value === undefined || value === "") throw new UsageError(`--${name} is missing`);
  return value;
}

/** The tenant of --tenant. Throws UsageError, CommandFailed. */
export async function requiredTenant(
  { tenants }: CommandContext,
  input: CommandInput,
): Promise<Tenant> {
  return knownTenant(tenants, requiredOption(input, "tenant"));
}

/** The tenant of an id, or of a name that only one tenant has. Throws CommandFailed. */
export async function knownTenant(tenants: Stores["tenants"], idOrName: string): Promise<Tenant> {
  const tenant = await tenants.get(idOrName);
  if (tenant !== null) return tenant;
  const [found, another] = await tenants.withName(idOrName);
  if (found === undefined) throw new CommandFailed(`there is no tenant ${idOrName}`);
  if (another !== undefined)
    throw new CommandFailed(
      `several tenants have the name ${idOrName}: give the id (tenants list)`,
    );
  return found;
}

/** The value of --mode, if given. Throws UsageError. */
export function optionalMode(input: CommandInput): "test" | "live" | undefined {
  const mode = input.option("mode");
  if (mode === undefined || mode === "test" || mode === "live") return mode;
  throw new UsageError("--mode must be test or live");
}

/** A whole number within bounds. Throws UsageError. */
export function optionalInteger(
  input: CommandInput,
  name: string,
  [low, high]: [number, number],
): number | undefined {
  const text = input.option(name);
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new UsageError(`--${name} must be a whole number from ${low} to ${high}`);
  }
  return value;
}
