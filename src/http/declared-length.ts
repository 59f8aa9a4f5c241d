/** The length that the caller declares for a body, in bytes; null if it declares none. */
export function declaredLength(headers: Headers): number | null {
  const length = headers.get("content-length");
  return length === null || !/^\d+$/.test(length) ? null : Number(length);
}
