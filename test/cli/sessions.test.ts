import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { cliAt } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directory.ts";

test("a session's life: filtered, shown, named, moved, switched off and on", async () => {
  using directory = temporaryDirectory();
  const { run, json, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  const other = await createTenant("Other");
  const path = `${directory.path}/db.json`;
  const rows = {
    "1": { sessionid: "77:hush:1", settings: '{"username":"anna"}', proxy: "" },
    "2": { sessionid: "78:hush:1", settings: "{}", proxy: "http://user:hush@203.0.113.7:80" },
  };
  writeFileSync(path, JSON.stringify({ _default: rows }));
  await json<unknown>(["import", path, "--tenant", id]);
  const list = ["sessions", "list", "--tenant", id];
  const idsOf = async (...filter: string[]) =>
    (await json<{ id: string }[]>([...list, ...filter])).map((session) => session.id);
  const [first = "", second = ""] = await idsOf();
  const command = (name: string, ...rest: string[]) =>
    json<Record<string, unknown>>(["sessions", name, first, "--tenant", id, ...rest]);

  expect(await command("set", "--label", "acme", "--region", "FRA")).toMatchObject({
    id: first,
    tenant_id: id,
    label: "acme",
    region: "fra",
    state: "active",
  });
  const off = await command("disable");
  expect(off).toMatchObject({ state: "disabled", reason: "switched off by the operator" });
  expect(await idsOf("--state", "disabled")).toEqual([first]);
  expect(await idsOf("--label", "acme", "--username", "ANNA", "--mode", "live")).toEqual([first]);
  expect(await idsOf("--proxy", "none")).toEqual([first]);
  expect(await idsOf("--state", "active")).toEqual([second]);
  const shown = await run(["sessions", "show", first, "--tenant", id]);
  expect(shown.out).toMatch(/^reason +switched off by the operator$/m);
  expect(await command("enable")).toMatchObject({ state: "active", reason: null });
  expect(await command("set", "--label", "none", "--region", "any")).toMatchObject({
    label: null,
    region: null,
  });
  const add = async (port: number) =>
    (
      await json<{ proxy_id: string }>([
        ...["proxies", "add", `http://u:hush@8.8.4.4:${port}`, "--tenant", id],
      ])
    ).proxy_id;
  const [one, two] = [await add(8001), await add(8002)];
  expect(await command("set", "--proxy", one.toLowerCase())).toMatchObject({ proxy_id: one });
  expect(await command("set", "--proxy", "another")).toMatchObject({ proxy_id: two });
  expect(await idsOf("--proxy", two)).toEqual([first]);
  const nowhere = await run(["sessions", "set", first, "--tenant", id, "--proxy", second]);
  expect(nowhere).toMatchObject({ code: 1, err: "Proxy not found" });
  for (const name of ["show", "disable", "enable"]) {
    const foreign = await run(["sessions", name, first, "--tenant", other]);
    expect(foreign).toMatchObject({ code: 1, err: expect.stringContaining("no session") });
  }
  for (const wrong of [
    ["sessions", "set", first, "--tenant", id],
    ["sessions", "set", first, "--tenant", id, "--region", "frankfurt"],
    ["sessions", "set", first, "--tenant", id, "--proxy", "x"],
    [...list, "--state", "asleep"],
    [...list, "--proxy", "x"],
  ])
    expect((await run(wrong)).code, wrong.join(" ")).toBe(2);
  expect((await run([...list, "--json"])).out).not.toContain("hush");
});

test("sessions of the Python service's file get a proxy, unless they bring one", async () => {
  using directory = temporaryDirectory();
  const { run, json, createTenant } = cliAt(directory.path);
  const id = await createTenant();
  const path = `${directory.path}/db.json`;
  const rows = {
    "1": { sessionid: "77:hush:1", settings: '{"username":"anna"}', proxy: "" },
    "2": { sessionid: "78:hush:1", settings: "{}", proxy: "http://user:hush@203.0.113.7:80" },
    "3": { sessionid: "79:hush:1", settings: "{}", proxy: "" },
  };
  writeFileSync(path, JSON.stringify({ _default: rows }));
  const added = ["proxies", "add", "http://u:hush@8.8.4.4:80", "--max-sessions", "1"];
  const { proxy_id } = await json<{ proxy_id: string }>([...added, "--tenant", id]);
  const { code, out } = await run(["import", path, "--tenant", id, "--json"]);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({
    imported: 2,
    updated: 0,
    unchanged: 0,
    // One place for two: the other one is not let out directly.
    skipped: [{ row: expect.stringMatching(/^[13]$/), reason: expect.stringContaining("proxy") }],
  });
  const sessions = await json<{ proxy_id: string | null; proxy: string | null }[]>([
    ...["sessions", "list", "--tenant", id],
  ]);
  expect(sessions.map((one) => one.proxy_id).sort()).toEqual([proxy_id, null]);
  expect(sessions.filter((one) => one.proxy === null)).toEqual([]);
});
