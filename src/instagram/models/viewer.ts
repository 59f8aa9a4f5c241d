import { type Static, Type } from "@sinclair/typebox";
import { type Json, objectOr } from "../json.ts";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readBooleanOr, readTextOr } from "./read.ts";
import { UserShort } from "./user-short.ts";

/** Somebody who has seen a story, and what they did with it. */
export const ViewerSchema = Type.Object(
  {
    ...UserShort.schema.properties,
    has_liked: Type.Optional(Type.Boolean({ default: false })),
    reply_text: Type.Optional(Type.String({ default: "" })),
    is_spam_viewer: Type.Optional(Type.Boolean({ default: false })),
  },
  { title: "Viewer" },
);
export type Viewer = Static<typeof ViewerSchema>;

/** An item of `viewers` in `media/<pk>/list_reel_media_viewer/`. */
export type RawViewer = Raw<"user" | "has_liked" | "reply_text" | "is_spam_viewer">;

/** Null when the user has no id. */
export function readViewer(value: Json | undefined, drift: DriftReporter): Viewer | null {
  const raw: RawViewer = objectOr(value);
  const user = UserShort.read(raw.user, drift);
  if (user === null) return null;
  return {
    ...user,
    has_liked: readBooleanOr(raw.has_liked, false, drift, "Viewer", "has_liked"),
    reply_text: readTextOr(raw.reply_text, "", drift, "Viewer", "reply_text"),
    is_spam_viewer: readBooleanOr(raw.is_spam_viewer, false, drift, "Viewer", "is_spam_viewer"),
  };
}

/** One page of viewers; `next_cursor` is empty on the last one. */
export const ViewerPageSchema = Type.Object(
  { items: Type.Array(ViewerSchema), next_cursor: Type.String() },
  { title: "ViewerPage" },
);
