import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `bun start`: installs the packages of the lock file if that is not done yet, then runs the service.
 * This file must not import packages.
 */
const project = join(import.meta.dir, "..");
const lockFile = join(project, "bun.lock");
// Holds the hash of the lock file that node_modules was installed from.
const stamp = join(project, "node_modules", ".gramway-lock");

const lock = Bun.hash(readFileSync(lockFile)).toString(16);
const installed = existsSync(stamp) ? readFileSync(stamp, "utf8") : "";
if (installed !== lock) {
  console.log("gramway installs its dependencies");
  const { exitCode } = Bun.spawnSync([process.execPath, "install", "--frozen-lockfile"], {
    cwd: project,
    stdout: "ignore",
    stderr: "inherit",
  });
  if (exitCode !== 0) {
    console.error("gramway cannot start: the dependencies could not be installed");
    process.exit(1);
  }
  try {
    writeFileSync(stamp, lock);
  } catch {
    // A read-only installation is checked again at each start, which takes only a moment.
  }
}
await import("./main.ts");
