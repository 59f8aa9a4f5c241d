import type { Caller } from "./population.ts";
import { runLoad, type Server } from "./processes.ts";
import type { Round } from "./report.ts";

/** What every load asks for. */
export const USER = "/user?username=instagram";

const WARM_UP_MS = 1000;

export interface LoadOptions {
  directory: string;
  seconds: number;
  connections: number;
}

/** Asks for USER with these callers in turn. Throws when any answer is not 200. */
export async function loadRound(
  server: Server,
  callers: readonly Caller[],
  { directory, seconds, connections }: LoadOptions,
): Promise<Round> {
  const before = server.cpu();
  const result = await runLoad(
    {
      host: "127.0.0.1",
      port: server.port,
      connections,
      warmUpMs: WARM_UP_MS,
      durationMs: seconds * 1000,
      requests: callers.map(requestText),
    },
    directory,
  );
  if (result.failures > 0)
    throw new Error(`${result.failures} requests failed, the first one:\n${result.failure}`);
  return { ...result, cpu: ((server.cpu() - before) * 1000) / result.answered };
}

/** Asks once with each caller, so that all sessions are in memory. Throws when an answer is not 200. */
export async function openSessions(server: Server, callers: readonly Caller[]): Promise<void> {
  const left = callers.values();
  const ask = async (): Promise<void> => {
    for (const caller of left) await askOnce(server, caller);
  };
  await Promise.all(Array.from({ length: 16 }, ask));
}

/** Throws when the answer is not 200. */
export async function askOnce(server: Server, { key, session }: Caller): Promise<void> {
  const headers = { "X-API-Key": key, "X-Session-ID": session };
  const response = await fetch(server.url + USER, { headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${USER}: ${response.status} ${text}`);
}

/** Runs the targets in turn, so that other load on the machine affects all of them. */
export async function inTurns<Name extends string>(
  rounds: number,
  targets: Record<Name, () => Promise<Round>>,
): Promise<Record<Name, Round[]>> {
  const names = Object.keys(targets) as Name[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Round[]]));
  for (let round = 0; round < rounds; round++)
    for (const name of names) results[name]?.push(await targets[name]());
  return results as Record<Name, Round[]>;
}

function requestText({ key, session }: Caller): string {
  return `GET ${USER} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${key}\r\nX-Session-ID: ${session}\r\n\r\n`;
}
