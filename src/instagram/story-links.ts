import { InvalidInput } from "../problems/problem.ts";
import { instagramUrl, isNumericId, type MediaRef, numericId, parseMediaRef } from "./ids.ts";

/** Reads a story's link, or what parseMediaRef() accepts. Throws InvalidInput. */
export function parseStoryRef(value: string, field = "story_pk"): MediaRef {
  return value.includes("/") ? parseStoryUrl(value, field) : parseMediaRef(value, field);
}

/**
 * Reads a list of what parseStoryRef() accepts, without those that were named before. Throws
 * InvalidInput that names the first wrong one by its position.
 */
export function parseStoryRefs(values: readonly string[], field: string): MediaRef[] {
  const refs = new Map<string, MediaRef>();
  for (const [at, value] of values.entries()) {
    const ref = parseAt(value, field, at);
    if (!refs.has(ref.pk)) refs.set(ref.pk, ref);
  }
  return [...refs.values()];
}

function parseAt(value: string, field: string, at: number): MediaRef {
  try {
    return parseStoryRef(value, field);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const faults = error.faults.map(({ message }) => ({
      field,
      message: `item ${at + 1} ${message}`,
    }));
    throw new InvalidInput(faults);
  }
}

/**
 * Reads a link to a story: `/stories/<username>/<pk>/`, or any link with
 * `?story_media_id=<pk>_<owner pk>`, which the app makes for a story of a highlight.
 * Throws InvalidInput for other links.
 */
export function parseStoryUrl(text: string, field = "url"): MediaRef {
  const url = instagramUrl(text);
  if (!url) throw new InvalidInput(field, "must be a link to a story on instagram.com");
  const mediaId = url.searchParams.get("story_media_id");
  if (mediaId !== null) return parseMediaRef(mediaId, field);
  if (highlightIn(url) !== null)
    throw new InvalidInput(field, "is a link to a highlight, not to a story");
  const [start, , pk = ""] = partsOf(url);
  if (start !== "stories" || !isNumericId(pk))
    throw new InvalidInput(field, "must be a link to a story: .../stories/<username>/<pk>/");
  return { pk: numericId(pk, field), owner: null };
}

/**
 * Reads a highlight's pk from a pk, an id `highlight:<pk>`, or a link: `/stories/highlights/<pk>/`
 * or `/s/<base64 of its id>`, which the app makes. Throws InvalidInput.
 */
export function parseHighlightRef(value: string, field = "highlight_pk"): string {
  const url = value.includes("/") ? instagramUrl(value) : null;
  const pk = url ? highlightIn(url) : value.trim().replace(/^highlight:/, "");
  if (pk === null || !isNumericId(pk))
    throw new InvalidInput(field, "must be a highlight's pk, or a link to one on instagram.com");
  return numericId(pk, field);
}

/** The pk of the highlight that a link leads to; null if it leads elsewhere. */
function highlightIn(url: URL): string | null {
  const [start, second = "", pk = ""] = partsOf(url);
  if (start === "stories" && second === "highlights") return pk;
  if (start !== "s") return null;
  const [, digits] =
    /^highlight:(\d+)$/.exec(Buffer.from(second, "base64url").toString("latin1")) ?? [];
  return digits ?? null;
}

const partsOf = (url: URL): string[] => url.pathname.split("/").filter((part) => part !== "");
