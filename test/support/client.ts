import type { Client } from "../../src/instagram/client.ts";
import type { SessionState } from "../../src/instagram/session.ts";
import { nobody, UNWATCHED } from "./callers.ts";
import type { FakeInstagram } from "./fake-instagram.ts";

/** A client on `state`, without a service, that meets the fake as a live session does. */
export const clientOf = (
  instagram: FakeInstagram,
  state: SessionState,
  proxy: string | null = null,
): Client => ({
  state,
  proxy,
  timeoutMs: 1000,
  cancellation: null,
  now: () => 1_760_000_000_000,
  sleep: async () => {},
  turn: (work) => work(),
  caller: nobody,
  operation: nobody.operation,
  drift: () => {},
  ...UNWATCHED,
  fetch: instagram.live,
});
