import { refuse, WAIT_A_FEW_MINUTES } from "./answer.ts";

/** How long a caller is told to wait who comes through an address that is throttled. */
const THROTTLED_SECONDS = 60;

/** What a request meets on its way through one of the sandbox's proxies, or behind it. */
export type ProxyFate =
  | { failure: "refused" | "silent" | "credentials" }
  | { answer: () => Response };

/**
 * The proxies that fail, for trying out what a live session meets; by host. Through any other one a
 * request comes as if there were none: the sandbox has no network.
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
]);
