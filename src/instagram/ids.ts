import { InvalidInput } from "../problems/problem.ts";

/**
 * Ids of the mobile API: a media pk is a 64-bit integer, a media id is `<pk>_<owner pk>`, and a
 * shortcode is the pk in base 64. All are handled as decimal strings, so no digit is lost.
 */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const DIGIT_VALUES = new Map(Array.from(ALPHABET, (char, value) => [char, BigInt(value)]));

/**
 * Shortcodes of private posts have a secret tail after this many characters, not part of the pk.
 */
const SHORTCODE_LENGTH = 11;
const MAX_ID = (1n << 64n) - 1n;
const MAX_DIGITS = 39;

/** The shortcode of a media pk: `2110901750722920960` → `B1LbfVPlwIA`. */
export function shortcodeOfPk(pk: string): string {
  let rest = BigInt(pk);
  if (rest === 0n) return "A";
  let code = "";
  while (rest > 0n) {
    code = ALPHABET.charAt(Number(rest & 63n)) + code;
    rest >>= 6n;
  }
  return code;
}

/**
 * The media pk of a shortcode: `B-fKL9qpeab` → `2278584739065882267`. The secret tail of a private
 * post's shortcode is ignored.
 * Throws InvalidInput for characters that no shortcode has.
 */
export function pkOfShortcode(shortcode: string, field = "code"): string {
  const code = shortcode.trim().slice(0, SHORTCODE_LENGTH);
  if (code === "") throw new InvalidInput(field, "must be a shortcode such as B-fKL9qpeab");
  let pk = 0n;
  for (const char of code) {
    const value = DIGIT_VALUES.get(char);
    if (value === undefined)
      throw new InvalidInput(field, "may only hold letters, digits, - and _ (a shortcode)");
    pk = (pk << 6n) | value;
  }
  if (pk > MAX_ID) throw new InvalidInput(field, "is not a shortcode: its number exceeds 64 bits");
  return pk.toString();
}

/**
 * Reads a caller's numeric id and returns its canonical decimal string.
 * Throws InvalidInput if it is not a number or exceeds 64 bits.
 */
export function numericId(value: string, field: string): string {
  return boundedId(value, field, 64);
}

/** Like numericId(), for messages and threads of Direct, whose ids have 128 bits. */
export function directId(value: string, field: string): string {
  return boundedId(value, field, 128);
}

function boundedId(value: string, field: string, bits: 64 | 128): string {
  const digits = value.trim();
  if (!isNumericId(digits)) throw new InvalidInput(field, "must be a numeric id");
  // Converting very long ones would only cost time.
  const id = digits.length > MAX_DIGITS ? null : BigInt(digits);
  if (id === null || id !== BigInt.asUintN(bits, id))
    throw new InvalidInput(field, `must not exceed ${bits} bits`);
  return id.toString();
}

/**
 * Reads the id of a Direct thread, or its link `https://www.instagram.com/direct/t/<id>/`.
 * Throws InvalidInput.
 */
export function threadId(value: string, field = "thread_id"): string {
  if (!value.includes("/")) return directId(value, field);
  const [, linked] = /^\/direct\/t\/(\d+)\/?$/.exec(instagramUrl(value)?.pathname ?? "") ?? [];
  if (linked === undefined)
    throw new InvalidInput(field, "must be a link to a thread: .../direct/t/<id>/");
  return directId(linked, field);
}

/** Whether a text is an id and not a username: digits only. */
export function isNumericId(value: string): boolean {
  return /^\d+$/.test(value);
}

/**
 * The pk in a media id: `2277033926878261772_1903424587` → `2277033926878261772`. A bare pk is
 * returned as it is. Throws InvalidInput for anything else.
 */
export function pkOfMediaId(mediaId: string, field = "media_id"): string {
  const parts = mediaId.trim().split("_");
  if (parts.length > 2) throw new InvalidInput(field, "must be <pk> or <pk>_<owner pk>");
  const [pk = "", owner] = parts;
  if (owner !== undefined) numericId(owner, field);
  return numericId(pk, field);
}

/** A post as a caller named it. `owner` is the pk of its owner, null if unknown. */
export interface MediaRef {
  pk: string;
  owner: string | null;
}

// Shorter shortcodes exist from the first years, but such a text is more likely a mistyped id.
const LIKELY_SHORTCODE = /^[\w-]{10,64}$/;

/**
 * Reads what callers give for a post: `<pk>`, `<pk>_<owner pk>`, a shortcode (of 10 characters or
 * more) or a link. Throws InvalidInput for anything else, and for a share link: only a request
 * could tell its post.
 */
