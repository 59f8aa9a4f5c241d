import { temporaryDirectory } from "./directory.ts";
import { FakeInstagram } from "./fake-instagram.ts";
import { createTestService, type TestService, type TestServiceOptions } from "./service.ts";

/** Machines of one service: on one database file, and with one Instagram. */
export interface Machines<Name extends string> extends AsyncDisposable {
  instagram: FakeInstagram;
  /** The directory with the database file. */
  directory: string;
  on: Record<Name, TestService>;
}

/** Starts a machine for each name, in its region. Each makes a tenant of its own. */
export async function startMachines<Name extends string>(
  regions: Record<Name, string | null>,
  options: TestServiceOptions = {},
): Promise<Machines<Name>> {
  const directory = temporaryDirectory();
  const instagram = options.instagram ?? new FakeInstagram();
  const on: Partial<Record<Name, TestService>> = {};
  for (const [name, region] of Object.entries(regions) as [Name, string | null][])
    on[name] = await startMachine(directory.path, name, region, { ...options, instagram });
  return {
    instagram,
    directory: directory.path,
    on: on as Record<Name, TestService>,
    async [Symbol.asyncDispose]() {
      for (const service of Object.values<TestService>(on as Record<Name, TestService>))
        await service.close();
      directory.remove();
    },
  };
}

/** Starts one machine on the database file of others. */
export const startMachine = (
  directory: string,
  machineId: string,
  region: string | null,
  { config, ...options }: TestServiceOptions = {},
): Promise<TestService> =>
  createTestService({
    ...options,
    config: {
      database: { url: `file:${directory}/shared.db` },
      ...config,
      machineId,
      region,
    },
  });

/** Serves a machine on a free port of 127.0.0.1. */
export function listenAs({ service }: TestService): { port: number; close(): void } {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    // Bun's maximum, in seconds.
    idleTimeout: 255,
    fetch: (request, self) => service.handle(request, self.requestIP(request)?.address ?? ""),
  });
  return { port: Number(server.port), close: () => void server.stop(true) };
}
