import {
  isJsonObject,
  JsonRefused,
  parseCallersJson,
  type VerbatimJsonObject,
} from "../instagram/json.ts";
import { parseLikePython } from "../instagram/python-json.ts";
import { InvalidInput } from "../problems/problem.ts";

/** What Instagram's app shows of a story as a cover. */
const USUAL_CROP = [0, 0.21830457, 1, 0.78094524];

/** The part of a cover that shows. Throws InvalidInput unless it is four numbers. */
export function cropRectOf(given: readonly number[] = USUAL_CROP): readonly number[] {
  if (given.length !== USUAL_CROP.length || !given.every(Number.isFinite))
    throw new InvalidInput("crop_rect", "must be four numbers: left, top, right, bottom");
  return given;
}

/**
 * The cover in a caller's JSON text; undefined where none is given, as with an empty object. Throws
 * InvalidInput for anything but an object.
 */
export function callersCover(text: string | null | undefined): VerbatimJsonObject | undefined {
  if (!text?.trim()) return undefined;
  let cover: ReturnType<typeof parseLikePython>;
  try {
    // Only for its limits: the numbers are to be written as the recorded client writes them.
    parseCallersJson(text);
    cover = parseLikePython(text);
  } catch (error) {
    if (error instanceof JsonRefused) throw new InvalidInput("cover", error.message);
    throw new InvalidInput("cover", "is not valid JSON");
  }
  if (cover === null) return undefined;
  if (!isJsonObject(cover)) throw new InvalidInput("cover", "must be a JSON object");
  return Object.keys(cover).length === 0 ? undefined : cover;
}
