import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { OperatorError } from "./problems/operator-error.ts";

/** A secret's file can be neither read nor created; the message is one line and names the file. */
export class SecretFileUnusable extends OperatorError {}

/**
 * Reads a secret from its file. A missing file is created with the secret that `make` returns,
 * readable for its owner alone; if another process creates it first, its secret counts.
 * Throws SecretFileUnusable.
 */
export function readOrCreateSecret(file: string, make: () => string): string {
  try {
    if (!existsSync(file)) {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      try {
        writeFileSync(file, `${make()}\n`, { mode: 0o600, flag: "wx" });
      } catch (error) {
        if (!existsSync(file)) throw error;
      }
    }
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "error";
    throw new SecretFileUnusable(`${file} can be neither read nor written (${reason})`);
  }
}
