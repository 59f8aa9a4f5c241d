import { invalidParameter, json, ok, userNotFound } from "./answer.ts";
import { textField } from "./body.ts";
import { countOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { aboutPage } from "./seed/about.ts";
import type { Person } from "./seed/people.ts";
import { userShort } from "./seed/user-shape.ts";
import type { World } from "./world.ts";

/** Profiles and the search for users. */
export const USER: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/users/{id}/info/",
    handle: (exchange) => profile(exchange, shownPersonOf(exchange)),
  },
  {
    method: "GET",
    path: "/api/v1/users/{username}/usernameinfo/",
    handle: (exchange) => {
      const { world, viewer } = exchange;
      const person = world.people.byUsername(exchange.param("username"));
      return profile(exchange, shownTo(world, viewer, person));
    },
  },
  { method: "GET", path: "/api/v1/users/search/", handle: search },
  {
    method: "POST",
    path: "/api/v1/bloks/apps/com.instagram.interactions.about_this_account/",
    requires: ["target_user_id", "referer_type", "bk_client_context", "bloks_versioning_id"],
    handle: ({ world, viewer, fields }) => {
      const id = textField(fields, "target_user_id") ?? "";
      return ok(aboutPage(shownTo(world, viewer, findPerson(world, id))));
    },
  },
];

/** The user with an id from a path or field, refusing with 404 where it is nobody's. */
export function personOf(world: World, id: string): Person {
  const person = findPerson(world, id);
  if (person === undefined) throw userNotFound();
  return person;
}

/** The user with an id, or undefined where it is nobody's. */
export function findPerson(world: World, id: string): Person | undefined {
  return /^\d{1,15}$/.test(id) ? world.people.byPk(Number(id)) : undefined;
}

/** A user that was looked up. To somebody they blocked they do not exist: refused as nobody is. */
export function shownTo(
  world: World,
  viewer: Person | undefined,
  person: Person | undefined,
): Person {
  const hidden =
    person !== undefined && viewer !== undefined && world.friendships.blocks.has(person, viewer);
  if (person === undefined || hidden) throw userNotFound();
  return person;
}

/** The user whose id is in the path, as far as the viewer gets to know of them. */
export function shownPersonOf(exchange: Exchange): Person {
  const { world, viewer } = exchange;
  return shownTo(world, viewer, findPerson(world, exchange.param("id")));
}

function profile({ world }: Exchange, person: Person): Response {
  return json(`{"user":${world.userText(person)},"status":"ok"}`);
}

function search({ world, viewer, query }: Exchange): Response {
  // Clients name it either way.
  const text = query.get("q") ?? query.get("query");
  if (text === null) throw invalidParameter("q");
  const users = world.people
    .search(text, countOf(query, 30, 50))
    .filter((person) => !world.friendships.blocks.has(person, viewer));
  return ok({
    num_results: users.length,
    users: users.map((person) => ({ ...userShort(person), mutual_followers_count: 0 })),
    has_more: false,
    rank_token: query.get("rank_token") ?? "",
    clear_client_cache: false,
  });
}
