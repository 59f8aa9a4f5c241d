import { ok } from "./answer.ts";
import type { Exchange, Route } from "./router.ts";
import { NOTE_LIFETIME, type Note, noteShape } from "./seed/notes.ts";

/** How many followed users are looked at for a note. */
const NEAREST = 90;

/** Notes above the inbox. */
export const NOTE: readonly Route[] = [
  { method: "GET", path: "/api/v1/notes/get_notes/", handle: notes },
];

/** The viewer's note, then the notes of followed users. */
function notes({ world, viewer, now }: Exchange): Response {
  const following = world.friendships.follows.of(viewer).byPlace;
  const length = Math.min(following.length, NEAREST);
  const followed = Array.from({ length }, (_, position) => following.at(position));
  const isShown = ({ createdAt }: Note) => now < (createdAt + NOTE_LIFETIME) * 1_000;
  return ok({
    items: [viewer, ...followed].flatMap((author) =>
      author === undefined ? [] : [...world.notes.of(author)].filter(isShown).map(noteShape),
    ),
  });
}
