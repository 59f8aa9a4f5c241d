import { invalidParameter, json, ok, userNotFound } from "./answer.ts";
import type { Person } from "./nature/people.ts";
import { userShort } from "./nature/user-shape.ts";
import { countOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import type { World } from "./world.ts";

/** Profiles and the search for users. */
export const USER: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/users/{id}/info/",
    handle: (exchange) => profile(exchange, personOf(exchange.world, exchange.param("id"))),
  },
  {
    method: "GET",
    path: "/api/v1/users/{username}/usernameinfo/",
    handle: (exchange) => {
      const person = exchange.world.nature.people.byUsername(exchange.param("username"));
      if (person === undefined) throw userNotFound();
      return profile(exchange, person);
    },
  },
  { method: "GET", path: "/api/v1/users/search/", handle: search },
];

/** The user with an id from a path or field, refusing with 404 where it is nobody's. */
export function personOf(world: World, id: string): Person {
  const person = /^\d{1,15}$/.test(id) ? world.nature.people.byPk(Number(id)) : undefined;
  if (person === undefined) throw userNotFound();
  return person;
}

function profile({ world }: Exchange, person: Person): Response {
  return json(`{"user":${world.userText(person)},"status":"ok"}`);
}

function search({ world, query }: Exchange): Response {
  // Clients name it either way.
  const text = query.get("q") ?? query.get("query");
  if (text === null) throw invalidParameter("q");
  const users = world.nature.people.search(text, countOf(query, 30, 50));
  return ok({
    num_results: users.length,
    users: users.map((person) => ({ ...userShort(person), mutual_followers_count: 0 })),
    has_more: false,
    rank_token: query.get("rank_token") ?? "",
    clear_client_cache: false,
  });
}
