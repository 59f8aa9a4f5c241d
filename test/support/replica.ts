import { type Database, openDatabase } from "../../src/db/connection.ts";
import { migrate } from "../../src/db/migrate.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./directory.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { type LibsqlServer, startLibsqlServer } from "./libsql-server.ts";

/** A libSQL server, a proxy before it, and databases that follow it into local copies. */
export interface ReplicaWorld extends AsyncDisposable {
  server: LibsqlServer;
  /** Between the copies and the server. */
  proxy: FaultProxy;
  directory: TemporaryDirectory;
  /** What the copies have told of themselves. */
  events: string[];
  /** The path of a copy. */
  pathOf(name: string): string;
  /** Opens a copy, over the proxy. */
  open(name?: string): Database;
  /** The database at the server, past the proxy and without a copy. */
  primary: Database;
}

/** Starts the server with a migrated database. */
export async function startReplicaWorld(): Promise<ReplicaWorld> {
  const server = await startLibsqlServer();
  const proxy = await startFaultProxy(server.port);
  const directory = temporaryDirectory();
  const primary = openDatabase({ url: server.url });
  await migrate(primary);
  const opened: Database[] = [primary];
  const events: string[] = [];
  const pathOf = (name: string): string => `${directory.path}/${name}.db`;
  return {
    server,
    proxy,
    directory,
    events,
    pathOf,
    primary,
    open(name = "copy") {
      const db = openDatabase({
        url: `file:${pathOf(name)}`,
        syncUrl: proxy.url,
        onCopyEvent: ({ message }) => events.push(message),
      });
      opened.push(db);
      return db;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((db) => db.close()));
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      directory.remove();
    },
  };
}

/** Resolves when the condition holds; the test's own time limit ends a wait for something that never comes. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await Bun.sleep(20);
}
