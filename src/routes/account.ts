import { Elysia } from "elysia";
import { access } from "../http/access.ts";
import type { Dependencies } from "../http/dependencies.ts";
import { operation } from "../http/operation.ts";
import { AccountSchema } from "../instagram/models/account.ts";
import { getAccount } from "../instagram/operations/account.ts";

const TAG = "Account";

/** `/account`: the account that the session is logged in with. */
export const accountRoutes = (deps: Dependencies) =>
  new Elysia()
    .use(access(deps))
    .get("/account", ({ session, context }) => session.read(deps.onCall(context), getAccount), {
      withSession: "read",
      detail: operation(TAG, "session", {
        operationId: "getAccount",
        summary: "Get authenticated account info",
        returns: AccountSchema,
        aliases: ["/account/info"],
      }),
    });
