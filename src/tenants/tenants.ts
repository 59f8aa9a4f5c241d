import { and, asc, eq, gt, isNull, sql } from "drizzle-orm";
import { type Actor, Announcements, OPERATOR } from "../announcements.ts";
import { recordIfChanged } from "../db/audited.ts";
import type { Database } from "../db/connection.ts";
import { existingTenant } from "../db/existing-tenant.ts";
import { canonicalUlid, createIdSource, type NewId } from "../db/ids.ts";
import { cutPage, pageCursor, pageSize } from "../db/paging.ts";
import { tenants } from "../db/schema.ts";
import { cleanName } from "./names.ts";
import {
  cleanPolicies,
  defaultPolicies,
  policiesOf,
  type TenantPolicies,
  withoutPolicies,
} from "./policies.ts";
import { createPurge } from "./purge.ts";
import { removeCredentials } from "./stored-credentials.ts";

type TenantRow = typeof tenants.$inferSelect;

/** A customer or environment. */
export interface Tenant extends Omit<TenantRow, keyof TenantPolicies | "deletedAt"> {
  policies: TenantPolicies;
}

/** Fields that are left out stay as they are. */
export interface TenantChanges extends Partial<Pick<Tenant, "name" | "status">> {
  policies?: Partial<TenantPolicies>;
}

export interface TenantStoreOptions {
  now?: () => number;
  newId?: NewId;
  /** Announces what happens to tenants. */
  announcements?: Announcements;
  /** Gets the error when the rows of a deleted tenant could not be removed; it is tried again. */
  onPurgeFailed?: (error: unknown) => void;
}

export type TenantStore = ReturnType<typeof createTenantStore>;

/** All methods throw StorageUnavailable when the database cannot serve. */
export function createTenantStore(
  db: Database,
  {
    now = Date.now,
    newId = createIdSource(now),
    announcements = new Announcements(),
    onPurgeFailed = () => {},
  }: TenantStoreOptions = {},
) {
  const purge = createPurge(db, onPurgeFailed);

  async function get(tenantId: string): Promise<Tenant | null> {
    const id = canonicalUlid(tenantId);
    if (id === null) return null;
    const rows = await db.read((orm) => orm.select().from(tenants).where(existingTenant(id)));
    return rows[0] === undefined ? null : tenantOf(rows[0]);
  }

  return {
    get,

    /** The tenants with this name: at most two, enough to see that the name is not unique. */
    async withName(name: string): Promise<Tenant[]> {
      const rows = await db.read((orm) =>
        orm
          .select()
          .from(tenants)
          .where(and(eq(tenants.name, name.trim()), isNull(tenants.deletedAt)))
          .limit(2),
      );
      return rows.map(tenantOf);
    },

    /** Policies that are left out have their defaults. Throws InvalidInput (name, cors_origins). */
    async create(
      { name, policies = {} }: { name: string; policies?: Partial<TenantPolicies> },
      by: Actor = OPERATOR,
    ): Promise<Tenant> {
      const time = now();
      const given = cleanPolicies(policies);
      const row: typeof tenants.$inferInsert = {
        id: newId(),
        name: cleanName(name),
        status: "active",
        ...defaultPolicies,
        ...given,
        createdAt: time,
        updatedAt: time,
      };
      const { id: tenantId, name: called } = row;
      const created = { kind: "tenant.created", tenantId, name: called, by, at: time } as const;
      const [[made]] = await db.write((orm) =>
        orm.batch([
          orm.insert(tenants).values(row).returning(),
          orm.run(recordIfChanged({ ...created, values: given })),
        ]),
      );
      if (made === undefined) throw new Error("the insertion returned no row");
      await announcements.announce(created);
      return tenantOf(made);
    },

    /** Oldest first. `limit` 1 to 100, default 50. Throws InvalidInput. */
    async list({ cursor, limit }: { cursor?: string; limit?: number } = {}): Promise<{
      tenants: Tenant[];
      nextCursor: string | null;
    }> {
      const after = pageCursor(cursor);
      const size = pageSize(limit);
      const rows = await db.read((orm) =>
        orm
          .select()
          .from(tenants)
          .where(and(isNull(tenants.deletedAt), after === null ? undefined : gt(tenants.id, after)))
          .orderBy(asc(tenants.id))
          .limit(size + 1),
      );
      const { page, nextCursor } = cutPage(rows, size);
      return { tenants: page.map(tenantOf), nextCursor };
    },

    /**
     * Null when there is no such tenant. When the policy changes to keep no account credentials,
     * the stored ones are removed. Throws InvalidInput (name, cors_origins).
     */
    async update(
      tenantId: string,
      { name, status, policies = {} }: TenantChanges,
      by: Actor = OPERATOR,
    ): Promise<Tenant | null> {
      const id = canonicalUlid(tenantId);
      if (id === null) return null;
      const changes = {
        ...(name === undefined ? {} : { name: cleanName(name) }),
        ...(status === undefined ? {} : { status }),
        ...cleanPolicies(policies),
      };
      const at = now();
      const about = { tenantId: id, by, at };
      const changed = { kind: "tenant.changed", changed: Object.keys(changes), ...about } as const;
      const removal =
        policies.storeCredentials === false
          ? ({ kind: "tenant.credentials_removed", ...about } as const)
          : null;
      const [[row]] = await db.write((orm) =>
        orm.batch([
          orm
            .update(tenants)
            .set({ ...changes, updatedAt: at })
            .where(existingTenant(id))
            .returning(),
          orm.run(recordIfChanged({ ...changed, values: changes })),
          ...(removal ? [orm.run(recordIfChanged(removal))] : []),
        ]),
      );
      if (row === undefined) return null;
      await announcements.announce({ ...changed, status: row.status });
      if (removal) {
        await removeCredentials(db, id);
        await announcements.announce(removal);
      }
      return tenantOf(row);
    },

    /**
     * Deletes the tenant with its keys and sessions; false when there is no such tenant. When it
     * resolves they are durably gone for everybody; their rows are removed in the background.
     */
    async delete(tenantId: string, by: Actor = OPERATOR): Promise<boolean> {
      const id = canonicalUlid(tenantId);
      if (id === null) return false;
      const time = now();
      const deleted = { kind: "tenant.deleted", tenantId: id, by, at: time } as const;
      const [marked] = await db.write((orm) =>
        orm.batch([
          orm
            .update(tenants)
            .set({ deletedAt: time, status: "suspended", updatedAt: time })
            .where(existingTenant(id)),
          // Afterwards nothing else tells whose id it was.
          orm.run(recordIfChanged(deleted, { name: tenantName(id) })),
        ]),
      );
      if (marked.rowsAffected === 0) return false;
      await announcements.announce(deleted);
      purge.start();
      return true;
    },

    /** As Purge.done(). */
    purge: purge.done,
    /** As Purge.start(), for the start of the service. */
    startPurge: purge.start,
    /** As Purge.close(). */
    close: purge.close,
  };
}

const tenantName = (id: string) =>
  sql`(SELECT ${tenants.name} FROM ${tenants} WHERE ${tenants.id} = ${id})`;

function tenantOf({ deletedAt: _, ...row }: TenantRow): Tenant {
  return { ...withoutPolicies(row), policies: policiesOf(row) };
}
