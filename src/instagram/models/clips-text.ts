import { type Static, Type } from "@sinclair/typebox";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readBoolean, readInteger, readNumber, readText, readTextOr } from "./read.ts";
import { readModels } from "./read-nested.ts";

/** One colour of a text and on how many characters it lies. */
export const ClipsReusableTextColorSchema = Type.Object(
  {
    count: Type.Integer(),
    hex_rgba_color: Type.String(),
  },
  { title: "ClipsReusableTextColor", description: "Color information for reusable text in clips" },
);
export type ClipsReusableTextColor = Static<typeof ClipsReusableTextColorSchema>;

/** An item of `reusable_text_info[].colors`. */
export type RawClipsReusableTextColor = Raw<keyof ClipsReusableTextColor>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsReusableTextColor(
  raw: RawClipsReusableTextColor,
  drift: DriftReporter,
): ClipsReusableTextColor {
  return {
    count: readInteger(raw.count, drift, "ClipsReusableTextColor", "count"),
    hex_rgba_color: readText(raw.hex_rgba_color, drift, "ClipsReusableTextColor", "hex_rgba_color"),
  };
}

/** A text laid over a Reel. Times are in milliseconds, lengths in parts of the screen. */
export const ClipsReusableTextInfoSchema = Type.Object(
  {
    alignment: Type.String(),
    end_time_ms: Type.Number(),
    font_size: Type.Number(),
    height: Type.Number(),
    id: Type.String(),
    is_animated: Type.Boolean(),
    offset_x: Type.Number(),
    offset_y: Type.Number(),
    rotation_degree: Type.Number(),
    scale: Type.Number(),
    start_time_ms: Type.Number(),
    text: Type.String(),
    text_emphasis_mode: Type.String(),
    text_format_type: Type.String(),
    width: Type.Number(),
    z_index: Type.Integer(),
    effects: Type.Optional(Type.String({ default: "" })),
    animation: Type.Optional(Type.String({ default: "" })),
    colors: Type.Optional(Type.Array(ClipsReusableTextColorSchema, { default: [] })),
  },
  { title: "ClipsReusableTextInfo", description: "Reusable text information for clips" },
);
export type ClipsReusableTextInfo = Static<typeof ClipsReusableTextInfoSchema>;

/** An item of `clips_metadata.reusable_text_info`. */
export type RawClipsReusableTextInfo = Raw<keyof ClipsReusableTextInfo>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readClipsReusableTextInfo(
  raw: RawClipsReusableTextInfo,
  drift: DriftReporter,
): ClipsReusableTextInfo {
  const model = "ClipsReusableTextInfo";
  return {
    alignment: readText(raw.alignment, drift, model, "alignment"),
    end_time_ms: readNumber(raw.end_time_ms, drift, model, "end_time_ms"),
    font_size: readNumber(raw.font_size, drift, model, "font_size"),
    height: readNumber(raw.height, drift, model, "height"),
    id: readText(raw.id, drift, model, "id"),
    is_animated: readBoolean(raw.is_animated, drift, model, "is_animated"),
    offset_x: readNumber(raw.offset_x, drift, model, "offset_x"),
    offset_y: readNumber(raw.offset_y, drift, model, "offset_y"),
    rotation_degree: readNumber(raw.rotation_degree, drift, model, "rotation_degree"),
    scale: readNumber(raw.scale, drift, model, "scale"),
    start_time_ms: readNumber(raw.start_time_ms, drift, model, "start_time_ms"),
    text: readText(raw.text, drift, model, "text"),
    text_emphasis_mode: readText(raw.text_emphasis_mode, drift, model, "text_emphasis_mode"),
    text_format_type: readText(raw.text_format_type, drift, model, "text_format_type"),
    width: readNumber(raw.width, drift, model, "width"),
    z_index: readInteger(raw.z_index, drift, model, "z_index"),
    effects: readTextOr(raw.effects, "", drift, model, "effects"),
    animation: readTextOr(raw.animation, "", drift, model, "animation"),
    colors: readModels(raw.colors, readClipsReusableTextColor, drift, model, "colors"),
  };
}