export function parseMediaRef(value: string, field = "media_id"): MediaRef {
  const text = value.trim();
  const [, pk, owner] = /^(\d+)(?:_(\d+))?$/.exec(text) ?? [];
  if (pk !== undefined)
    return {
      pk: numericId(pk, field),
      owner: owner === undefined ? null : numericId(owner, field),
    };
  if (text.includes("/")) {
    const link = parsePostUrl(text, field);
    if (link.kind === "post") return { pk: link.pk, owner: null };
    throw new InvalidInput(field, "is a share link: GET /media/pk/from/url tells its pk");
  }
  if (LIKELY_SHORTCODE.test(text)) return { pk: pkOfShortcode(text, field), owner: null };
  throw new InvalidInput(field, "must be <pk>, <pk>_<owner pk>, a shortcode or a link");
}

const USERNAME = /^[a-z0-9._]{1,30}$/;
const ONLY_DOTS = /^\.*$/;

/**
 * Turns a username as people type it (`@Some.Name `, or a link to the profile) into the form that
 * the API takes. Throws InvalidInput if no account can have that name; `what` is what the field
 * expects.
 */
export function normalizeUsername(value: string, field = "username", what = "a username"): string {
  const text = value.trim();
  const name = text.includes("/") ? nameInProfileUrl(text) : text.replace(/^@+/, "");
  const username = name.toLowerCase();
  if (!USERNAME.test(username) || ONLY_DOTS.test(username))
    throw new InvalidInput(
      field,
      `must be ${what}: up to 30 letters, digits, dots and underscores`,
    );
  return username;
}

/** The username in `https://www.instagram.com/<username>/`; "" for other links. */
function nameInProfileUrl(text: string): string {
  return /^\/([^/]+)\/?$/.exec(instagramUrl(text)?.pathname ?? "")?.[1] ?? "";
}

const EMAIL = /^[^\s@"(),:;<>[\\\]]{1,64}@[a-z0-9.-]{1,190}\.[a-z]{2,63}$/;
const PHONE = /^\+?\d{6,15}$/;

/**
 * Reads what people log in with: a username, e-mail address or phone number. Instagram accepts
 * each. Throws InvalidInput for anything else.
 */
export function normalizeLoginName(value: string, field = "username"): string {
  const name = value.trim().toLowerCase();
  if (EMAIL.test(name)) return name;
  const digits = name.replace(/[\s()-]/g, "");
  return PHONE.test(digits) ? digits : normalizeUsername(value, field);
}

/** A link to a post: with its pk, or a share link that only Instagram's website can resolve. */
export type PostLink = { kind: "post"; pk: string } | { kind: "share"; url: string };

const HOSTS = /^(?:[a-z0-9-]+\.)*(?:instagram\.com|instagr\.am)$/;
const POST_SEGMENTS = new Set(["p", "reel", "reels", "tv"]);

/**
 * Reads a link to a post: `/p/<code>/`, `/reel/<code>/` or `/tv/<code>/`, also with a username in
 * front. Query and fragment are ignored. `/share/p/<token>/` and `/share/reel/<token>/` are share
 * links. Throws InvalidInput for other links.
 */
export function parsePostUrl(text: string, field = "url"): PostLink {
  const url = instagramUrl(text);
  if (!url) throw new InvalidInput(field, "must be a link to a post on instagram.com");
  const parts = url.pathname.split("/").filter((part) => part !== "");
  if (parts[0] === "share") {
    if (parts.length < 2 || !parts.every((part) => /^[\w-]+$/.test(part)))
      throw new InvalidInput(field, "is a share link without its token");
    return { kind: "share", url: `https://www.instagram.com/${parts.join("/")}/` };
  }
  const at = parts.findIndex((part) => POST_SEGMENTS.has(part));
  const code = at === 0 || at === 1 ? parts[at + 1] : undefined;
  // `/reels/audio/{id}/` is the page of a sound.
  if (code === undefined || (code === "audio" && parts.length > at + 2))
    throw new InvalidInput(field, "must be a link to a post, such as .../p/<shortcode>/");
  return { kind: "post", pk: pkOfShortcode(code, field) };
}

/**
 * The path segment after `start` in a link to instagram.com, decoded: with `/explore/tags/`,
 * `instagram.com/explore/tags/gr%C3%B6%C3%9Fe/` → `größe`. Null for any other text.
 */
export function linkSegmentAfter(start: string, text: string): string | null {
  const path = instagramUrl(text)?.pathname ?? "";
  if (!path.startsWith(start)) return null;
  const [segment = ""] = path.slice(start.length).split("/", 1);
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Parses a link to instagram.com, with or without `https://`; null for any other text. */
export function instagramUrl(text: string): URL | null {
  const trimmed = text.trim();
  const url = URL.parse(/^[a-z]+:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`);
  const leadsThere =
    url && /^https?:$/.test(url.protocol) && HOSTS.test(url.hostname.toLowerCase());
  return leadsThere ? url : null;
}
