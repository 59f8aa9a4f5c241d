import { loadConfig, loadEmulatorConfig } from "../../src/config.ts";
import { SECRETS } from "./process.ts";
import { read } from "./source.ts";

/** One instruction of the last stage of the Dockerfile. */
export interface Instruction {
  name: string;
  value: string;
}

/** The Dockerfile's stages, each a list of instructions; continued lines are joined. */
export function dockerStages(): Instruction[][] {
  const lines = read("Dockerfile")
    .replaceAll(/^\s*#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, " ")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, name = "", value = ""] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") stages.push([]);
    stages.at(-1)?.push({ name, value });
  }
  return stages;
}

/** The variables that ENV sets; build arguments are empty, as they are by default. */
export function dockerEnvironment(stage: readonly Instruction[]): Record<string, string> {
  const pairs = stage
    .filter(({ name }) => name === "ENV")
    .flatMap(({ value }) => value.split(/\s+/))
    .map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1).replace(/^\$\{\w+\}$/, "")];
    });
  return Object.fromEntries(pairs);
}

export function valuesOf(stage: readonly Instruction[], name: string): string[] {
  return stage.filter((instruction) => instruction.name === name).map(({ value }) => value);
}

export interface FlyConfig {
  kill_signal: string;
  kill_timeout: string;
  build: { dockerfile: string };
  env: Record<string, string>;
  mounts: { source: string; destination: string };
  deploy?: { release_command?: string };
  http_service: {
    internal_port: number;
    force_https: boolean;
    concurrency: { type: string; soft_limit: number; hard_limit: number };
    checks: Array<{ method: string; path: string }>;
  };
}

export const flyConfig = (): FlyConfig => Bun.TOML.parse(read("fly.toml")) as FlyConfig;

/** Names of the environment variables that the configuration asks for. */
export function knownVariables(): Set<string> {
  const asked = new Set<string>();
  const noting = (given: Record<string, string>) =>
    new Proxy(given, {
      get: (_, name) => {
        asked.add(String(name));
        return given[String(name)];
      },
    });
  loadConfig(noting({ ...SECRETS, NODE_ENV: "production" }));
  loadEmulatorConfig(noting({}));
  return asked;
}
