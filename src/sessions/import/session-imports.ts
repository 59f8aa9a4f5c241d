import type { Actor } from "../../announcements.ts";
import { createQueue, type Queue } from "../../db/queue.ts";
import type { ProxyPolicy } from "../../db/schema.ts";
import type { Mode } from "../session-store.ts";
import type { ImportRequest } from "./import-request.ts";
import {
  SessionImport,
  type SessionImportDependencies,
  type SessionImportOptions,
} from "./session-import.ts";

/** Whose sessions they become. */
interface ImportOwner {
  tenantId: string;
  mode: Mode;
  policies: { proxyPolicy: ProxyPolicy };
}

export interface SessionImportsDependencies
  extends SessionImportDependencies,
    Pick<SessionImportOptions, "profiles"> {
  /** Home region of new sessions that name none; null when any machine may serve them. */
  region: string | null;
}

/** The imports of this process. They take turns, batch by batch: together they leave time to others. */
export class SessionImports {
  readonly #lane: Queue = createQueue(1);

  constructor(private readonly deps: SessionImportsDependencies) {}

  begin(
    { tenantId, mode, policies: { proxyPolicy } }: ImportOwner,
    { dryRun, overwrite, defaults }: ImportRequest,
    by: Actor,
  ): Pick<SessionImport, "take"> {
    const { profiles, region } = this.deps;
    const sessions = new SessionImport(this.deps, {
      tenantId,
      mode,
      proxyPolicy,
      profiles,
      overwrite,
      dryRun,
      defaults: { ...defaults, region: defaults.region ?? region },
      by,
    });
    return {
      take: (entries) => this.#lane.run(() => restingAfter(() => sessions.take(entries))),
    };
  }
}

/** The rest after a batch, as a multiple of the time that it took: a fifth is left to others. */
const REST = 0.25;
const LONGEST_REST_MS = 50;

async function restingAfter<T>(work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  await Bun.sleep(Math.min((performance.now() - started) * REST, LONGEST_REST_MS));
  return result;
}
