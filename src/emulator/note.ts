import { ok } from "./answer.ts";
import type { Exchange, Route } from "./router.ts";
import { noteOf, writesNotes } from "./seed/notes.ts";

/** How many of those one follows are asked for a note. */
const NEAREST = 90;

/** Notes above the inbox. */
export const NOTE: readonly Route[] = [
  { method: "GET", path: "/api/v1/notes/get_notes/", handle: notes },
];

/** Notes of those whom the viewer follows. */
function notes({ world, viewer, now }: Exchange): Response {
  const following = world.friendships.follows.of(viewer).byPlace;
  const length = Math.min(following.length, NEAREST);
  const authors = Array.from({ length }, (_, position) => following.at(position));
  return ok({
    items: authors.flatMap((person) =>
      person !== undefined && writesNotes(person) ? noteOf(person, now) : [],
    ),
  });
}
