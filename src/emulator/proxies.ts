import { refuse, WAIT_A_FEW_MINUTES } from "./answer.ts";

/** `Retry-After` of the throttled proxy's address. */
const THROTTLED_SECONDS = 60;

/** What happens to a request through one of the sandbox's proxies: the proxy fails, or Instagram answers. */
export type ProxyFate =
  | { failure: "refused" | "silent" | "credentials" }
  | { answer: () => Response };

/**
 * Proxies, by host, with which callers can try out failures that live sessions meet. All other proxies
 * have no effect: the sandbox does not use the network.
 */
export const SANDBOX_PROXIES: ReadonlyMap<string, ProxyFate> = new Map<string, ProxyFate>([
  ["dead.sandbox", { failure: "refused" }],
  ["slow.sandbox", { failure: "silent" }],
  ["wrong-auth.sandbox", { failure: "credentials" }],
  [
    "throttled.sandbox",
    {
      answer: () => {
        const answer = refuse(429, WAIT_A_FEW_MINUTES).toResponse();
        answer.headers.set("Retry-After", String(THROTTLED_SECONDS));
        return answer;
      },
    },
  ],
  // Instagram shows an address that it blocks a page, where an account would be told in JSON.
  [
    "blocked.sandbox",
    {
      answer: () =>
        new Response("<!DOCTYPE html><html><title>Forbidden</title></html>\n", {
          status: 403,
          headers: { "Content-Type": "text/html; charset=utf-8" },
        }),
    },
  ],
]);
