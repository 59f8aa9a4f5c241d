/*
 * The texts of Fly's dynamic request routing: the `fly-replay` header of an answer and the headers that
 * Fly's proxy adds to requests. From "Dynamic Request Routing with fly-replay" of Fly's documentation
 * (networking/dynamic-request-routing).
 */

/** What an answer's `fly-replay` asks for. */
export interface ReplayOrder {
  instance: string | null;
  preferInstance: string | null;
  /** Codes and names of groups, in order of preference; null for any. */
  regions: readonly string[] | null;
  state: string | null;
  elsewhere: boolean;
  /** Null where it is left to the proxy. */
  timeoutMs: number | null;
  fallback: "force_self" | "prefer_self" | null;
}

/** The answer's `fly-replay` cannot be understood, or asks for what the stand-in does not have. */
export class ReplayInvalid extends Error {}

const PART = /\s*([a-z_]+)=("[^"]*"|[^;"]*)\s*(?:;|$)/y;

/** Reads a `fly-replay` header. Throws ReplayInvalid. */
export function readReplay(header: string): ReplayOrder {
  const order: ReplayOrder = {
    instance: null,
    preferInstance: null,
    regions: null,
    state: null,
    elsewhere: false,
    timeoutMs: null,
    fallback: null,
  };
  PART.lastIndex = 0;
  while (PART.lastIndex < header.length) {
    const found = PART.exec(header);
    if (found === null) throw new ReplayInvalid(`not a list of fields: ${header}`);
    const [, name = "", quoted = ""] = found;
    const value = quoted.replaceAll('"', "");
    if (name === "instance") order.instance = value;
    else if (name === "prefer_instance") order.preferInstance = value;
    else if (name === "region") {
      // "A comma-separated list of regions must be quoted."
      if (value.includes(",") && !quoted.startsWith('"'))
        throw new ReplayInvalid(`a list without quotes: ${header}`);
      order.regions = value.split(",").map((region) => region.trim());
    } else if (name === "state") order.state = value;
    else if (name === "elsewhere") order.elsewhere = value === "true";
    else if (name === "timeout") order.timeoutMs = durationOf(value, header);
    else if (name === "fallback" && (value === "force_self" || value === "prefer_self"))
      order.fallback = value;
    else throw new ReplayInvalid(`${name}=${value} in ${header}`);
  }
  return order;
}

function durationOf(text: string, header: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text) ?? [];
  if (number === undefined) throw new ReplayInvalid(`timeout=${text} in ${header}`);
  return Number(number) * (unit === "s" ? 1000 : 1);
}

/** Groups of regions, with some of the codes in each. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  apac: ["bom", "nrt", "sin", "syd"],
  eu: ["ams", "arn", "cdg", "fra", "lhr"],
  na: ["dfw", "ewr", "iad", "lax", "ord", "sjc", "yyz"],
  sa: ["gru"],
  us: ["dfw", "ewr", "iad", "lax", "ord", "sjc"],
  usa: ["dfw", "ewr", "iad", "lax", "ord", "sjc"],
};

/** Whether a region is what one entry of a `region` list names. */
export const isIn = (region: string, entry: string): boolean =>
  entry === "any" || entry === region || (GROUPS[entry]?.includes(region) ?? false);

/** Where a replay came from, as `fly-replay-src` says it. `t` is in microseconds since 1970. */
export const replaySource = (from: { id: string; region: string }, state: string | null): string =>
  `instance=${from.id};region=${from.region};t=${Date.now() * 1000}${
    state === null ? "" : `;state=${state}`
  }`;

export type ReplayFailure = "timeout" | "retries_exhausted" | "no_candidate";

/** `fly-replay-failed`, for the machine that gets its request back. */
export function replayFailed(
  order: ReplayOrder,
  app: string,
  source: string,
  reason: ReplayFailure,
  elapsedMs: number,
): string {
  const instance = order.instance ?? order.preferInstance;
  return [
    ...(instance === null ? [] : [`instance=${instance}`]),
    `app=${app}`,
    ...(order.regions === null ? [] : [`region=${order.regions.join(",")}`]),
    `replay_source=${source}`,
    `reason=${reason}`,
    `elapsed_ms=${Math.round(elapsedMs)}`,
  ].join(";");
}
