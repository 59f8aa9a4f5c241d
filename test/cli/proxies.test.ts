import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { runCli } from "../../src/cli/run.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { newKey, oldKey } from "../support/session-store.ts";

const SECRET = "hush-secret";

function cliAt(directory: string) {
  const env = { DATABASE_URL: `file:${directory}/a.db`, ENCRYPTION_KEYS: oldKey };
  const printed: string[] = [];
  async function run(args: string[], changes: Record<string, string> = {}) {
    const out: string[] = [];
    const err: string[] = [];
    const code = await runCli(args, {
      env: { ...env, ...changes },
      out: (line) => out.push(line),
      err: (line) => err.push(line),
    });
    printed.push(...out, ...err);
    return { code, out: out.join("\n"), err: err.join("\n") };
  }
  const json = async (args: string[]): Promise<any> => {
    const { code, out, err } = await run([...args, "--json"]);
    if (out === "") throw new Error(`exit code ${code}: ${err}`);
    return JSON.parse(out);
  };
  return { run, json, printed };
}

test("a proxy's life: added, listed, scheduled for a check, deleted", async () => {
  using directory = temporaryDirectory();
  const { run, json, printed } = cliAt(directory.path);
  await json(["tenants", "create", "Acme"]);
  const url = `93.184.216.34:8080:user:${SECRET}`;
  const added = await json([
    ...["proxies", "add", url, "--tenant", "Acme", "--label", "one", "--country", "de"],
    ...["--region", "fra", "--max-sessions", "3", "--on-failure", "move"],
  ]);
  expect(added).toMatchObject({
    url: "http://***@93.184.216.34:8080",
    label: "one",
    country: "DE",
    region: "fra",
    max_sessions: 3,
    on_failure: "move",
    mode: "live",
    offered_by: "tenant",
  });
  const id = added.proxy_id;
  expect((await run(["proxies", "add", url, "--tenant", "Acme"])).out).toBe(
    `was there already: ${id}`,
  );
  const offered = await json(["proxies", "add", url]);
  expect(offered).toMatchObject({ mode: null, offered_by: "operator" });

  expect(await json(["proxies", "list", "--tenant", "Acme"])).toEqual([added]);
  expect(await json(["proxies", "list"])).toEqual([offered]);
  expect(await json(["proxies", "list", "--country", "FR"])).toEqual([]);
  expect(await json(["proxies", "list", "--tenant", "Acme", "--mode", "test"])).toEqual([]);
  const { out } = await run(["proxies", "list", "--tenant", "Acme"]);
  expect(out).toMatch(
    new RegExp(`^${id}\\s+live\\s+unknown\\s+0/3\\s+DE\\s+fra\\s+-\\s+http`, "m"),
  );

  expect((await run(["proxies", "check", id, "--tenant", "Acme"])).code).toBe(0);
  // Of another owner it is answered like one that there is not.
  for (const action of ["check", "delete"])
    expect(await run(["proxies", action, id])).toMatchObject({
      code: 1,
      err: expect.stringContaining(`there is no proxy ${id}`),
    });
  expect((await run(["proxies", "delete", id, "--tenant", "Acme"])).code).toBe(0);
  expect(await json(["proxies", "list", "--tenant", "Acme"])).toEqual([]);
  expect(printed.join("\n")).not.toContain(SECRET);
});

test("a list is imported, and what is wrong in it is told by line", async () => {
  using directory = temporaryDirectory();
  const { run, json, printed } = cliAt(directory.path);
  const file = `${directory.path}/list.txt`;
  const lines = [
    `93.184.216.34:8080:user:${SECRET}`,
    "",
    `{"url":"socks5://user:${SECRET}@93.184.216.35:1080","country":"FR"}`,
    `93.184.216.36:port:user:${SECRET}`,
    `10.0.0.1:8080:user:${SECRET}`,
  ];
  writeFileSync(file, lines.join("\r\n"));
  const command = ["proxies", "import", file, "--mode", "live", "--country", "DE"];
  const { code, out } = await run(command);
  expect(code).toBe(1);
  expect(out).toStartWith("added 2, there already 0, refused 2\nline 4: url is not usable: ");
  expect(out).toContain("line 5: url does not lead to a host of the public internet");
  expect(await json(["proxies", "list"])).toMatchObject([
    { mode: "live", country: "DE", url: "http://***@93.184.216.34:8080" },
    { mode: "live", country: "FR", url: "socks5://***@93.184.216.35:1080" },
  ]);
  expect(await json([...command])).toMatchObject({ created: 0, existing: 2, failed: 2 });
  expect(printed.join("\n")).not.toContain(SECRET);
});

test("their keys are rotated with those of sessions", async () => {
  using directory = temporaryDirectory();
  const { run, json } = cliAt(directory.path);
  await json(["proxies", "add", `93.184.216.34:8080:user:${SECRET}`]);
  const alone = { ENCRYPTION_KEYS: newKey };
  expect((await run(["proxies", "list"], alone)).out).toContain("(key missing)");
  expect(await run(["reencrypt"], alone)).toMatchObject({
    code: 1,
    out: "moved 0, and 0 proxies\nleft 1 proxies: their key is not in ENCRYPTION_KEYS",
  });
  const both = { ENCRYPTION_KEYS: `${newKey},${oldKey}` };
  expect(await run(["reencrypt"], both)).toMatchObject({ code: 0, out: "moved 0, and 1 proxies" });
  expect((await run(["proxies", "list"], alone)).out).toContain("93.184.216.34");
});

test("a wrong command line is one clear line and exit code 2", async () => {
  using directory = temporaryDirectory();
  const { run } = cliAt(directory.path);
  const cases: [string[], RegExp][] = [
    [["add"], /<url> is missing/],
    [["add", `ftp://user:${SECRET}@x`], /^url is not usable/],
    [["add", "93.184.216.34:80", "--country", "XX"], /--country must be a country/],
    [["add", "93.184.216.34:80", "--region", "x"], /^region must be/],
    [["add", "93.184.216.34:80", "--max-sessions", "-1"], /--max-sessions/],
    [["add", "93.184.216.34:80", "--on-failure", "x"], /--on-failure must be one of fail, move/],
    [["import", "x", "--scheme", "ftp"], /--scheme must be one of/],
    [["list", "--state", "x"], /--state must be one of/],
    [["list", "--mode", "x"], /--mode must be test or live/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await run(["proxies", ...args]);
    expect([args, code, err]).toEqual([args, 2, expect.stringMatching(message)]);
    expect(err).not.toContain(SECRET);
  }
  expect(await run(["proxies", "import", "/no/such/file"])).toMatchObject({
    code: 1,
    err: "/no/such/file: there is no such file",
  });
  expect((await run(["proxies", "add", "10.0.0.1:80"])).code).toBe(1);
});
