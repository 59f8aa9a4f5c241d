import { invalidParameter, json, ok, userNotFound } from "./answer.ts";
import { textField } from "./body.ts";
import { countOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { usersFound } from "./search.ts";
import { aboutPage } from "./seed/about.ts";
import type { Person } from "./seed/people.ts";
import { userShort } from "./seed/user-shape.ts";
import { ANNOUNCED } from "./world/attention.ts";
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
    requiredFields: ["target_user_id", "referer_type", "bk_client_context", "bloks_versioning_id"],
    handle: ({ world, viewer, fields }) => {
      const id = textField(fields, "target_user_id") ?? "";
      return ok(aboutPage(shownTo(world, viewer, findPerson(world, id))));
    },
  },
];

/** The user with an id from a path or field. Throws a Refusal (404) where there is none. */
export function personOf(world: World, id: string): Person {
  const person = findPerson(world, id);
  if (person === undefined) throw userNotFound();
  return person;
}

/** The user with an id; undefined where there is none. */
export function findPerson(world: World, id: string): Person | undefined {
  return /^\d{1,15}$/.test(id) ? world.people.byPk(Number(id)) : undefined;
}

/** A user who was looked up. Throws a Refusal (404) where there is none or the user blocked the viewer. */
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

/** The user whose id is in the path; see shownTo(). */
export function shownPersonOf(exchange: Exchange): Person {
  const { world, viewer } = exchange;
  return shownTo(world, viewer, findPerson(world, exchange.param("id")));
}

function profile({ world, viewer }: Exchange, person: Person): Response {
  const { announced } = world.friendships.attention;
  const on = ANNOUNCED.filter((what) => announced[what].has(viewer, person));
  const text = on.reduce(
    (profile, what) => profile.replace(`"is_favorite${what}":false`, `"is_favorite${what}":true`),
    world.userText(person),
  );
  return json(`{"user":${text},"status":"ok"}`);
}

function search(exchange: Exchange): Response {
  const { query } = exchange;
  // Clients use either name.
  const text = query.get("q") ?? query.get("query");
  if (text === null) throw invalidParameter("q");
  const users = usersFound(exchange, text, countOf(query, 30, 50));
  return ok({
    num_results: users.length,
    users: users.map((person) => ({ ...userShort(person), mutual_followers_count: 0 })),
    has_more: false,
    rank_token: query.get("rank_token") ?? "",
    clear_client_cache: false,
  });
}
