import { OPERATOR } from "../../src/announcements.ts";
import type { Client } from "../../src/instagram/client.ts";
import { unwatched } from "../../src/instagram/upload/progress.ts";
import { WriteLog } from "../../src/instagram/write-log.ts";
import { randomTokens } from "../../src/instagram/write-tokens.ts";
import type { LiveSessionDependencies, SessionCaller } from "../../src/sessions/live-session.ts";

/** A caller that never hangs up and ignores reports of calls. */
export const nobody: SessionCaller = {
  operation: "test",
  action: "other",
  cancellation: null,
  actor: OPERATOR,
  proxyPolicy: null,
  insists: true,
  tokens: randomTokens,
  writes: new WriteLog(),
  isResumed: false,
  progress: unwatched,
  onCall: () => {},
};

/** What a live session needs where it has no proxies and everything may go to Instagram. */
export const OPEN_WAY: Pick<LiveSessionDependencies, "gate" | "leases" | "proxies"> = {
  gate: {},
  leases: null,
  proxies: { find: () => null, known: () => null },
};

/** The same for a client. */
export const UNWATCHED: Pick<Client, "proxyId" | "watch" | "fence"> = {
  proxyId: null,
  fence: null,
  watch: { before: () => {}, ready: () => {}, after: () => {} },
};
