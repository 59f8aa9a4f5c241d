import { invalidParameter, json, notAuthorizedToViewUser } from "./answer.ts";
import { positionOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { type Highlight, highlightShape } from "./seed/highlights.ts";
import { reelText, storyTexts } from "./story.ts";
import { issueCursor } from "./token.ts";
import { findPerson, shownPersonOf } from "./user.ts";

/** Highlights, and reels by their ids. */
export const HIGHLIGHT: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/highlights/{id}/highlights_tray/",
    requiredQuery: [
      "supported_capabilities_new",
      "phone_id",
      "battery_level",
      "is_charging",
      "will_sound_on",
    ],
    handle: tray,
  },
  {
    method: "POST",
    path: "/api/v1/feed/reels_media/",
    requiredFields: ["source", "supported_capabilities_new"],
    handle: reelsMedia,
  },
];

/** Most highlights in one answer. */
const TRAY = 10;

function tray(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  const owner = shownPersonOf(exchange);
  if (!world.canSee(viewer, owner)) throw notAuthorizedToViewUser();
  const list = `highlights ${owner.pk}`;
  const start = positionOf(exchange.query.get("cursor") ?? "", list, "cursor");
  const highlights = [...world.stories.highlights.of(owner)];
  const end = start + TRAY;
  const texts = highlights
    .slice(start, end)
    .map((highlight) => highlightText(exchange, highlight, false));
  // The last page has no cursor field.
  const more = end < highlights.length ? `,"cursor":${JSON.stringify(issueCursor(list, end))}` : "";
  return json(
    `{"tray":[${texts.join(",")}],"show_empty_state":false,"my_week_enabled":false${more},"status":"ok"}`,
  );
}

/** Reels of users (by pk) and highlights, without those that the viewer may not see. */
function reelsMedia(exchange: Exchange): Response {
  const { user_ids: ids } = exchange.fields;
  if (!Array.isArray(ids)) throw invalidParameter("user_ids");
  const reels = new Map<string, string>();
  for (const id of ids.map(String)) {
    const text = reelById(exchange, id);
    if (text !== undefined) reels.set(id, text);
  }
  const byId = [...reels].map(([id, text]) => `${JSON.stringify(id)}:${text}`);
  return json(
    `{"reels_media":[${[...reels.values()].join(",")}],"reels":{${byId.join(",")}},"status":"ok"}`,
  );
}

function reelById(exchange: Exchange, id: string): string | undefined {
  const { world, viewer } = exchange;
  const highlight = world.stories.highlightById(id);
  const owner = highlight?.owner ?? findPerson(world, id);
  if (owner === undefined || !world.canSee(viewer, owner)) return undefined;
  return highlight === undefined
    ? reelText(exchange, owner)
    : highlightText(exchange, highlight, true);
}

/** JSON text of a highlight, in the tray without its stories. */
export function highlightText(
  exchange: Exchange,
  highlight: Highlight,
  withItems: boolean,
): string {
  const { world, viewer } = exchange;
  const stories = world.stories
    .storiesIn(highlight)
    .filter((story) => world.seesStory(viewer, story));
  const all = [...world.stories.highlights.of(highlight.owner)];
  const rank = all.findIndex(({ pk }) => pk === highlight.pk);
  const fields = JSON.stringify(
    highlightShape(world.stories.withCover(highlight), rank, stories),
  ).slice(1, -1);
  const items = withItems ? storyTexts(exchange, stories) : "";
  return `{${fields},"user":${world.shortText(highlight.owner)},"items":[${items}]}`;
}
