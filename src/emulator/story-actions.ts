import { invalidParameter, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import type { Exchange, Route } from "./router.ts";
import type { Story } from "./seed/stories.ts";
import { visibleStory } from "./story.ts";

/** Liking stories, and reporting them as seen. */
export const STORY_ACTIONS: readonly Route[] = [
  {
    method: "POST",
    path: "/api/v1/story_interactions/send_story_like/",
    acts: "like",
    requiredFields: ["media_id"],
    handle: (exchange) => {
      exchange.world.stories.like(exchange.viewer, namedStory(exchange));
      return ok();
    },
  },
  {
    method: "POST",
    path: "/api/v1/story_interactions/unsend_story_like/",
    acts: "like",
    requiredFields: ["media_id"],
    handle: (exchange) => {
      exchange.world.stories.likers.remove(namedStory(exchange), exchange.viewer);
      return ok();
    },
  },
  {
    method: "POST",
    path: "/api/v2/media/seen/",
    acts: "other",
    requiredQuery: ["reel", "live_vod"],
    handle: seen,
  },
];

function namedStory(exchange: Exchange): Story {
  const story = visibleStory(exchange, textField(exchange.fields, "media_id") ?? "");
  if (story === undefined) throw refuse(400, "Media not found or unavailable");
  return story;
}

/** Most medias in one report. */
const MOST_SEEN = 500;

/**
 * Takes the report of the medias that the app has shown. Only stories have viewers; posts, and what
 * the viewer may not see, are ignored, and so are the skipped ones.
 */
function seen(exchange: Exchange): Response {
  const { fields, world, viewer } = exchange;
  viewedIn(fields.reel_media_skipped ?? {}, "reel_media_skipped");
  const stories = viewedIn(fields.reels, "reels").flatMap((id) => visibleStory(exchange, id) ?? []);
  world.stories.see(viewer, stories);
  return ok();
}

/** Ids of the medias in a report: keys are `<pk>_<owner>_<source>`, values when each was on the screen. */
function viewedIn(report: unknown, name: string): string[] {
  if (typeof report !== "object" || report === null || Array.isArray(report))
    throw invalidParameter(name);
  const entries = Object.entries(report);
  if (entries.length > MOST_SEEN) throw invalidParameter(name);
  return entries.map(([key, times]) => {
    const [, id] = /^(\d{1,19}_(\d{1,15}))_\d{1,19}$/.exec(key) ?? [];
    if (id === undefined || !Array.isArray(times) || !times.every(isTimeSpan))
      throw invalidParameter(name);
    return id;
  });
}

/** `<begin>_<end>`, unix seconds. */
function isTimeSpan(value: unknown): boolean {
  const [, begin, end] = /^(\d{1,12})_(\d{1,12})$/.exec(String(value)) ?? [];
  return Number(begin) <= Number(end);
}
