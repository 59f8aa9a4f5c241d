import { Type } from "@sinclair/typebox";
import { type Json, type JsonObject, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Hashtag, readHashtag } from "./hashtag.ts";
import { readOptionalInteger } from "./read.ts";
import { readObject } from "./read-nested.ts";
import { Nullable } from "./schema.ts";
import { UserShort } from "./user-short.ts";
import { toInteger } from "./values.ts";

/**
 * Something that the account searched for: a UserShort, a Hashtag, or a keyword as Instagram writes
 * it. `timestamp` is when, in unix seconds.
 */
export const RecentSearchItemSchema = Type.Object(
  {
    timestamp: Type.Optional(Nullable(Type.Integer())),
    item: Type.Unknown(),
  },
  { title: "RecentSearchItem" },
);
export interface RecentSearchItem {
  timestamp: number | null;
  item: UserShort | Hashtag | JsonObject;
}

/**
 * Reads an entry of `recent` in `fbsearch/recent_searches/`. One entry may name several things, each
 * an item of its own; entries of another kind (places) have none.
 */
export function readRecentSearchItems(
  value: Json | undefined,
  drift: DriftReporter,
): RecentSearchItem[] {
  const raw = readObject(value, drift, "RecentSearchItem", "item");
  const timestamp = readOptionalInteger(raw.client_time, drift, "RecentSearchItem", "timestamp");
  const found: RecentSearchItem["item"][] = [];
  const add = (item: RecentSearchItem["item"] | null): void => {
    if (item !== null) found.push(item);
  };
  if (raw.user !== undefined) add(UserShort.read(raw.user, drift));
  if (raw.hashtag !== undefined) add(readSearchedHashtag(objectOr(raw.hashtag), drift));
  if (raw.keyword !== undefined) add(readKeyword(raw.keyword, drift));
  return found.map((item) => ({ timestamp, item }));
}

/**
 * Here the number of posts stands in `formatted_media_count`. Where that is rounded for people
 * ("66.4m"), the exact `media_count` beside it serves.
 */
function readSearchedHashtag(raw: JsonObject, drift: DriftReporter): Hashtag | null {
  const count = toInteger(raw.formatted_media_count) ?? raw.media_count ?? null;
  return readHashtag({ ...raw, media_count: count }, drift);
}

function readKeyword(value: Json, drift: DriftReporter): JsonObject | null {
  const keyword = readObject(value, drift, "RecentSearchItem", "item");
  return Object.keys(keyword).length === 0 ? null : keyword;
}
