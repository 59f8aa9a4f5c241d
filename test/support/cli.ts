import { runCli } from "../../src/cli/run.ts";
import { oldKey } from "./session-store.ts";

/** The CLI on a database file of its own. */
export function cliAt(directory: string) {
  const url = `file:${directory}/gramway.db`;
  const env = { DATABASE_URL: url, ENCRYPTION_KEYS: oldKey, ADMIN_TOKEN: "admin-token-of-tests" };

  async function run(args: string[], changes: Record<string, string> = {}) {
    const out: string[] = [];
    const err: string[] = [];
    const code = await runCli(args, {
      env: { ...env, ...changes },
      out: (line) => out.push(line),
      err: (line) => err.push(line),
    });
    return { code, out: out.join("\n"), err: err.join("\n") };
  }

  /** The JSON that a command prints; fails with its complaint. */
  async function json<Shape>(args: string[], changes?: Record<string, string>): Promise<Shape> {
    const { code, out, err } = await run([...args, "--json"], changes);
    if (code !== 0) throw new Error(`exit code ${code}: ${err}`);
    return JSON.parse(out) as Shape;
  }

  const createTenant = async (name = "Acme") =>
    (await json<{ id: string }>(["tenants", "create", name])).id;

  return { url, env, run, json, createTenant };
}
