import type { Actor } from "../../announcements.ts";
import type { PaceOptions } from "../../db/pace.ts";
import { createQueue } from "../../db/queue.ts";
import { HostNotAllowed } from "../../net/host-guard.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import { InvalidInput } from "../../problems/problem.ts";
import type { CheckHost } from "../fields.ts";
import type { Creation, ProxyStore } from "../proxy-store.ts";
import type { ProxyPlace } from "../rows.ts";
import { type ListDefaults, type ListedProxy, readListLine } from "./line.ts";

/** Lines that a list may have, with empty ones and comments. */
export const MAX_LINES = 10_000;
/** Faults that are told of one by one; the others are counted only. */
export const MAX_ERRORS = 1_000;
/** How long names of hosts are looked up, in milliseconds. The rest is checked when it is used. */
const LOOK_UPS_MS = 5_000;
const LOOK_UPS_AT_ONCE = 32;
/** So many hosts are checked without a rest for other requests. */
const SLICE = 250;
/** How long reading may hold the thread, in milliseconds. */
const READ_MS = 5;

/** A line of a list, or what is wrong with it. */
export type ListLine = { readonly number: number } & (
  | { readonly text: string; readonly fault?: never }
  | { readonly text?: never; readonly fault: string }
);

/** What is wrong with a line. The message quotes nothing of it. */
export interface LineError {
  line: number;
  /** Null when it is about the whole line. */
  field: string | null;
  message: string;
}

export interface ImportResult {
  created: number;
  /** Those that were there already, or twice in the list. */
  existing: number;
  failed: number;
  /** In the order of the lines. */
  errors: LineError[];
}

export interface ImportOptions extends PaceOptions {
  defaults: ListDefaults;
  by: Actor;
}

/** Imports the proxies of a list into the place. */
export type ImportProxies = (
  place: ProxyPlace,
  lines: AsyncIterable<ListLine>,
  options: ImportOptions,
) => Promise<ImportResult>;

interface Line extends ListedProxy {
  number: number;
}

/**
 * Lists of proxies. The whole list is read before anything is written, so one that is too long or does
 * not arrive changes nothing; each owner has one import at a time, so that this is bounded. What has a
 * fault is told of, and the rest is imported; doing it again doubles nothing.
 *
 * The function throws PayloadTooLarge, GatewayRateLimited, StorageUnavailable, TenantNotFound, and what
 * the lines throw.
 */
export function createProxyImport(
  store: Pick<ProxyStore, "createMany">,
  checkHost: CheckHost,
  monotonicNow: () => number = () => performance.now(),
): ImportProxies {
  const running = new Set<string>();

  async function run(
    place: ProxyPlace,
    lines: AsyncIterable<ListLine>,
    { defaults, by, ...pace }: ImportOptions,
  ): Promise<ImportResult> {
    const result: ImportResult = { created: 0, existing: 0, failed: 0, errors: [] };
    const fail = (line: number, field: string | null, message: string): void => {
      result.failed++;
      if (result.errors.length < MAX_ERRORS) result.errors.push({ line, field, message });
    };
    const read = await readAll(lines, defaults, fail);
    const allowed = await withAllowedHosts(read, place, checkHost, monotonicNow, fail);
    await store.createMany(
      place,
      allowed,
      ({ number }, what: Creation) => {
        if (what === "limit") fail(number, null, "the limit of proxies is reached");
        else result[what]++;
      },
      { by, ...pace },
    );
    result.errors.sort((a, b) => a.line - b.line);
    return result;
  }

  return async (place, lines, options) => {
    const owner = place.tenantId ?? "";
    if (running.has(owner))
      throw new GatewayProblem("GatewayRateLimited", "Another import is under way", {
        hint: "Send one list after the other.",
      });
    running.add(owner);
    try {
      return await run(place, lines, options);
    } finally {
      running.delete(owner);
    }
  };
}

type Fail = (line: number, field: string | null, message: string) => void;

async function readAll(
  lines: AsyncIterable<ListLine>,
  defaults: ListDefaults,
  fail: Fail,
): Promise<Line[]> {
  const read: Line[] = [];
  let since = performance.now();
  for await (const { number, text, fault } of lines) {
    if (number > MAX_LINES)
      throw new GatewayProblem(
        "PayloadTooLarge",
        `A list may have ${MAX_LINES} lines at the most`,
        {
          hint: "Nothing was imported. Send it in parts.",
        },
      );
    if (performance.now() - since > READ_MS) {
      await Bun.sleep(0);
      since = performance.now();
    }
    if (text === undefined) {
      fail(number, null, fault);
      continue;
    }
    try {
      const proxy = readListLine(text, defaults);
      if (proxy !== null) read.push({ number, ...proxy });
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const [{ field, message } = { field: null, message: error.message }] = error.faults;
      fail(number, field, message);
    }
  }
  return read;
}

/** The lines whose proxies tenants may reach. Each host is looked at once. */
async function withAllowedHosts(
  lines: readonly Line[],
  { mode }: ProxyPlace,
  checkHost: CheckHost,
  monotonicNow: () => number,
  fail: Fail,
): Promise<Line[]> {
  const until = monotonicNow() + LOOK_UPS_MS;
  const hosts = [...new Set(lines.map(({ url }) => url.host))];
  const refused = new Set<string>();
  const queue = createQueue(LOOK_UPS_AT_ONCE);
  async function look(host: string): Promise<void> {
    // What is refused without a look-up is refused in any case.
    const asked = monotonicNow() < until ? mode : "test";
    try {
      await checkHost({ host }, asked);
    } catch (error) {
      if (!(error instanceof HostNotAllowed)) throw error;
      refused.add(host);
    }
  }
  for (let from = 0; from < hosts.length; from += SLICE) {
    const slice = hosts.slice(from, from + SLICE);
    await Promise.all(slice.map((host) => queue.run(() => look(host))));
    await Bun.sleep(0);
  }
  return lines.filter(({ number, url }) => {
    if (!refused.has(url.host)) return true;
    fail(number, "url", "does not lead to a host of the public internet");
    return false;
  });
}
