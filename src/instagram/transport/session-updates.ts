import type { Client } from "../client.ts";
import { browserOf, type Sender } from "./request.ts";

/**
 * Updates the session with what an answer's headers set. Refusals count too, browsers' requests do
 * not.
 */
export const withSessionUpdates =
  (next: Sender): Sender =>
  async (client, request, reading) => {
    const answer = await next(client, request, reading);
    if (!browserOf(request)) updateSession(client, answer.headers);
    return answer;
  };

function updateSession(client: Client, headers: Headers): void {
  const { state } = client;
  const mid = headers.get("ig-set-x-mid");
  if (mid) state.setMid(mid);
  const rur = headers.get("ig-set-ig-u-rur");
  if (rur) state.setIgURur(rur);
  const claim = headers.get("x-ig-set-www-claim");
  if (claim) state.setIgWwwClaim(claim);
  for (const cookie of headers.getSetCookie()) setCookie(client, cookie);
}

function setCookie(client: Client, cookie: string): void {
  const [pair = "", ...attributes] = cookie.split(";");
  const at = pair.indexOf("=");
  if (at <= 0) return;
  // Quotes are part of the value and are sent back with it: `rur` has them.
  const value = pair.slice(at + 1).trim();
  const isRemoved = value === '""' || isExpired(attributes, client.now());
  client.state.setCookie(pair.slice(0, at).trim(), isRemoved ? "" : value);
}

/** Max-Age takes precedence over Expires. */
function isExpired(attributes: readonly string[], now: number): boolean {
  const maxAge = attributeOf(attributes, "max-age");
  if (/^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  const expires = Date.parse(attributeOf(attributes, "expires"));
  return !Number.isNaN(expires) && expires <= now;
}

function attributeOf(attributes: readonly string[], name: string): string {
  const attribute = attributes.find((one) => one.trim().toLowerCase().startsWith(`${name}=`));
  return attribute?.split("=")[1]?.trim() ?? "";
}
