import { ok } from "./answer.ts";
import type { Exchange, Route } from "./router.ts";
import { NOTE_LIFETIME, type Note, noteShape } from "./seed/notes.ts";

/** How many of those one follows are asked for a note. */
const NEAREST = 90;

/** Notes above the inbox. */
export const NOTE: readonly Route[] = [
  { method: "GET", path: "/api/v1/notes/get_notes/", handle: notes },
];

/** Notes of those whom the viewer follows, after the viewer's own. */
function notes({ world, viewer, now }: Exchange): Response {
  const following = world.friendships.follows.of(viewer).byPlace;
  const length = Math.min(following.length, NEAREST);
  const followed = Array.from({ length }, (_, position) => following.at(position));
  const isUp = ({ createdAt }: Note) => now < (createdAt + NOTE_LIFETIME) * 1_000;
  return ok({
    items: [viewer, ...followed].flatMap((author) =>
      author === undefined ? [] : [...world.notes.of(author)].filter(isUp).map(noteShape),
    ),
  });
}
