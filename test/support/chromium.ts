import { existsSync } from "node:fs";

const NAMES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

/** Path of a Chromium for the browser test: $CHROMIUM_PATH, or one that is installed; else null. */
export function findChromium(): string | null {
  const given = process.env.CHROMIUM_PATH;
  if (given) return existsSync(given) ? given : null;
  for (const name of NAMES) {
    const found = Bun.which(name) ?? `/usr/bin/${name}`;
    if (existsSync(found)) return found;
  }
  return null;
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
