import { defaulted, number, optional } from "./fields.ts";

/*
 * Where something lies on a story: `x` and `y` are the middle of it, `width` and `height` its size,
 * all as parts of the picture's; `rotation` is in turns, `z` the order of the layers. What of it is
 * required, and what stands for it when it is missing, differs by the thing.
 */

/** Of a mention, a hashtag, a location: null what is missing. */
export const optionalPlace = {
  x: optional(number()),
  y: optional(number()),
  width: optional(number()),
  height: optional(number()),
  rotation: optional(number()),
};

/** Of a sticker, a poll. */
export const requiredPlace = {
  x: number(),
  y: number(),
  width: number(),
  height: number(),
  rotation: optional(number(), { missing: 0 }),
};

type Layer = Readonly<Record<"x" | "y" | "z" | "width" | "height" | "rotation", number>>;

/** Of a link, a post: the usual place where none is told. */
export const placeWith = (usual: Layer) => ({
  x: defaulted(number(), usual.x),
  y: defaulted(number(), usual.y),
  z: defaulted(number(), usual.z),
  width: defaulted(number(), usual.width),
  height: defaulted(number(), usual.height),
  rotation: defaulted(number(), usual.rotation),
});
