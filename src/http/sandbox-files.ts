/*
 * The sandbox's pictures and videos. The emulator gives them URLs on Instagram's hosts, as the client
 * expects. In the answers to callers these URLs are replaced by URLs of this service, which serves
 * the files.
 */

/** Where the files are served. They need no key, because a browser sends none for a picture. */
export const SANDBOX_FILES = "/sandbox/cdn";

/** Start of the file URLs that the emulator answers. */
export const INSTAGRAM_FILES = "https://scontent.cdninstagram.com/";

/** The text of a sandbox answer, with its file URLs on the origin that the caller used. */
export function withSandboxUrls(text: string, request: Request): string {
  if (!text.includes(INSTAGRAM_FILES)) return text;
  const origin = originOf(request);
  return origin === null ? text : text.replaceAll(INSTAGRAM_FILES, `${origin}${SANDBOX_FILES}/`);
}

/** A host name, IPv4 or IPv6 address, with or without a port. Nothing else may get into an answer. */
const HOST = /^(?:[\w-]{1,63}(?:\.[\w-]{1,63}){0,30}|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

/** The origin that the caller used; null if the Host header is not a valid host. */
function originOf(request: Request): string | null {
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (!HOST.test(host)) return null;
  // A caller that forges this header only changes the scheme of its own links.
  const forwarded = request.headers.get("x-forwarded-proto")?.split(",")[0]?.trim().toLowerCase();
  return `${forwarded === "https" ? "https" : "http"}://${host}`;
}
