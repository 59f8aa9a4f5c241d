import { invalidParameter, type JsonObject, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import type { Exchange, Route } from "./router.ts";
import { type Note, noteShape } from "./seed/notes.ts";
import type { Person } from "./seed/people.ts";

/** How many followed users are looked at for a note. */
const NEAREST = 90;

/** Most characters of a note. */
const LONGEST = 60;

/** Notes above the inbox. */
export const NOTE: readonly Route[] = [
  { method: "GET", path: "/api/v1/notes/get_notes/", handle: notes },
  {
    method: "POST",
    path: "/api/v1/notes/create_note/",
    acts: "other",
    requiredFields: ["note_style", "text", "audience"],
    handle: create,
  },
  {
    method: "POST",
    path: "/api/v1/notes/delete_note/",
    acts: "other",
    requiredFields: ["id"],
    handle: remove,
  },
];

/** The viewer's note, then the notes of followed users. */
function notes(exchange: Exchange): Response {
  const { world, viewer } = exchange;
  return ok({
    items: [viewer, ...followedBy(exchange)].flatMap((author) => {
      const note = world.notes.shownTo(viewer, author);
      return note === undefined ? [] : [shape(exchange, note)];
    }),
  });
}

/** The first users whom the viewer follows, and all accounts that can write a note. */
function followedBy({ world, viewer }: Exchange): Iterable<Person> {
  const { follows } = world.friendships;
  const following = follows.of(viewer).byPlace;
  const found = new Map<number, Person>();
  for (let place = 0; place < Math.min(following.length, NEAREST); place++) {
    const person = following.at(place);
    if (person !== undefined) found.set(person.pk, person);
  }
  for (const person of world.seed.people.named)
    if (!found.has(person.pk) && follows.has(viewer, person)) found.set(person.pk, person);
  return found.values();
}

function create(exchange: Exchange): Response {
  const { world, viewer, fields } = exchange;
  const text = textField(fields, "text")?.trim() ?? "";
  if (text === "") throw invalidParameter("text");
  if ([...text].length > LONGEST) throw refuse(400, "Your note is too long.");
  const audience = textField(fields, "audience");
  if (audience !== "0" && audience !== "1") throw invalidParameter("audience");
  const note = world.notes.write({ author: viewer, text, audience: Number(audience) });
  return ok(shape(exchange, note));
}

/** Deletes the viewer's note. One that is replaced or gone is no fault. */
function remove({ world, viewer, fields }: Exchange): Response {
  if (!world.notes.delete(viewer, textField(fields, "id") ?? ""))
    throw refuse(404, "Note not found");
  return ok();
}

const shape = ({ world }: Exchange, note: Note): JsonObject =>
  noteShape({ ...note, author: world.people.current(note.author) });
