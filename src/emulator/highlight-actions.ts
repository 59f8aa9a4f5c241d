import { invalidParameter, json, ok, type Refusal, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { highlightText } from "./highlight.ts";
import type { Exchange, Route } from "./router.ts";
import { type Cover, type Highlight, MOST_STORIES, USUAL_CROP } from "./seed/highlights.ts";
import type { Story } from "./seed/stories.ts";

/** Most characters of a title. */
const LONGEST_TITLE = 16;

/** Making, changing and deleting highlights. */
export const HIGHLIGHT_ACTIONS: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/highlights/create_reel/",
    acts: "other",
    requiredFields: [
      "supported_capabilities_new",
      "source",
      "creation_id",
      "cover",
      "title",
      "media_ids",
    ],
    handle: create,
  },
  {
    method: "POST",
    path: "/api/v1/highlights/{id}/edit_reel/",
    acts: "other",
    requiredFields: ["supported_capabilities_new", "source"],
    handle: edit,
  },
  {
    method: "POST",
    path: "/api/v1/highlights/{id}/delete_reel/",
    acts: "other",
    handle: (exchange) => {
      exchange.world.stories.deleteHighlight(ownHighlight(exchange));
      return ok();
    },
  },
];

function create(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const stories = ownStories(exchange, "media_ids");
  if (stories.length === 0) throw invalidParameter("media_ids");
  if (stories.length > MOST_STORIES) throw tooMany();
  const cover = coverIn(exchange);
  if (cover === undefined) throw invalidParameter("cover");
  const title = titleIn(exchange) ?? "";
  const made = world.stories.makeHighlight({ owner: viewer, title, cover }, stories);
  return answer(exchange, made);
}

/** Changes what is given. Stories that are there already, and removed ones that are not, are no fault. */
function edit(exchange: Exchange): Response {
  const { world } = exchange;
  const highlight = ownHighlight(exchange);
  const added = ownStories(exchange, "added_media_ids");
  const removed = ownStories(exchange, "removed_media_ids");
  const left = new Set(world.stories.storiesIn(highlight).map(({ pk }) => pk));
  for (const { pk } of added) left.add(pk);
  for (const { pk } of removed) left.delete(pk);
  if (left.size > MOST_STORIES) throw tooMany();
  const cover = coverIn(exchange);
  const title = titleIn(exchange);
  const changed: Highlight = {
    ...highlight,
    ...(title === undefined ? {} : { title }),
    ...(cover === undefined ? {} : { cover }),
  };
  world.stories.editHighlight(changed, added, removed);
  return answer(exchange, changed);
}

const answer = (exchange: Exchange, highlight: Highlight): Response =>
  json(`{"reel":${highlightText(exchange, highlight, true)},"status":"ok"}`);

/** The viewer's highlight in the path. Throws a Refusal where it does not exist or is another's. */
function ownHighlight(exchange: Exchange): Highlight {
  const { world, viewer } = exchange;
  const highlight = world.stories.highlightById(exchange.param("id"));
  if (highlight === undefined || !world.canSee(viewer, highlight.owner))
    throw refuse(404, "Highlight not found");
  if (highlight.owner.pk !== viewer.pk)
    throw refuse(403, "You are not the owner of this highlight");
  return highlight;
}

function titleIn({ fields }: Exchange): string | undefined {
  const title = textField(fields, "title");
  if (title !== undefined && [...title].length > LONGEST_TITLE)
    throw refuse(400, "The highlight name is too long.");
  return title;
}

/**
 * The viewer's stories whose media ids are in a field, as JSON text; none where the field is missing.
 * Throws a Refusal for what is no such list, and unless all of them are the viewer's.
 */
function ownStories({ world, viewer, fields }: Exchange, name: string): Story[] {
  const ids = parsed(textField(fields, name) ?? "[]");
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === "string"))
    throw invalidParameter(name);
  const stories = [...new Set<string>(ids)].map((id) => {
    const story = world.stories.byMediaId(id);
    if (story === undefined || !world.canSee(viewer, story.owner)) throw notFound();
    if (story.owner.pk !== viewer.pk) throw refuse(403, "You are not the owner of this story");
    return story;
  });
  return [...new Map(stories.map((story) => [story.pk, story])).values()];
}

/** The cover in the fields: one of the viewer's stories, or an uploaded picture. */
function coverIn({ world, viewer, fields }: Exchange): Cover | undefined {
  const text = textField(fields, "cover");
  if (text === undefined) return undefined;
  const given = parsed(text);
  if (typeof given !== "object" || given === null) throw invalidParameter("cover");
  const { media_id, upload_id, crop_rect } = given as Record<string, unknown>;
  const cropRect = cropRectIn(crop_rect);
  if (media_id === undefined) {
    const isExact = typeof upload_id === "string" || Number.isSafeInteger(upload_id);
    if (!isExact || !/^\d{1,19}$/.test(String(upload_id))) throw invalidParameter("cover");
    const picture = world.uploads.find(viewer, String(upload_id));
    if (picture?.photo === undefined) return { uploadId: String(upload_id), cropRect };
    world.uploads.take(viewer, picture);
    return { uploadId: String(upload_id), file: picture.photo.file.key, cropRect };
  }
  const story = world.stories.byMediaId(String(media_id));
  if (story === undefined || story.owner.pk !== viewer.pk) throw notFound();
  return { storyPk: story.pk, cropRect };
}

/** Four numbers from 0 to 1, as a list or as its JSON text. */
function cropRectIn(given: unknown): readonly number[] {
  if (given === undefined) return USUAL_CROP;
  const rect = typeof given === "string" ? parsed(given) : given;
  const isPart = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;
  if (!Array.isArray(rect) || rect.length !== 4 || !rect.every(isPart))
    throw invalidParameter("cover");
  return rect;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const notFound = (): Refusal => refuse(400, "Media not found or unavailable");
const tooMany = (): Refusal =>
  refuse(400, `A highlight can have ${MOST_STORIES} stories at the most.`);
