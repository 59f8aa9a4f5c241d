import { InvalidInput } from "../problems/problem.ts";

const maxOrigins = 20;
const maxLength = 200;

/**
 * Web origins as browsers send them (`https://app.example.com`, lower case, no path), without
 * duplicates and without empty texts, which forms send. Throws InvalidInput for `field`.
 */
export function cleanOrigins(field: string, given: readonly string[]): string[] {
  const texts = given.map((text) => text.trim()).filter((text) => text !== "");
  const origins = [...new Set(texts.map((text) => cleanOrigin(field, text)))];
  if (origins.length > maxOrigins) {
    throw new InvalidInput(field, `must have at most ${maxOrigins} entries`);
  }
  return origins;
}

function cleanOrigin(field: string, text: string): string {
  const url = text.length > maxLength ? null : URL.parse(text);
  const isOrigin =
    url !== null &&
    (url.protocol === "https:" || url.protocol === "http:") &&
    url.pathname === "/" &&
    `${url.search}${url.hash}${url.username}${url.password}` === "" &&
    // No patterns: a stranger could own a host that matches.
    !url.hostname.includes("*");
  if (!isOrigin) {
    throw new InvalidInput(field, `must be origins such as https://app.example.com`);
  }
  return url.origin;
}
