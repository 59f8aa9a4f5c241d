import { Type } from "@sinclair/typebox";
import type { DriftReporter } from "./drift.ts";
import { type Raw, readNumber, readOptionalNumber } from "./read.ts";
import { Nullable } from "./schema.ts";

/*
 * Where something lies on a story: `x` and `y` are the middle of it, `width` and `height` its size,
 * all as parts of the picture's; `rotation` is in turns, `z` the order of the layers. What of it is
 * required, and what stands for it when it is missing, differs by the thing.
 */

export type PlaceField = "x" | "y" | "width" | "height" | "rotation";

const OptionalNumber = () => Type.Optional(Nullable(Type.Number()));

/** Of a mention, a hashtag, a location: null what is missing. */
export const optionalPlace = {
  x: OptionalNumber(),
  y: OptionalNumber(),
  width: OptionalNumber(),
  height: OptionalNumber(),
  rotation: OptionalNumber(),
};

export function readOptionalPlace(
  raw: Raw<PlaceField>,
  drift: DriftReporter,
  model: string,
): Record<PlaceField, number | null> {
  const at = (field: PlaceField) => readOptionalNumber(raw[field], drift, model, field);
  return {
    x: at("x"),
    y: at("y"),
    width: at("width"),
    height: at("height"),
    rotation: at("rotation"),
  };
}

/** Of a sticker, a poll. */
export const requiredPlace = {
  x: Type.Number(),
  y: Type.Number(),
  width: Type.Number(),
  height: Type.Number(),
  rotation: Type.Optional(Nullable(Type.Number(), { default: 0 })),
};

export function readRequiredPlace(raw: Raw<PlaceField>, drift: DriftReporter, model: string) {
  const at = (field: PlaceField) => readNumber(raw[field], drift, model, field);
  return {
    x: at("x"),
    y: at("y"),
    width: at("width"),
    height: at("height"),
    rotation: readOptionalNumber(raw.rotation, drift, model, "rotation", 0),
  };
}

type Layer = Readonly<Record<PlaceField | "z", number>>;

const NumberWith = (usual: number) => Type.Optional(Type.Number({ default: usual }));

/** Of a link, a post: the usual place where none is told. */
export const placeWith = (usual: Layer) => ({
  x: NumberWith(usual.x),
  y: NumberWith(usual.y),
  z: NumberWith(usual.z),
  width: NumberWith(usual.width),
  height: NumberWith(usual.height),
  rotation: NumberWith(usual.rotation),
});

export function readPlaceWith(
  usual: Layer,
  raw: Raw<keyof Layer>,
  drift: DriftReporter,
  model: string,
): Layer {
  const at = (field: keyof Layer) =>
    readOptionalNumber(raw[field], drift, model, field, usual[field]) ?? usual[field];
  return {
    x: at("x"),
    y: at("y"),
    z: at("z"),
    width: at("width"),
    height: at("height"),
    rotation: at("rotation"),
  };
}
