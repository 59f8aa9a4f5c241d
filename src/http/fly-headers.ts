/*
 * The headers by which Fly's proxy is told to send a request to another machine, and tells of it:
 * https://fly.io/docs/networking/dynamic-request-routing/. Clients can send them, too.
 */

/** A longer header is none of the proxy's. */
const MAX_LENGTH = 1_024;

const FIELD = /^([a-z_]{1,32})=(?:"([^"]*)"|([^"]*))$/;

/** A field of a header such as `instance=00bb33ff;region=iad`. */
type HeaderField = readonly [name: string, value: string];

/**
 * The fields of a header, in their order. What is no field is left out. One name may come twice: what a
 * client has sent may stand beside what the proxy says.
 */
export function fieldsOf(header: string): HeaderField[] {
  if (header.length > MAX_LENGTH) return [];
  // The documents show both separators.
  return header.split(/[;,]/).flatMap((part): HeaderField[] => {
    const [, name, quoted, plain = quoted] = FIELD.exec(part.trim()) ?? [];
    return name === undefined || plain === undefined ? [] : [[name, plain]];
  });
}

/** All values that a name has among the fields. */
export const valuesOf = (fields: readonly HeaderField[], wanted: string): string[] =>
  fields.flatMap(([name, value]) => (name === wanted ? [value] : []));

const NAME = /^[\w-]{1,64}$/;

/** Whether a text can stand for a machine or a region in a header. */
export const isName = (text: string): boolean => NAME.test(text);

/**
 * Where a request can be sent, as the header names it: `instance=00bb33ff`, `region=fra`, or to any
 * machine but this one.
 */
export type ReplayTarget = `instance=${string}` | `region=${string}` | typeof ELSEWHERE;

export const ELSEWHERE = "elsewhere=true";

/** The target for a machine, or else for a region; null where neither can stand in a header. */
export function targetOf(machine: string | null, region: string | null): ReplayTarget | null {
  if (machine !== null) return isName(machine) ? `instance=${machine}` : null;
  return region !== null && isName(region) ? `region=${region}` : null;
}

/** How long the proxy tries to reach the other machine. */
const TIMEOUT = "2s";

/** The header that has the proxy send a request to `target`, and back here if it cannot be reached. */
export const replayHeader = (target: ReplayTarget, state: string): string =>
  `${target};state=${state};timeout=${TIMEOUT};fallback=prefer_self`;

/** What `fly-replay-failed` says. */
export interface FailedReplay {
  /** The machine or region that was not reached; null where that is not said. */
  target: ReplayTarget | null;
  reason: (typeof FAILURES)[number] | "unknown";
}

/** Why the proxy could not reach it. */
const FAILURES = ["timeout", "retries_exhausted", "no_candidate"] as const;

export function failedReplay(header: string): FailedReplay {
  const fields = fieldsOf(header);
  const first = (name: string): string | null => valuesOf(fields, name)[0] || null;
  const reason = first("reason");
  return {
    target: targetOf(first("instance"), first("region")),
    reason: FAILURES.find((known) => known === reason) ?? "unknown",
  };
}
