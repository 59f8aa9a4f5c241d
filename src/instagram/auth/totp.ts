import type { Client } from "../client.ts";
import { UpstreamUnreachable } from "../errors.ts";
import { textOf } from "../json.ts";
import { json } from "../readings.ts";
import { path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/**
 * Has Instagram make a secret for an authenticator: `accounts/generate_two_factor_totp_key/`.
 * Two-factor authentication stays off until enableTotp() sends a code made from it. The secret is
 * Base32, the form that people type into authenticators.
 */
export async function generateTotpSeed(client: Client): Promise<string> {
  const body = await send(client, json, {
    effect: "write",
    method: "POST",
    path: path`accounts/generate_two_factor_totp_key/`,
    body: signed(deviceFields(client)),
  });
  const seed = textOf(body.totp_seed).replaceAll(" ", "");
  if (!/^[A-Z2-7]+=*$/i.test(seed))
    throw new UpstreamUnreachable("UpstreamError", "Instagram's answer holds no secret", {
      status: 200,
    });
  return seed;
}

/** The URI that authenticators read from a QR code (Google's key URI format). */
export function totpUri(seed: string, account: string): string {
  const label = `Instagram:${encodeURIComponent(account)}`;
  return `otpauth://totp/${label}?secret=${encodeURIComponent(seed)}&issuer=Instagram`;
}

/**
 * Turns on two-factor authentication by an authenticator: `accounts/enable_totp_two_factor/`.
 * Returns the backup codes; each works once.
 */
export async function enableTotp(client: Client, verificationCode: string): Promise<string[]> {
  const body = await send(client, json, {
    effect: "write",
    method: "POST",
    path: path`accounts/enable_totp_two_factor/`,
    body: signed({ ...deviceFields(client), verification_code: verificationCode }),
  });
  const codes = Array.isArray(body.backup_codes) ? body.backup_codes : [];
  return codes.filter((code): code is string => typeof code === "string");
}

/** Turns off two-factor authentication by an authenticator: `accounts/disable_totp_two_factor/`. */
export async function disableTotp(client: Client): Promise<boolean> {
  const body = await send(client, json, {
    effect: "write",
    method: "POST",
    path: path`accounts/disable_totp_two_factor/`,
    body: signed(deviceFields(client)),
  });
  return body.status === "ok";
}

const deviceFields = ({ state: { ids } }: Client) => ({
  _uuid: ids.uuid,
  device_id: ids.android_device_id,
});
