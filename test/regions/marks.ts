import { issueSessionId } from "../../src/emulator/token.ts";

/*
 * The values that Instagram hands a session in the headers of answers, and gets back with its next
 * requests. Here each of them holds a number that grows, so that an older one shows.
 */

/** The numbers in a request; null for a value that is not there. */
export interface Marks {
  /** `ig-set-ig-u-rur`, sent back as IG-U-RUR. */
  rur: number | null;
  /** `x-ig-set-www-claim`, sent back as X-IG-WWW-Claim. */
  claim: number | null;
  /** The cookie sessionid: the login itself. */
  login: number | null;
}

/** The 14 random characters of a session id that hold a number. */
export const tokenRandom = (number: number): string => `g${String(number).padStart(6, "0")}xxxxxxx`;

const LOGIN = /(?:^|;\s*)sessionid="?\d+(?:%3A|:)g(\d{6})xxxxxxx/i;
/** Values that Instagram has set are sent in quotes, made-up ones without. */
const RUR = /^"MRK,\d+,(\d+):/;
const CLAIM = /^hmac\.mark(\d+)$/;

/** Reads the numbers out of a request's headers. */
export function marksOf(headers: Headers): Marks {
  const number = (pattern: RegExp, name: string): number | null => {
    const found = pattern.exec(headers.get(name) ?? "")?.[1];
    return found === undefined ? null : Number(found);
  };
  return {
    rur: number(RUR, "ig-u-rur"),
    claim: number(CLAIM, "x-ig-www-claim"),
    login: number(LOGIN, "cookie"),
  };
}

/** The headers of an answer, with the next numbers in place of the emulator's values. */
export function markedHeaders(given: Headers, pk: number, next: Marks | null): Headers {
  const headers = new Headers();
  for (const [name, value] of given) if (!OWN.has(name)) headers.append(name, value);
  if (next === null) return headers;
  headers.set("ig-set-ig-u-rur", `MRK,${pk},${next.rur}:01f7mark`);
  headers.set("x-ig-set-www-claim", `hmac.mark${next.claim}`);
  const sessionId = issueSessionId(pk, tokenRandom(next.login ?? 0));
  headers.append("set-cookie", `sessionid=${sessionId}; Path=/; Max-Age=31536000; HttpOnly`);
  return headers;
}

/** What the emulator would set itself. */
const OWN = new Set(["ig-set-ig-u-rur", "x-ig-set-www-claim", "set-cookie", "content-length"]);
