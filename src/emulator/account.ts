import { ok } from "./answer.ts";
import { ownAccount } from "./nature/user-shape.ts";
import type { Exchange, Route } from "./router.ts";

/** One's own account. */
export const ACCOUNT: readonly Route[] = [
  { method: "GET", path: "/api/v1/accounts/current_user/", handle: currentUser },
  { method: "POST", path: "/api/v1/accounts/current_user/", body: "form", handle: currentUser },
];

function currentUser({ viewer }: Exchange): Response {
  return ok({ user: ownAccount(viewer) });
}
