import {
  endOfString,
  type Json,
  type JsonObject,
  objectOr,
  parsePlain,
  stringifyJson,
  textOf,
} from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { boolean, optional, text } from "./fields.ts";
import { type Infer, model } from "./model.ts";

/**
 * What "About this account" shows. `date` is when the account was made (`October 2010`), `country`
 * where it is based, `former_usernames` how many it had; each is empty where Instagram shows none.
 */
export const About = model("About", {
  username: optional(text(), { missing: "" }),
  is_verified: optional(boolean(), { missing: false }),
  country: optional(text(), { missing: "" }),
  date: optional(text(), { missing: "" }),
  former_usernames: optional(text(), { missing: "" }),
});
export type About = Infer<typeof About>;

/**
 * Reads the answer's text, valid JSON of a page as the app draws it: labels and values are the texts
 * (`")"` in short) of nodes that follow each other, so their order tells what they mean. Total: what
 * is not found is empty.
 */
export function readAbout(answer: string, drift: DriftReporter): About {
  const page = compactJson(answer);
  const data = countryOf(parsePlain(answer));
  if (data.initial_lispy !== undefined)
    return About.read(oldAbout(page, textOf(data.initial_lispy)), drift);
  const texts = page.split('")":');
  const lastWith = (style: string): string | undefined =>
    texts.findLast((text) => text.includes(style));
  const after = (label: string, distance: number): string | undefined => {
    const at = texts.findLastIndex((text) => text.includes(label));
    return at < 0 ? undefined : texts[at + distance];
  };
  const shown = {
    // The weight ends the node, unless something was added to it.
    username: firstValue(lastWith('"bold"}') ?? lastWith('"bold"')),
    is_verified: page.includes('"Verified"'),
    country: data.initial === undefined ? "" : data.initial,
    date: firstValue(after('"Date joined"', 1)),
    // Between the two stands the text that explains it.
    former_usernames: firstValue(after("Former usernames", 2)),
  };
  return About.read(shown, drift);
}

/** The variable of the page that holds the country, where Instagram shows one. */
function countryOf(answer: Json) {
  const { data } = objectOr(objectOr(objectOr(answer).layout).bloks_payload);
  return objectOr(objectOr(Array.isArray(data) ? data[0] : undefined).data);
}

/** The text that a cut-out part of the page begins with. */
function firstValue(part: string | undefined): string {
  return part?.split(",", 1)[0]?.slice(1, -1) ?? "";
}

/** The page as older app versions are sent it: only what stands around the values tells them. */
function oldAbout(page: string, lispy: string): JsonObject {
  const columns = page.split("space_evenly")[1]?.split("stretch");
  return {
    username: columns?.[1]?.split("center")[1]?.split(':"')[1]?.split('",', 1)[0] ?? "",
    is_verified: false,
    country: lispy.split('"')[1] ?? "",
    date: columns?.[4]?.split("&")[1]?.split('"')[2] ?? "",
    former_usernames: "",
  };
}

/**
 * JSON text without blanks and needless escapes. Not parsed and written again: that would sort
 * numeric keys to the front, and the order is what counts here.
 */
function compactJson(text: string): string {
  let compact = "";
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('"', at);
    const outside = open < 0 ? text.length : open;
    compact += text.slice(at, outside).replace(/\s/g, "");
    if (open < 0) break;
    at = endOfString(text, open) + 1;
    const part = text.slice(open, at);
    const isWhole = at <= text.length;
    compact += isWhole && part.includes("\\") ? stringifyJson(parsePlain(part)) : part;
  }
  return compact;
}
