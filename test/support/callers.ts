import { OPERATOR } from "../../src/announcements.ts";
import type { SessionCaller } from "../../src/sessions/live-session.ts";

/** A caller who waits for ever and is told nothing. */
export const nobody: SessionCaller = {
  operation: "test",
  cancellation: null,
  actor: OPERATOR,
  onCall: () => {},
};
