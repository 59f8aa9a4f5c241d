import type { Client } from "../client.ts";
import { path, signed } from "../signing.ts";
import { sendJson } from "../transport.ts";

/**
 * Turns two-factor authentication by an authenticator on: `accounts/enable_totp_two_factor/`.
 * Returns the backup codes, each to be used once.
 */
export async function enableTotp(client: Client, verificationCode: string): Promise<string[]> {
  const { ids } = client.state;
  const body = await sendJson(client, {
    operation: "enableTotp",
    method: "POST",
    path: path`accounts/enable_totp_two_factor/`,
    body: signed({
      _uuid: ids.uuid,
      device_id: ids.android_device_id,
      verification_code: verificationCode,
    }),
  });
  const codes = Array.isArray(body.backup_codes) ? body.backup_codes : [];
  return codes.filter((code): code is string => typeof code === "string");
}

/** Turns it off: `accounts/disable_totp_two_factor/`. */
export async function disableTotp(client: Client): Promise<boolean> {
  const { ids } = client.state;
  const body = await sendJson(client, {
    operation: "disableTotp",
    method: "POST",
    path: path`accounts/disable_totp_two_factor/`,
    body: signed({ _uuid: ids.uuid, device_id: ids.android_device_id }),
  });
  return body.status === "ok";
}
