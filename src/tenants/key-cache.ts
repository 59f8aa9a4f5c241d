import { timingSafeEqual } from "node:crypto";
import { and, eq, isNull } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import type { Announcements } from "../announcements.ts";
import type { ChangeWatch } from "../db/change-watch.ts";
import type { Database } from "../db/connection.ts";
import { createQueue } from "../db/queue.ts";
import { apiKeys, type Mode, tenants } from "../db/schema.ts";
import { hashSecret, type KeyParts, parseKey } from "./api-key-text.ts";
import { policiesOf, type TenantPolicies } from "./policies.ts";
import { parseScopes, type Scope } from "./scopes.ts";
import type { Tenant } from "./tenants.ts";

/** A valid API key with its tenant, which may be suspended: the caller checks that. */
export interface AuthenticatedKey {
  keyId: string;
  tenantId: string;
  tenantName: string;
  mode: Mode;
  scopes: ReadonlySet<Scope>;
  tenantStatus: Tenant["status"];
  /** The tenant's policies. */
  policies: TenantPolicies;
  /** Unix milliseconds, null when it never expires. */
  expiresAt: number | null;
}

export type KeyRefusal = "malformed" | "unknown" | "revoked" | "expired";

/** The key is not valid. */
export class KeyRefused {
  constructor(
    readonly reason: KeyRefusal,
    /** Whether a key of that id exists, whatever its secret. */
    readonly idExists = true,
  ) {}
}

export type KeyAnswer = AuthenticatedKey | KeyRefused;

const maxKeys = 10_000;
// Refused keys have their own cache, so that guesses cannot push out the keys of customers.
const maxRefused = 10_000;
/** Look-ups at the same time: in a burst of guesses most are refused before their turn comes. */
const maxLookUps = 8;

interface Entry {
  answer: KeyAnswer;
  /** The change watch's number when the key was looked up. */
  epoch: number;
}

export interface KeyCache {
  /**
   * The answer for a key's text: at once when it is cached or malformed, otherwise after a look-up.
   * Concurrent look-ups of one text share one query. For a text that is not known to be valid,
   * `beforeGuess` is called before it is checked and again before it is looked up; it may throw, to
   * stop guessing. Rejects with StorageUnavailable.
   */
  authenticate(text: string, beforeGuess?: () => void): KeyAnswer | Promise<KeyAnswer>;
}

export function createKeyCache(
  db: Database,
  {
    now,
    changes,
    announcements,
  }: { now: () => number; changes: ChangeWatch; announcements: Announcements },
): KeyCache {
  // The map's key is the whole text of an API key, so a hit proves the secret without hashing it.
  // Its timing tells nothing: the map's own string hash is seeded.
  const known = new LRUCache<string, Entry>({ max: maxKeys });
  const refused = new LRUCache<string, Entry>({ max: maxRefused });
  const pending = new Map<string, Promise<KeyAnswer>>();
  const lookUps = createQueue(maxLookUps);
  let generation = 0;

  function lookUp(text: string, parts: KeyParts, before: () => void): Promise<KeyAnswer> {
    const running = pending.get(text);
    if (running !== undefined) return running;
    const started = generation;
    const epoch = changes.latest;
    const query = lookUps
      .run(async () => {
        before();
        const answer = await readKey(db, parts, now);
        // After a change in between, the answer may be out of date already.
        if (generation !== started) return answer;
        if (answer instanceof KeyRefused) {
          known.delete(text);
          // When the id does not exist, no secret can be right: one entry is enough.
          refused.set(answer.idExists ? text : parts.keyId, { answer, epoch });
        } else known.set(text, { answer, epoch });
        return answer;
      })
      .finally(() => {
        if (pending.get(text) === query) pending.delete(text);
      });
    pending.set(text, query);
    return query;
  }

  function authenticateAt(
    text: string,
    epoch: number,
    beforeGuess: () => void,
  ): KeyAnswer | Promise<KeyAnswer> {
    const entry = known.get(text);
    if (entry?.epoch === epoch) return unlessExpired(entry.answer, now());
    const before = entry === undefined ? beforeGuess : nothing;
    before();
    const parts = parseKey(text);
    if (parts === null) return new KeyRefused("malformed");
    for (const name of [text, parts.keyId]) {
      const refusal = refused.get(name);
      if (refusal?.epoch === epoch) return refusal.answer;
    }
    return lookUp(text, parts, before);
  }

  /** Drops the answers about a key, or about all keys of a tenant. */
  function forget({ tenantId, keyId }: { tenantId: string | null; keyId?: string | null }): void {
    forgetRefusals();
    for (const [text, { answer }] of known.entries()) {
      if (answer instanceof KeyRefused || answer.tenantId !== tenantId) continue;
      if ((keyId ?? answer.keyId) === answer.keyId) known.delete(text);
    }
  }

  /** Drops what was refused. What is being looked up may be out of date. */
  function forgetRefusals(): void {
    generation++;
    pending.clear();
    refused.clear();
  }
  announcements.on([...CHANGES], forget);
  changes.on([...CHANGES], forget);
  // Somebody may have tried it before it was made.
  changes.on(["key.created"], forgetRefusals);

  return {
    authenticate(text, beforeGuess = nothing) {
      const epoch = changes.epoch();
      return typeof epoch === "number"
        ? authenticateAt(text, epoch, beforeGuess)
        : epoch.then((current) => authenticateAt(text, current, beforeGuess));
    },
  };
}

const CHANGES = ["key.rotated", "key.revoked", "tenant.changed", "tenant.deleted"] as const;

const nothing = (): void => {};

function unlessExpired(answer: KeyAnswer, time: number): KeyAnswer {
  if (answer instanceof KeyRefused || answer.expiresAt === null || answer.expiresAt > time) {
    return answer;
  }
  return new KeyRefused("expired");
}

/** Reads a key from the database, past the cache. Throws StorageUnavailable. */
export async function readKey(
  db: Database,
  { keyId, mode, secret }: KeyParts,
  now: () => number,
): Promise<KeyAnswer> {
  const rows = await db.read((orm) =>
    orm
      .select()
      .from(apiKeys)
      .innerJoin(tenants, and(eq(tenants.id, apiKeys.tenantId), isNull(tenants.deletedAt)))
      .where(eq(apiKeys.id, keyId)),
  );
  const row = rows[0];
  if (row === undefined) return new KeyRefused("unknown", false);
  const { api_keys: key, tenants: tenant } = row;
  // The secret is checked first: without it, nothing else is told about the key.
  const hash = hashSecret(secret);
  const proven = key.secretHash.length === hash.length && timingSafeEqual(key.secretHash, hash);
  if (!proven || key.mode !== mode) return new KeyRefused("unknown");
  if (key.revokedAt !== null) return new KeyRefused("revoked");
  const answer: AuthenticatedKey = {
    keyId: key.id,
    tenantId: tenant.id,
    tenantName: tenant.name,
    mode: key.mode,
    scopes: new Set(parseScopes(key.scopes)),
    tenantStatus: tenant.status,
    policies: policiesOf(tenant),
    expiresAt: key.expiresAt,
  };
  return unlessExpired(answer, now());
}
