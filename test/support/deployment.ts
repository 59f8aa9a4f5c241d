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
  mounts?: { source: string; destination: string };
  deploy: { strategy: string; release_command?: string; max_unavailable?: number };
  restart: Array<{ policy: string }>;
  checks: Record<string, { type: string; port: number; method: string; path: string }>;
  http_service: {
    internal_port: number;
    force_https: boolean;
    auto_stop_machines: string;
    auto_start_machines: boolean;
    concurrency: { type: string; soft_limit: number; hard_limit?: number };
    checks: Array<{ method: string; path: string }>;
  };
}

/** For one region with a volume, and for several regions with Turso. */
export const FLY_FILES = ["fly.toml", "fly.regions.toml"] as const;

export const flyConfig = (file: (typeof FLY_FILES)[number] = "fly.toml"): FlyConfig =>
  Bun.TOML.parse(read(file)) as FlyConfig;

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
