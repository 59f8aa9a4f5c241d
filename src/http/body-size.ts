import { allFileBytes } from "./file-field.ts";
import type { Route } from "./route.ts";

/** Maximum size of a body unless its route sets another, in bytes; without its files. */
export const USUAL_BODY_BYTES = 64 * 1024;

/** For routes with a field of up to 64 KB of JSON text, which form encoding can triple. */
export const DOCUMENT_BODY_BYTES = 4 * USUAL_BODY_BYTES;

const fileBytesOf = ({ body }: Pick<Route, "body">): number => allFileBytes(body?.properties ?? {});

/** Whether a field of the route's body takes a file. */
export const takesFiles = (route: Pick<Route, "body">): boolean => fileBytesOf(route) > 0;

/** Maximum size of a route's body, in bytes. */
export const largestBodyOf = (route: Pick<Route, "body" | "maxBodyBytes">): number =>
  route.maxBodyBytes ?? USUAL_BODY_BYTES + fileBytesOf(route);
