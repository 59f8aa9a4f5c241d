import type { Caller } from "../../src/instagram/client.ts";

/** A caller who waits for ever and is told nothing. */
export const nobody: Caller = { operation: "test", wanted: null, onCall: () => {} };
