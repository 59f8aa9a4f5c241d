import { Type } from "@sinclair/typebox";
import { isJsonObject, type Json, type JsonObject, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { integer, kind, optional } from "./fields.ts";
import { Hashtag } from "./hashtag.ts";
import { type Infer, model } from "./model.ts";
import { UserShort } from "./user-short.ts";
import { toInteger } from "./values.ts";

type Item = UserShort | Hashtag | JsonObject;

/**
 * Something that the account searched for: a UserShort, a Hashtag, or a keyword as Instagram writes
 * it. `timestamp` is when, in unix seconds.
 */
export const RecentSearchItem = model("RecentSearchItem", {
  timestamp: optional(integer(), { from: "client_time" }),
  item: kind<Item>(Type.Unknown(), (item) => item as Item, {}),
});
export type RecentSearchItem = Infer<typeof RecentSearchItem>;

/**
 * Reads an entry of `recent` in `fbsearch/recent_searches/`. One entry may name several things, each
 * an item of its own; entries of another kind (places) have none.
 */
export function readRecentSearchItems(
  value: Json | undefined,
  drift: DriftReporter,
): RecentSearchItem[] {
  const { client_time: clientTime = null, user, hashtag, keyword } = objectIn(value, drift);
  const found: (Item | null)[] = [];
  if (user !== undefined) found.push(UserShort.read(user, drift));
  if (hashtag !== undefined) found.push(readSearchedHashtag(objectOr(hashtag), drift));
  if (keyword !== undefined) found.push(objectIn(keyword, drift));
  return found.flatMap((item) =>
    item === null || Object.keys(item).length === 0
      ? []
      : RecentSearchItem.read({ client_time: clientTime, item: item as JsonObject }, drift),
  );
}

/**
 * Here the number of posts stands in `formatted_media_count`. Where that is rounded for people
 * ("66.4m"), the exact `media_count` beside it serves.
 */
function readSearchedHashtag(raw: JsonObject, drift: DriftReporter): Hashtag | null {
  const count = toInteger(raw.formatted_media_count) ?? raw.media_count ?? null;
  return Hashtag.read({ ...raw, media_count: count }, drift);
}

function objectIn(value: Json | undefined, drift: DriftReporter): JsonObject {
  if (!isJsonObject(value)) drift("RecentSearchItem", "item");
  return objectOr(value);
}
