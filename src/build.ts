import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../package.json" with { type: "json" };
import type { Config } from "./config.ts";
import type { BuildInfo } from "./http/metrics.ts";

/** Version and build of the running program; `startedAt` in unix milliseconds. */
export function buildInfo(
  { gitSha, buildTime, region }: Pick<Config, "gitSha" | "buildTime" | "region">,
  startedAt: number,
): BuildInfo {
  const { name, version } = packageJson;
  return {
    name,
    version,
    runtime: `bun ${Bun.version}`,
    git_sha: gitSha,
    build_time: buildTime,
    started_at: new Date(startedAt).toISOString(),
    region,
  };
}

const PACKAGES = join(import.meta.dir, "..", "node_modules");

/** Versions of the dependencies that are installed; "missing" for one that is not. */
export function installedVersions(): Record<string, string> {
  return Object.fromEntries(
    Object.keys(packageJson.dependencies).map((name) => {
      const file = join(PACKAGES, name, "package.json");
      if (!existsSync(file)) return [name, "missing"];
      const { version }: { version?: unknown } = JSON.parse(readFileSync(file, "utf8"));
      return [name, typeof version === "string" ? version : "unknown"];
    }),
  );
}
