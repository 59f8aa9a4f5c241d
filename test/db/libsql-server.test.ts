import { describe, expect, test } from "bun:test";
import { createClient } from "@libsql/client";
import { temporaryDirectory } from "../support/directory.ts";
import { type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { hasLibsqlServer, startLibsqlServer } from "../support/libsql-server.ts";
import { project } from "../support/source.ts";

describe.skipIf(!hasLibsqlServer && process.env.CI !== "true")(
  "the libSQL server of the tests",
  () => {
    test("keeps what was written over a kill and a restart", async () => {
      await using server = await startLibsqlServer();
      const client = createClient({ url: server.url });
      await client.execute("CREATE TABLE t (a)");
      await client.execute("INSERT INTO t VALUES (1)");
      await server.stop("SIGKILL");
      await expect(client.execute("SELECT a FROM t")).rejects.toThrow();
      await server.start();
      expect((await client.execute("SELECT a FROM t")).rows).toHaveLength(1);
    });

    test("takes only its token", async () => {
      await using server = await startLibsqlServer({ auth: true });
      const stranger = createClient({ url: server.url });
      await expect(stranger.execute("SELECT 1")).rejects.toThrow("401");
      const client = createClient({ url: server.url, authToken: server.authToken });
      expect((await client.execute("SELECT 1")).rows).toHaveLength(1);
    });

    test("serves an embedded replica through the proxy", async () => {
      await using server = await startLibsqlServer();
      await using proxy = await startFaultProxy(server.port);
      using directory = temporaryDirectory();
      await createClient({ url: server.url }).execute("CREATE TABLE t (a)");
      // A process of its own: a replica holds its thread while it waits, and the proxy lives in this one.
      const { exitCode, stdout } = await ended(
        `import { createClient } from "@libsql/client";
      const options = { url: "file:${directory.path}/r.db", syncUrl: "${proxy.url}" };
      const replica = createClient(options);
      await replica.sync();
      console.log((await replica.execute("SELECT count(*) AS n FROM t")).rows[0].n);`,
      );
      expect([exitCode, stdout]).toEqual([0, "0\n"]);
    });

    test("the proxy counts round trips and statements", async () => {
      await using server = await startLibsqlServer();
      await using proxy = await startFaultProxy(server.port);
      const client = createClient({ url: proxy.url });
      await client.execute("CREATE TABLE t (a)");
      await client.batch(["INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (1)"], "write");
      expect(proxy.requests).toBe(2);
      const insert = "INSERT INTO t VALUES (1)";
      expect(proxy.statements).toEqual(["CREATE TABLE t (a)", insert, insert]);
    });

    const faults: [Fault, arrives: boolean][] = [
      ["refuse", false],
      ["cut", false],
      ["lose", true],
      ["half", true],
      [{ status: 429 }, false],
    ];
    test.each(faults)("the proxy fails a write: %p", async (fault, arrives) => {
      await using server = await startLibsqlServer();
      await using proxy = await startFaultProxy(server.port);
      const client = createClient({ url: proxy.url });
      await client.execute("CREATE TABLE t (a)");
      await proxy.fail(fault);
      await expect(client.execute("INSERT INTO t VALUES (1)")).rejects.toThrow();
      await proxy.heal();
      expect((await client.execute("SELECT a FROM t")).rows).toHaveLength(arrives ? 1 : 0);
    });

    const stalls: [Fault, arrives: boolean][] = [
      ["stall", false],
      ["lose_slowly", true],
    ];
    test.each(stalls)("the proxy leaves one kind of statement: %s", async (fault, arrives) => {
      await using server = await startLibsqlServer();
      await using proxy = await startFaultProxy(server.port);
      const client = createClient({ url: proxy.url });
      await client.execute("CREATE TABLE t (a)");
      await proxy.fail(fault, { only: (sql) => sql.startsWith("INSERT") });
      const write = client.execute("INSERT INTO t VALUES (1)").then(
        () => "written",
        () => "failed",
      );
      // Others pass meanwhile.
      await proxy.whenRequests(2);
      expect((await client.execute("SELECT 1")).rows).toHaveLength(1);
      await proxy.heal();
      expect(await write).toBe("failed");
      expect((await client.execute("SELECT a FROM t")).rows).toHaveLength(arrives ? 1 : 0);
    });
  },
);

async function ended(script: string): Promise<{ exitCode: number; stdout: string }> {
  const child = Bun.spawn([process.execPath, "-e", script], { cwd: project, stderr: "inherit" });
  return { stdout: await new Response(child.stdout).text(), exitCode: await child.exited };
}
