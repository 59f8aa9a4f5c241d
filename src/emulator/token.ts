import { createHmac, randomBytes } from "node:crypto";

/**
 * The key that signs session ids, cursors and the like, so that the emulator recognises them without
 * storing them: sessions stay valid over restarts. It protects only made-up data.
 */
const EMULATOR_SECRET = "gramway emulator sessions";

function seal(text: string): string {
  return createHmac("sha256", EMULATOR_SECRET).update(text).digest("base64url").slice(0, 26);
}

/** The contents of a session id. */
export interface Session {
  readonly pk: number;
  /** `<pk>%3A<random>%3A<number>%3A<tail>`, as in cookies and authorization headers. */
  readonly sessionId: string;
}

/** A session id for an account, in the upstream's form. */
export function issueSessionId(pk: number, random = randomBytes(10).toString("base64url")): string {
  // Alphanumeric as upstream, so that URL encoding does not change it.
  const body = `${pk}:${random.replace(/[-_]/g, "x").padEnd(14, "x").slice(0, 14)}:28`;
  return `${body}:AY${seal(body)}`.replaceAll(":", "%3A");
}

/** The session of a session id, URL-encoded or not; undefined where the emulator did not issue it. */
export function readSessionId(text: string): Session | undefined {
  const plain = text.replaceAll(/%3a/gi, ":");
  const parts = /^((\d{1,16}):[A-Za-z0-9]{14}:28):AY([A-Za-z0-9_-]{26})$/.exec(plain);
  if (parts === null || seal(parts[1] ?? "") !== parts[3]) return undefined;
  return { pk: Number(parts[2]), sessionId: plain.replaceAll(":", "%3A") };
}

/** The `Authorization` header of a session. */
export function authorizationOf(session: Session): string {
  const claims = JSON.stringify({ ds_user_id: String(session.pk), sessionid: session.sessionId });
  return `Bearer IGT:2:${Buffer.from(claims).toString("base64")}`;
}

/** The session in an `Authorization` header; undefined where the emulator did not issue it. */
export function readAuthorization(header: string): Session | undefined {
  if (!header.startsWith("Bearer IGT:2:")) return undefined;
  try {
    const claims: unknown = JSON.parse(
      Buffer.from(header.slice("Bearer IGT:2:".length), "base64").toString(),
    );
    if (typeof claims !== "object" || claims === null) return undefined;
    const { ds_user_id: pk, sessionid } = claims as Record<string, unknown>;
    if (typeof sessionid !== "string") return undefined;
    const session = readSessionId(sessionid);
    return session !== undefined && String(pk) === String(session.pk) ? session : undefined;
  } catch {
    return undefined;
  }
}

/** The identifier that an account sends with its second factor. Valid for ten minutes. */
export function issueTwoFactorIdentifier(pk: number, now: number): string {
  const body = `${pk}.${Math.floor(now / 1_000)}`;
  return Buffer.from(`${body}.${seal(`two-factor ${body}`)}`).toString("base64url");
}

/** The pk of the account that a two-factor identifier was issued to; undefined where it is invalid or old. */
export function readTwoFactorIdentifier(text: string, now: number): number | undefined {
  const [pk, seconds, tail] = Buffer.from(text, "base64url").toString().split(".");
  const fresh = Math.abs(now / 1_000 - Number(seconds)) < 600;
  return fresh && tail === seal(`two-factor ${pk}.${seconds}`) ? Number(pk) : undefined;
}

/** An opaque cursor for a place in the list named `list`; places are whole or half numbers. */
export function issueCursor(list: string, place: number): string {
  const tail = seal(`${list} ${place}`).slice(0, 8);
  return Buffer.from(`AQB_${place}_${tail}`).toString("base64");
}

/** The place in a cursor; undefined where the cursor was not issued for that list. */
export function readCursor(list: string, cursor: string): number | undefined {
  const parts = /^AQB_(-?\d{1,17}(?:\.5)?)_(.{8})$/.exec(Buffer.from(cursor, "base64").toString());
  if (parts === null) return undefined;
  const place = Number(parts[1]);
  return seal(`${list} ${place}`).startsWith(parts[2] ?? "\0") ? place : undefined;
}
