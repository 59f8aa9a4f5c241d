import type { ChangeWatch } from "../../src/db/change-watch.ts";

/** A change watch that never sees anything. */
export const stillWatch: ChangeWatch = {
  epoch: () => 0,
  latest: 0,
  seen: 0,
  join() {},
  on() {},
  async look() {},
  async start() {},
  close() {},
};
