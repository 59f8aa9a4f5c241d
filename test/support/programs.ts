import { existsSync } from "node:fs";

/* Programs of the machine that some tests need: a browser, and ffmpeg. */

const BROWSERS = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Path of a Chromium for the browser test: $CHROMIUM_PATH, or one that is installed; else null. */
export function findChromium(): string | null {
  const given = process.env.CHROMIUM_PATH;
  if (given) return existsSync(given) ? given : null;
  for (const name of BROWSERS) {
    const found = findProgram(name);
    if (found) return found;
  }
  return null;
}

/** Path of the ffmpeg that is installed; null if there is none. */
export const findFfmpeg = (): string | null => findProgram("ffmpeg");

function findProgram(name: string): string | null {
  const found = Bun.which(name) ?? `/usr/bin/${name}`;
  return existsSync(found) ? found : null;
}

/** Chromium cannot use its sandbox as root; the other arguments keep it from calling its maker's servers. */
export const CHROMIUM_ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
