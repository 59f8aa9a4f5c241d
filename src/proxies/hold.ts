import type { ProxyWish } from "./places.ts";

/** A place on a proxy that is held for a session until that is stored there. */
export class Hold {
  /** Whether the session has the place now; whoever stores it notes it. */
  isKept = false;

  constructor(
    readonly id: string,
    readonly proxyId: string,
    readonly wish: ProxyWish,
  ) {}
}
