import type { Client, UpstreamCall } from "../../src/instagram/client.ts";
import type { SessionState } from "../../src/instagram/session.ts";
import { nobody } from "../support/callers.ts";

/** A client on `state` whose upstream is `answer`; every call is noted in `calls`. */
export function clientOn(
  state: SessionState,
  answer: (call: UpstreamCall) => Response,
  proxy: string | null = null,
): Client & { calls: UpstreamCall[] } {
  const calls: UpstreamCall[] = [];
  return {
    calls,
    state,
    proxy,
    timeoutMs: 1000,
    wanted: null,
    now: () => 1_760_000_000_000,
    sleep: async () => {},
    caller: nobody,
    operation: nobody.operation,
    drift: () => {},
    fetch: async (call) => {
      calls.push(call);
      return answer(call);
    },
  };
}
