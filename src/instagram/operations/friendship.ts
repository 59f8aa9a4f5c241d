import type { Client } from "../client.ts";
import { Relationship } from "../models/relationship.ts";
import { UserShort } from "../models/user-short.ts";
import { collectPage, cursorOf, listOf, type Page, type PageInput } from "../paging.ts";
import { json } from "../readings.ts";
import { type FormPairs, ifGiven, path } from "../signing.ts";
import { send } from "../transport.ts";
import { userOrNotFound } from "./user.ts";

/** Followers of a user, by pk: `GET friendships/{id}/followers/`, paged until `amount`. */
export function getFollowers(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<UserShort>> {
  return followList(client, page, path`friendships/${userId}/followers/`);
}

/** Users whom a user follows, by pk: `GET friendships/{id}/following/`, paged until `amount`. */
export function getFollowing(
  client: Client,
  userId: string,
  page: PageInput,
): Promise<Page<UserShort>> {
  return followList(client, page, path`friendships/${userId}/following/`);
}

/** Users who asked to follow the account: `GET friendships/pending/`, paged until `amount`. */
export function getFollowRequests(client: Client, page: PageInput): Promise<Page<UserShort>> {
  return userList(client, page, path`friendships/pending/`, []);
}

function followList(client: Client, page: PageInput, listPath: string): Promise<Page<UserShort>> {
  return userOrNotFound(() =>
    userList(client, page, listPath, [
      ["rank_token", client.state.ids.uuid],
      ["search_surface", "follow_list_page"],
      ["query", ""],
      ["enable_groups", "true"],
    ]),
  );
}

function userList(
  client: Client,
  { amount, cursor }: PageInput,
  listPath: string,
  query: FormPairs,
): Promise<Page<UserShort>> {
  return collectPage({
    amount,
    cursor,
    fillsPage: true,
    identity: (user) => user.pk,
    fetchPage: async (maxId) => {
      const body = await send(client, json, {
        effect: "read",
        method: "GET",
        path: listPath,
        query: [["count", String(amount)], ...query, ...ifGiven("max_id", maxId)],
      });
      return {
        items: listOf(body.users, (raw) => UserShort.read(raw, client.drift)),
        next: cursorOf(body.next_max_id),
      };
    },
  });
}

/** The relationship between the account and a user, by pk: `GET friendships/show/{id}/`. */
export async function getFriendship(client: Client, userId: string): Promise<Relationship> {
  const body = await userOrNotFound(() =>
    send(client, json, {
      effect: "read",
      method: "GET",
      path: path`friendships/show/${userId}/`,
      query: [["is_external_deeplink_profile_view", "false"]],
    }),
  );
  return Relationship.read({ ...body, user_id: userId }, client.drift);
}
