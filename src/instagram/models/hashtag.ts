import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readId, readOptionalInteger, readOptionalUri } from "./read.ts";
import { Nullable, Uri } from "./schema.ts";
import { toText } from "./values.ts";

/** A hashtag. `name` is without the `#`. */
export const HashtagSchema = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    media_count: Type.Optional(Nullable(Type.Integer())),
    profile_pic_url: Type.Optional(Nullable(Uri())),
  },
  { title: "Hashtag" },
);
export type Hashtag = Static<typeof HashtagSchema>;

/** A hashtag as `tags/<name>/info/`, the searches and the stickers of stories write it. */
export type RawHashtag = Raw<keyof Hashtag>;

/** Null when it has no name: that is what every endpoint looks a hashtag up by. */
export function readHashtag(value: Json | undefined, drift: DriftReporter): Hashtag | null {
  const raw: RawHashtag = objectOr(value);
  const name = toText(raw.name);
  if (name === undefined || name === "") {
    drift("Hashtag", "name");
    return null;
  }
  return {
    id: readId(raw.id, drift, "Hashtag", "id"),
    name,
    media_count: readOptionalInteger(raw.media_count, drift, "Hashtag", "media_count"),
    // The empty text is how the upstream writes that there is no picture.
    profile_pic_url: readOptionalUri(
      raw.profile_pic_url || null,
      drift,
      "Hashtag",
      "profile_pic_url",
    ),
  };
}
