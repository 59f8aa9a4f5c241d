import type { Client } from "../client.ts";
import { UpstreamUnreachable } from "../errors.ts";
import { type Account, readAccount } from "../models/account.ts";
import { path } from "../signing.ts";
import { sendJson } from "../transport.ts";

/** The logged-in account's own data: `GET accounts/current_user/?edit=true`. */
export async function getAccount(client: Client): Promise<Account> {
  const operation = "getAccount";
  const body = await sendJson(client, {
    operation,
    method: "GET",
    path: path`accounts/current_user/`,
    query: [["edit", "true"]],
  });
  const account = readAccount(body.user, client.drift);
  if (!account)
    throw new UpstreamUnreachable("UpstreamError", "Instagram's answer names no account", {
      operation,
    });
  return account;
}
