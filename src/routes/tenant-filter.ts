import { InvalidInput } from "../problems/problem.ts";

/** The tenant that a filter names, also a deleted one; null for all. Throws InvalidInput. */
export function tenantIn(text = ""): string | null {
  const id = text.trim().toUpperCase();
  if (id === "") return null;
  if (!/^[0-9A-Z]{26}$/.test(id))
    throw new InvalidInput("tenant_id", "is not an id of this service");
  return id;
}
