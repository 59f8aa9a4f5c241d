/*
 * The sandbox's pictures and videos. Its Instagram names them by Instagram's hosts, as the client
 * expects; what a caller is told leads here instead, where they are served.
 */

/** Where the files are served, without a key: a browser sends none for a picture. */
export const SANDBOX_FILES = "/sandbox/cdn";

/** Where the sandbox's Instagram has its files. */
const INSTAGRAM_FILES = "https://scontent.cdninstagram.com/";

/** The text of an answer to a test session, its files on the origin by which the caller reached us. */
export function withSandboxUrls(text: string, request: Request): string {
  if (!text.includes(INSTAGRAM_FILES)) return text;
  const origin = originOf(request);
  return origin === null ? text : text.replaceAll(INSTAGRAM_FILES, `${origin}${SANDBOX_FILES}/`);
}

/** A host name, IPv4 or IPv6 address, with or without a port. Nothing else may come into an answer. */
const HOST = /^(?:[\w-]{1,63}(?:\.[\w-]{1,63}){0,30}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** Null where the Host header names none that could be a link. */
function originOf(request: Request): string | null {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (!HOST.test(host)) return null;
  // Whoever sends it is told nothing but the scheme that they asked for.
  const forwarded = request.headers.get("x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase();
  return `${forwarded === "https" ? "https" : "http"}://${host}`;
}
