import { invalidParameter, type JsonObject, ok, refuse } from "./answer.ts";
import { textField } from "./body.ts";
import { positionOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import { CROWD, mix, Permutation } from "./seed/numbers.ts";
import type { Person } from "./seed/people.ts";
import { userShort } from "./seed/user-shape.ts";
import { type ComputedList, pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";
import { findPerson, shownTo } from "./user.ts";

const PAGE = 30;
/** How many users are suggested to an account in all. */
const LENGTH = 180;
const CHAINED = 40;
const SEARCHES = 10;

/** Users whom the viewer may want to follow, as older apps show them. */
export const SUGGESTION: readonly Route[] = [
  { method: "POST", path: "/api/v1/discover/ayml/", body: "form", handle: everywhere },
  {
    method: "GET",
    path: "/api/v1/discover/chaining/",
    requiredQuery: ["target_id"],
    handle: chaining,
  },
  {
    method: "GET",
    path: "/api/v1/fbsearch/suggested_searches/",
    requiredQuery: ["type"],
    handle: searches,
  },
];

/** Suggested users of the crowd, in another order for each user whom they are similar to. */
function similarTo({ world }: Exchange, person: Person, length: number): ComputedList<Person> {
  const { people } = world.seed;
  const order = new Permutation(mix(people.seed, person.slot, 131));
  return {
    length: Math.min(length, CROWD),
    at: (position) => people.ofCrowd(order.apply(position)),
  };
}

/** False for the viewer and for users whom the viewer follows or blocks. */
const isSuggested =
  ({ world, viewer }: Exchange) =>
  (person: Person): boolean =>
    person.pk !== viewer.pk &&
    !world.friendships.follows.has(viewer, person) &&
    !world.friendships.blocks.has(viewer, person);

function everywhere(exchange: Exchange): Response {
  const { viewer, fields } = exchange;
  const name = `suggested ${viewer.pk}`;
  const start = positionOf(textField(fields, "max_id") ?? "", name);
  const { items, next } = pageOf(
    similarTo(exchange, viewer, LENGTH),
    start,
    PAGE,
    isSuggested(exchange),
  );
  const cursor = next === undefined ? "" : issueCursor(name, next);
  return ok({
    max_id: cursor,
    next_max_id: cursor,
    more_available: next !== undefined,
    suggested_users: { suggestions: items.map(suggestion) },
    new_suggested_users: { suggestions: [] },
  });
}

function suggestion(person: Person): JsonObject {
  return {
    user: userShort(person),
    algorithm: "followed_by_following_algorithm",
    social_context: "Suggested for you",
    icon: "",
    caption: "",
    media_ids: [],
    thumbnail_urls: [],
    large_urls: [],
    media_infos: [],
    value: 0.5,
    followed_by: false,
    is_new_suggestion: false,
    uuid: `suggestion_${person.pk}`,
  };
}

/** Users similar to another one. */
function chaining(exchange: Exchange): Response {
  const { world, viewer, query } = exchange;
  const target = shownTo(world, viewer, findPerson(world, query.get("target_id") ?? ""));
  if (!world.canSee(viewer, target)) throw refuse(400, "Not eligible for chaining.");
  const { items } = pageOf(similarTo(exchange, target, LENGTH), 0, CHAINED, isSuggested(exchange));
  return ok({
    users: items.map((person) => ({
      ...userShort(person),
      chaining_info: { sources: "" },
      profile_chaining_secondary_label: "Suggested for you",
      social_context: "Suggested for you",
    })),
    is_backup: false,
    is_recommend_account: false,
    available_recommend_count: items.length,
  });
}

const SEARCH_TYPES = ["blended", "users", "hashtags", "places"];

/** Searches suggested before anything is typed: users only. */
function searches(exchange: Exchange): Response {
  const type = exchange.query.get("type") ?? "";
  if (!SEARCH_TYPES.includes(type)) throw invalidParameter("type");
  const wantsUsers = type === "blended" || type === "users";
  const found = wantsUsers
    ? pageOf(similarTo(exchange, exchange.viewer, LENGTH), 0, SEARCHES, isSuggested(exchange)).items
    : [];
  return ok({
    suggested: found.map((person, position) => ({ position, user: userShort(person) })),
    rank_token: "emulator",
  });
}
