import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findChromium, findFfmpeg } from "./support/programs.ts";

/**
 * Runs before the tests: installs the dependencies that the lock file names where that has not been
 * done, and the programs that some tests need where that can be done. Imports nothing that would have to be installed.
 */
const project = join(import.meta.dir, "..");

installDependencies();
installPrograms();
if (!findChromium())
  console.warn("No chromium here: the browser test will be skipped. Set CHROMIUM_PATH to use one.");
if (!findFfmpeg())
  console.warn("No ffmpeg here: the tests that take pictures from videos will be skipped.");

function installDependencies(): void {
  // The same stamp as src/start.ts leaves, which installs the development dependencies too.
  const stamp = join(project, "node_modules", ".gramway-lock");
  const lock = Bun.hash(readFileSync(join(project, "bun.lock"))).toString(16);
  const complete = existsSync(join(project, "node_modules", "playwright-core"));
  if (complete && existsSync(stamp) && readFileSync(stamp, "utf8") === lock) return;
  const { exitCode } = Bun.spawnSync([process.execPath, "install", "--frozen-lockfile"], {
    cwd: project,
    stdout: "ignore",
    stderr: "inherit",
  });
  if (exitCode !== 0) {
    console.error("The dependencies could not be installed");
    process.exit(1);
  }
  try {
    writeFileSync(stamp, lock);
  } catch {
    // A read-only installation is looked at again next time.
  }
}

function installPrograms(): void {
  const packages = [...(findChromium() ? [] : ["chromium"]), ...(findFfmpeg() ? [] : ["ffmpeg"])];
  if (packages.length === 0 || process.getuid?.() !== 0 || !Bun.which("apt-get")) return;
  console.log(`Installing ${packages.join(" and ")} for the tests …`);
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const { exitCode } = Bun.spawnSync(["apt-get", "-qq", ...args], {
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
      stdin: "ignore",
      stdout: "ignore",
      stderr: "inherit",
    });
    if (exitCode !== 0) return;
  }
}
