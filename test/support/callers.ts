import { OPERATOR } from "../../src/announcements.ts";
import { unwatched } from "../../src/instagram/upload/progress.ts";
import { WriteLog } from "../../src/instagram/write-log.ts";
import { randomTokens } from "../../src/instagram/write-tokens.ts";
import type { SessionCaller } from "../../src/sessions/live-session.ts";

/** A caller that never hangs up and ignores reports of calls. */
export const nobody: SessionCaller = {
  operation: "test",
  cancellation: null,
  actor: OPERATOR,
  tokens: randomTokens,
  writes: new WriteLog(),
  isResumed: false,
  progress: unwatched,
  onCall: () => {},
};
