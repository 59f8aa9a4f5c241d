import { and, eq, isNull, type SQL } from "drizzle-orm";
import { tenants } from "./schema.ts";

/** The condition for a tenant that is not deleted; rows of a deleted one may still be there. */
export const existingTenant = (id: string): SQL | undefined =>
  and(eq(tenants.id, id), isNull(tenants.deletedAt));
