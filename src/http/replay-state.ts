import { timingSafeEqual } from "node:crypto";
import { isName } from "./fly-headers.ts";

/** What a machine gives a request along that it has the proxy send to another one. */
export interface ReplayState {
  /** How often the request has been sent on, this time included: 1 or more. */
  hops: number;
  /** Names the request in the logs of all machines. */
  requestId: string;
}

/** Keyed hashes of a text, under the keys that all machines share; the first is that of new ones. */
export type ReplayHashes = (text: string) => readonly [string, ...string[]];

/** Characters of a hash in a state: 96 bits. */
const MAC_LENGTH = 16;

const STATE = /^(\d)\.([\w.:-]{1,64})\.([\w-]{16})$/;

/** The state as text, signed by `machine`: anybody can send the header that brings it back. */
export function sealedState(hashes: ReplayHashes, machine: string, state: ReplayState): string {
  const mac = hashes(signedText(machine, state))[0].slice(0, MAC_LENGTH);
  return `${state.hops}.${state.requestId}.${mac}`;
}

/** A state that has come back. */
export interface ReceivedState extends ReplayState {
  /** Whether a machine of this installation has signed it. */
  isSigned: boolean;
}

/** The state in a header's text, which `machine` is said to have given along; null if it is none. */
export function openedState(
  hashes: ReplayHashes,
  machine: string | null,
  text: string,
): ReceivedState | null {
  const [, digit, requestId, mac] = STATE.exec(text) ?? [];
  if (digit === undefined || requestId === undefined || mac === undefined) return null;
  const state = { hops: Number(digit), requestId };
  const isSigned =
    machine !== null &&
    isName(machine) &&
    hashes(signedText(machine, state)).some((hash) => isSame(hash.slice(0, MAC_LENGTH), mac));
  return { ...state, isSigned };
}

const signedText = (machine: string, { hops, requestId }: ReplayState): string =>
  `${machine}
${hops}
${requestId}`;

const isSame = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
