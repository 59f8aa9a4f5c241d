import { type Answer, DEVICE, type ParsedJson, type TestClient } from "./client.ts";

/* Messages in tests: sending them, and reading them as those who receive them. */

let contexts = 6_800_011_111_111_111_111n;

/** A `client_context` that no other message has. */
export const newContext = (): string => String(++contexts);

/** Sends a message as a plain form, to `thread_ids` or `recipient_users` in `fields`. */
export function broadcast(
  client: TestClient,
  kind: string,
  fields: Record<string, string>,
): Promise<Answer> {
  const token = newContext();
  return client.send("POST", `/api/v1/direct_v2/threads/broadcast/${kind}/`, {
    form: {
      _uuid: DEVICE.guid,
      device_id: DEVICE.device_id,
      action: "send_item",
      client_context: token,
      mutation_token: token,
      offline_threading_id: token,
      ...fields,
    },
  });
}

/** The threads in an inbox. */
export async function threadsIn(
  client: TestClient,
  inbox: "inbox" | "pending_inbox" = "inbox",
): Promise<ParsedJson[]> {
  const answer = await client.get(`direct_v2/${inbox}/`, {
    visual_message_return_type: "unseen",
    persistentBadging: "true",
    limit: "20",
  });
  return answer.json.inbox.threads;
}

/** The client's thread with one other user; undefined where it has none among its newest. */
export async function threadWith(client: TestClient, pk: number): Promise<ParsedJson | undefined> {
  const threads = [...(await threadsIn(client)), ...(await threadsIn(client, "pending_inbox"))];
  return threads.find(({ users }) => users.length === 1 && users[0].pk === pk);
}

/** The messages in the client's thread with one other user, newest first. */
export async function messagesWith(client: TestClient, pk: number): Promise<ParsedJson[]> {
  return (await threadWith(client, pk))?.items ?? [];
}
