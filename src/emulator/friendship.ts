import { type JsonObject, json, notAuthorizedToViewUser, ok } from "./answer.ts";
import { textField } from "./body.ts";
import { countOf, placeOf } from "./page.ts";
import type { Exchange, Route } from "./router.ts";
import type { Person } from "./seed/people.ts";
import { avatarOf, userShort } from "./seed/user-shape.ts";
import { pageOf } from "./store/list.ts";
import { issueCursor } from "./token.ts";
import { findPerson, personOf, shownPersonOf } from "./user.ts";
import type { World } from "./world.ts";

/** Users on a page, where the request does not say. */
const USUAL_PAGE = 50;
const LARGEST_PAGE = 200;

/** Friendship statuses, and lists of followers, requests, blocked users and close friends. */
export const FRIENDSHIP: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/friendships/show/{id}/",
    handle: (exchange) =>
      ok(statusOf(exchange.world, exchange.viewer, personOf(exchange.world, exchange.param("id")))),
  },
  {
    method: "POST",
    path: "/api/v1/friendships/show_many/",
    body: "form",
    requiredFields: ["user_ids"],
    handle: showMany,
  },
  {
    method: "GET",
    path: "/api/v1/friendships/{id}/followers/",
    handle: (exchange) => list(exchange, "followers"),
  },
  {
    method: "GET",
    path: "/api/v1/friendships/{id}/following/",
    handle: (exchange) => list(exchange, "following"),
  },
  { method: "GET", path: "/api/v1/friendships/pending/", handle: pending },
  { method: "GET", path: "/api/v1/users/blocked_list/", handle: blockedList },
  { method: "GET", path: "/api/v1/friendships/besties/", handle: closeFriends },
];

/** The friendship status of the viewer and another user. */
export function statusOf(world: World, viewer: Person, person: Person): JsonObject {
  const { muted, closeFriends } = world.friendships.attention;
  return {
    following: world.friendships.follows.has(viewer, person),
    followed_by: world.friendships.follows.has(person, viewer),
    blocking: world.friendships.blocks.has(viewer, person),
    muting: muted.posts.has(viewer, person),
    is_private: person.isPrivate,
    incoming_request: world.friendships.requests.has(person, viewer),
    outgoing_request: world.friendships.requests.has(viewer, person),
    is_bestie: closeFriends.has(viewer, person),
    is_restricted: false,
    is_feed_favorite: false,
    is_blocking_reel: false,
    is_muting_reel: muted.stories.has(viewer, person),
    is_muting_notes: false,
    is_muting_media_notes: false,
    is_eligible_to_subscribe: false,
    subscribed: false,
  };
}

/** Friendship statuses by user id, without unknown ids, as upstream. */
function showMany({ world, viewer, fields }: Exchange): Response {
  const ids = (textField(fields, "user_ids") ?? "").split(",").slice(0, 200);
  const statuses = ids.flatMap((text) => {
    const id = text.trim();
    const person = findPerson(world, id);
    return person === undefined ? [] : [[id, statusOf(world, viewer, person)] as const];
  });
  return ok({ friendship_statuses: Object.fromEntries(statuses) });
}

function list(exchange: Exchange, kind: "followers" | "following"): Response {
  const { world, viewer, query } = exchange;
  const person = shownPersonOf(exchange);
  if (!world.canSee(viewer, person)) throw notAuthorizedToViewUser();
  const { follows } = world.friendships;
  const people = kind === "followers" ? follows.to(person) : follows.of(person);
  const wanted = (query.get("query") ?? "").trim().toLowerCase();
  const name = `${kind} ${person.pk} ${wanted}`;
  const size = countOf(query, USUAL_PAGE, LARGEST_PAGE);
  const { items, next } = pageOf(
    wanted === "" ? people : { from: (place: number) => people.from(place, SEARCHED) },
    placeOf(query.get("max_id") ?? "", name),
    size,
    (one) => matches(one, wanted) && !world.friendships.isBlocked(one, viewer),
  );
  const cursor =
    next === undefined ? "" : `,"next_max_id":${JSON.stringify(issueCursor(name, next))}`;
  const users = items.map((one) => world.shortText(one)).join(",");
  const more = next !== undefined;
  return json(
    `{"users":[${users}],"big_list":${more},"page_size":${size},"has_more":${more},` +
      `"should_limit_list_of_followers":false,"groups":[],"use_clickable_see_more":false${cursor},"status":"ok"}`,
  );
}

/** Most seeded users that a search in a list looks at: lists may have tens of thousands. */
const SEARCHED = 5_000;

function matches(person: Person, wanted: string): boolean {
  return (
    wanted === "" ||
    person.username.includes(wanted) ||
    person.fullName.toLowerCase().includes(wanted)
  );
}

/** Who asks to follow the viewer. */
function pending({ world, viewer, query }: Exchange): Response {
  const name = `pending ${viewer.pk}`;
  const size = countOf(query, USUAL_PAGE, LARGEST_PAGE);
  const start = placeOf(query.get("max_id") ?? "", name);
  const { items, next } = pageOf(world.friendships.requests.to(viewer), start, size);
  return ok({
    users: items.map(userShort),
    big_list: next !== undefined,
    page_size: size,
    ...(next === undefined ? {} : { next_max_id: issueCursor(name, next) }),
    suggested_users: { suggestions: [] },
    truncate_follow_requests_at_index: 0,
  });
}

/** The viewer's close friends. Nobody else ever sees who they are. */
function closeFriends({ world, viewer, query }: Exchange): Response {
  const name = `besties ${viewer.pk}`;
  const size = countOf(query, USUAL_PAGE, LARGEST_PAGE);
  const start = placeOf(query.get("max_id") ?? "", name);
  const { items, next } = pageOf(world.friendships.attention.closeFriends.of(viewer), start, size);
  return ok({
    sections: null,
    users: items.map((person) => ({
      ...userShort(person),
      is_bestie: true,
      friendship_status: statusOf(world, viewer, person),
    })),
    big_list: next !== undefined,
    page_size: size,
    next_max_id: next === undefined ? null : issueCursor(name, next),
  });
}

/** Whom the viewer has blocked. */
function blockedList({ world, viewer, query }: Exchange): Response {
  const name = `blocked ${viewer.pk}`;
  const size = countOf(query, USUAL_PAGE, LARGEST_PAGE);
  const start = placeOf(query.get("max_id") ?? "", name);
  const { items, next } = pageOf(world.friendships.blocks.of(viewer), start, size);
  return ok({
    blocked_list: items.map((person) => ({
      user_id: person.pk,
      username: person.username,
      full_name: person.fullName,
      profile_pic_url: avatarOf(person, 150),
      is_auto_block_enabled: false,
    })),
    page_size: size,
    ...(next === undefined ? {} : { next_max_id: issueCursor(name, next) }),
  });
}
