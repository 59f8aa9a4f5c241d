import { invalidParameter, type JsonObject, ok, refuse } from "./answer.ts";
import { type Fields, idList, textField } from "./body.ts";
import { statusOf } from "./friendship.ts";
import type { Exchange, Route } from "./router.ts";
import type { Person } from "./seed/people.ts";
import { personOf } from "./user.ts";
import { ANNOUNCED, type Mutable } from "./world/attention.ts";
import type { World } from "./world.ts";

/** What changes the relationship between the viewer and another user. */
export const FRIENDSHIP_ACTIONS: readonly Route[] = [
  change("create", (world, viewer, person) => {
    if (world.friendships.blocks.has(person, viewer)) throw refuse(400, "Invalid target user.");
    world.friendships.follow(viewer, person);
  }),
  change("destroy", (world, viewer, person) => world.friendships.unfollow(viewer, person)),
  change("block", (world, viewer, person) => world.friendships.block(viewer, person)),
  change("unblock", (world, viewer, person) => world.friendships.blocks.remove(viewer, person)),
  change("approve", (world, viewer, person) => world.friendships.approve(person, viewer)),
  change("ignore", (world, viewer, person) => world.friendships.requests.remove(person, viewer)),
  change("remove_follower", (world, viewer, person) => world.friendships.unfollow(person, viewer)),
  ...ANNOUNCED.flatMap((what) => [
    change(`favorite${what}`, ({ friendships: { attention } }, viewer, person) =>
      attention.announced[what].add(viewer, person),
    ),
    change(`unfavorite${what}`, ({ friendships: { attention } }, viewer, person) =>
      attention.announced[what].remove(viewer, person),
    ),
  ]),
  mute("mute"),
  mute("unmute"),
  {
    method: "POST",
    path: "/api/v1/friendships/set_besties/",
    acts: "other",
    requiredFields: ["module", "source"],
    handle: setCloseFriends,
  },
];

function change(
  action: string,
  apply: (world: World, viewer: Person, person: Person) => unknown,
): Route {
  return {
    method: "POST",
    path: `/api/v1/friendships/${action}/{id}/`,
    acts: action === "create" || action === "destroy" ? "follow" : "other",
    requiredFields: ["user_id"],
    handle: (exchange) => {
      const { world, viewer, fields } = exchange;
      const person = otherOf(world, viewer, exchange.param("id"));
      // The app repeats the path's id in the body: a difference is a fault of the client.
      if (textField(fields, "user_id") !== String(person.pk)) throw invalidParameter("user_id");
      const before = world.friendships.follows.has(viewer, person);
      apply(world, viewer, person);
      return ok({
        friendship_status: statusOf(world, viewer, person),
        previous_following: before,
      });
    },
  };
}

/** The fields that name whose posts or stories are muted. */
const MUTED_BY_FIELD: Readonly<Record<string, Mutable>> = {
  target_posts_author_id: "posts",
  target_reel_author_id: "stories",
};

function mute(action: "mute" | "unmute"): Route {
  return {
    method: "POST",
    path: `/api/v1/friendships/${action}_posts_or_story_from_follow/`,
    acts: "other",
    // Older apps do not sign it, and send no `container_module`.
    body: "form",
    handle: ({ world, viewer, fields }) => {
      const { attention } = world.friendships;
      const named = Object.entries(MUTED_BY_FIELD).flatMap(([field, what]) => {
        const id = textField(fields, field);
        return id === undefined ? [] : [{ what, person: otherOf(world, viewer, id) }];
      });
      const [first] = named;
      if (first === undefined) throw invalidParameter("target_posts_author_id");
      attention.checkRoom(named.length);
      for (const { what, person } of named)
        if (action === "mute") attention.muted[what].add(viewer, person);
        else attention.muted[what].remove(viewer, person);
      return ok({ friendship_status: statusOf(world, viewer, first.person) });
    },
  };
}

/** Most users that one request may add to the close friends or remove from them. */
const MOST_CLOSE_FRIENDS = 200;

/** Adds users to the viewer's close friends and removes others, all of them or none. */
function setCloseFriends({ world, viewer, fields }: Exchange): Response {
  const { attention } = world.friendships;
  const added = usersIn(world, viewer, fields, "add");
  const removed = usersIn(world, viewer, fields, "remove");
  attention.checkRoom(added.length);
  for (const person of added) attention.closeFriends.add(viewer, person);
  for (const person of removed) attention.closeFriends.remove(viewer, person);
  const statuses: Record<string, JsonObject> = {};
  for (const person of [...added, ...removed])
    statuses[person.pk] = statusOf(world, viewer, person);
  return ok({ friendship_statuses: statuses });
}

function usersIn(world: World, viewer: Person, fields: Fields, name: string): Person[] {
  const ids = fields[name] === undefined ? [] : idList(fields[name]);
  if (ids === undefined || ids.length > MOST_CLOSE_FRIENDS) throw invalidParameter(name);
  return ids.map((id) => otherOf(world, viewer, id));
}

/** A user whom the viewer can do something about. Throws a Refusal for nobody and for the viewer. */
function otherOf(world: World, viewer: Person, id: string): Person {
  const person = personOf(world, id);
  if (person.pk === viewer.pk) throw refuse(400, "Invalid target user.");
  return person;
}
