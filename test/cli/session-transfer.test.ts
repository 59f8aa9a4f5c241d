import { expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { runCli } from "../../src/cli/run.ts";
import { temporaryDirectory } from "../support/directory.ts";
import { cookieOf, netscape, settingsOf } from "../support/imports.ts";
import { oldKey } from "../support/session-store.ts";

test("sessions come in from a file of lines, out to one, and in again elsewhere", async () => {
  using directory = temporaryDirectory();
  const at = (name: string): string => `${directory.path}/${name}`;
  const run = async (...args: string[]) => {
    const out: string[] = [];
    const err: string[] = [];
    const code = await runCli(args, {
      env: {
        DATABASE_URL: `file:${at("gramway.db")}`,
        ENCRYPTION_KEYS: oldKey,
        ADMIN_TOKEN: "a".repeat(24),
      },
      out: (line) => out.push(line),
      err: (line) => err.push(line),
    });
    return { code, out: out.join("\n"), err: err.join("\n") };
  };
  const tenants = ["One", "Other"];
  for (const name of tenants) await run("tenants", "create", name);
  const saved = settingsOf("5600000001");
  const lines = [JSON.stringify(saved), cookieOf("5600000002"), "nonsense", netscape("5600000003")];
  writeFileSync(at("in.ndjson"), lines.join("\n"));

  const dry = await run("sessions", "import", at("in.ndjson"), "--tenant", "One", "--dry-run");
  expect(dry.out).toStartWith("created 3, updated 0, unchanged 0, failed 1");
  const options = ["--tenant", "One", "--label", "moved", "--region", "fra"];
  const first = await run("sessions", "import", at("in.ndjson"), ...options);
  expect(first).toMatchObject({ code: 1, err: "" });
  expect(first.out).toStartWith("created 3, updated 0, unchanged 0, failed 1\nline 3: ");

  expect(await run("sessions", "export", at("out.ndjson"), "--tenant", "One")).toMatchObject({
    code: 0,
    out: `exported 3 to ${at("out.ndjson")}`,
  });
  expect(statSync(at("out.ndjson")).mode & 0o777).toBe(0o600);
  const exported = readFileSync(at("out.ndjson"), "utf8").trim().split("\n");
  expect(exported.map((line) => JSON.parse(line))).toMatchObject([
    { settings: saved, label: "moved", region: "fra" },
    { user_pk: "5600000002" },
    { user_pk: "5600000003" },
  ]);
  const existing = await run("sessions", "export", at("out.ndjson"), "--tenant", "One");
  expect(existing).toMatchObject({ code: 1 });
  expect(existing.err).toContain("the file exists");

  const moved = await run("sessions", "import", at("out.ndjson"), "--tenant", "Other", "--json");
  expect(moved.code).toBe(0);
  expect(JSON.parse(moved.out)).toMatchObject({ created: 3, failed: 0, lines_left_out: 0 });
  const again = await run("sessions", "import", at("out.ndjson"), "--tenant", "Other");
  expect(again.out).toBe("created 0, updated 0, unchanged 3, failed 0");
  for (const [option, wrong] of [
    ["--region", "frankfurt"],
    ["--proxy-country", "Germany"],
  ] as const) {
    const refused = await run(
      "sessions",
      "import",
      at("out.ndjson"),
      "--tenant",
      "Other",
      option,
      wrong,
    );
    expect(refused.code).toBe(2);
    expect(refused.err).not.toContain("unexpected");
  }
});
