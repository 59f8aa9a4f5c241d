import { act } from "../actions.ts";
import type { Client } from "../client.ts";
import { answerUnusable, notFoundAs } from "../errors.ts";
import { objectOr } from "../json.ts";
import { cursorOf } from "../paging.ts";
import { json } from "../readings.ts";
import { asciiJson, type FormPairs, form, path, type RequestBody, signed } from "../signing.ts";
import { send } from "../transport.ts";
import { threadOrNotFound } from "./direct.ts";

/**
 * Makes a group: `POST direct_v2/create_group_thread/`. Returns its thread's id. Throws
 * UpstreamRefused: UserNotFound, DirectMessageRequestsDisabled, and what every operation can throw.
 */
export async function createDirectThread(
  client: Client,
  userIds: readonly string[],
  title: string,
): Promise<string> {
  const { state, caller } = client;
  const body = await notFoundAs("UserNotFound", "User not found", () =>
    send(client, json, {
      effect: "write",
      method: "POST",
      path: path`direct_v2/create_group_thread/`,
      body: signed({
        _uuid: state.ids.uuid,
        _uid: state.userId,
        client_context: caller.tokens.mutationToken(),
        is_partnership_folder: "false",
        recipient_users: `[${userIds.join(",")}]`,
        thread_title: title,
      }),
    }),
  );
  const threadId = idOf(body.thread_id) || idOf(objectOr(body.thread).thread_id);
  if (threadId === "") throw answerUnusable("it names no thread");
  return threadId;
}

/** Ids come as texts or as numbers. */
const idOf = cursorOf;

/**
 * Hides a thread from the account's inbox until a new message comes:
 * `POST direct_v2/threads/{id}/hide/`. `moveToSpam` puts later message requests of the sender under
 * the hidden ones. Throws UpstreamRefused: DirectThreadNotFound, and what every operation can throw.
 */
export const hideDirectThread = (
  client: Client,
  threadId: string,
  moveToSpam: boolean,
): Promise<boolean> =>
  actOnThread(
    client,
    path`direct_v2/threads/${threadId}/hide/`,
    form([["should_move_future_requests_to_spam", String(moveToSpam)], ...uuidField(client)]),
  );

export interface ThreadChange {
  /** "" leaves it. */
  title: string;
  markUnread: boolean;
}

/**
 * Names a group, marks a thread as unread, or both in this order:
 * `POST direct_v2/threads/{id}/update_title/` and `.../mark_unread/`. Throws as hideDirectThread()
 * does.
 */
export async function changeDirectThread(
  client: Client,
  threadId: string,
  { title, markUnread }: ThreadChange,
): Promise<boolean> {
  if (title !== "") {
    const isNamed = await actOnThread(
      client,
      path`direct_v2/threads/${threadId}/update_title/`,
      form([...uuidField(client), ["title", title]]),
    );
    if (!isNamed) return false;
  }
  if (!markUnread) return true;
  return actOnThread(client, path`direct_v2/threads/${threadId}/mark_unread/`, signedUuid(client));
}

/** Adds users to a group: `POST direct_v2/threads/{id}/add_user/`. Throws as hideDirectThread() does. */
export const addDirectThreadUsers = (
  client: Client,
  threadId: string,
  userIds: readonly string[],
): Promise<boolean> =>
  actOnThread(
    client,
    path`direct_v2/threads/${threadId}/add_user/`,
    form([...uuidField(client), ["user_ids", asciiJson([...userIds])]]),
  );

/**
 * Mutes a thread or unmutes it: `POST direct_v2/threads/{id}/mute/` or `.../unmute/`. Throws as
 * hideDirectThread() does.
 */
export const muteDirectThread = (
  client: Client,
  threadId: string,
  revert: boolean,
): Promise<boolean> =>
  actOnThread(
    client,
    path`direct_v2/threads/${threadId}/${revert ? "unmute" : "mute"}/`,
    signedUuid(client),
  );

/**
 * Mutes the video calls of a thread or unmutes them:
 * `POST direct_v2/threads/{id}/mute_video_call/` or `.../unmute_video_call/`. Throws as
 * hideDirectThread() does.
 */
export const muteDirectVideoCalls = (
  client: Client,
  threadId: string,
  revert: boolean,
): Promise<boolean> =>
  actOnThread(
    client,
    path`direct_v2/threads/${threadId}/${revert ? "unmute_video_call" : "mute_video_call"}/`,
    signedUuid(client),
  );

/**
 * Accepts a message request, which moves it to the inbox: `POST direct_v2/threads/{id}/approve/`.
 * Throws as hideDirectThread() does.
 */
export const approveDirectThread = (client: Client, threadId: string): Promise<boolean> =>
  actOnThread(
    client,
    path`direct_v2/threads/${threadId}/approve/`,
    form([["filter", "DEFAULT"], ...uuidField(client)]),
  );

const actOnThread = (client: Client, path: string, body: RequestBody): Promise<boolean> =>
  threadOrNotFound(() => act(client, { path, body }));

const uuidField = ({ state }: Client): FormPairs => [["_uuid", state.ids.uuid]];
const signedUuid = ({ state }: Client) => signed({ _uuid: state.ids.uuid });
