import { createHmac } from "node:crypto";
import { ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import type { Exchange, Route } from "./router.ts";
import { SANDBOX_CODE } from "./seed/fixtures.ts";
import { mix } from "./seed/numbers.ts";
import type { Person } from "./seed/people.ts";
import type { Totp } from "./world/logins.ts";
import type { World } from "./world.ts";

/** The second factor by authenticator app. */
export const TOTP: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/accounts/generate_two_factor_totp_key/",
    handle: generateKey,
  },
  {
    method: "POST",
    path: "/api/v1/accounts/enable_totp_two_factor/",
    requiredFields: ["verification_code"],
    handle: enable,
  },
  {
    method: "POST",
    path: "/api/v1/accounts/disable_totp_two_factor/",
    handle: ({ world, viewer }) => {
      world.logins.totp.delete(viewer.pk);
      return ok();
    },
  },
];

function generateKey({ world, viewer }: Exchange): Response {
  const totp = totpOf(world, viewer);
  world.logins.totp.set(viewer.pk, totp);
  return ok({ totp_seed: totp.seed, totp_seed_id: String(viewer.pk) });
}

/** An account's second factor; a new one, not enabled, where it has none. */
function totpOf(world: World, viewer: Person): Totp {
  const known = world.logins.totp.get(viewer.pk);
  return known ?? { seed: seedOf(viewer), enabled: false, backupCodes: [] };
}

function enable({ world, viewer, fields, now }: Exchange): Response {
  const code = (textField(fields, "verification_code") ?? "").replaceAll(" ", "");
  const totp = totpOf(world, viewer);
  if (code !== SANDBOX_CODE && !isCodeOf(totp.seed, code, now)) {
    throw refuse(
      400,
      "This code isn't right. Please check the code and try again.",
      "invalid_verification_code",
    );
  }
  totp.enabled = true;
  totp.backupCodes = Array.from({ length: 5 }, (_, index) => {
    const number = String(mix(viewer.slot, index, 61) % 100_000_000).padStart(8, "0");
    return `${number.slice(0, 4)} ${number.slice(4)}`;
  });
  world.logins.totp.set(viewer.pk, totp);
  return ok({ backup_codes: totp.backupCodes });
}

/** True for a code of the authenticator app or a backup code, which then becomes invalid. */
export function acceptsTotp(world: World, account: Person, code: string, now: number): boolean {
  const totp = world.logins.totp.get(account.pk);
  if (totp?.enabled !== true) return false;
  if (isCodeOf(totp.seed, code, now)) return true;
  const rest = totp.backupCodes.filter((backup) => backup.replace(" ", "") !== code);
  const used = rest.length < totp.backupCodes.length;
  totp.backupCodes = rest;
  return used;
}

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** 160 bits in base 32, the same for an account in every world. */
function seedOf(account: Person): string {
  return Array.from({ length: 32 }, (_, index) => BASE32[mix(account.slot, index, 62) % 32]).join(
    "",
  );
}

/** RFC 6238 with SHA-1, six digits and 30 seconds. The codes before and after are accepted, too. */
function isCodeOf(seed: string, code: string, now: number): boolean {
  const step = Math.floor(now / 30_000);
  return [step - 1, step, step + 1].some((counter) => codeAt(seed, counter) === code);
}

function codeAt(seed: string, counter: number): string {
  let bits = "";
  for (const letter of seed) bits += BASE32.indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const message = Buffer.alloc(8);
  message.writeBigUInt64BE(BigInt(counter));
  const hash = createHmac("sha1", key).update(message).digest();
  const start = (hash[19] ?? 0) & 15;
  return String((hash.readUInt32BE(start) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
