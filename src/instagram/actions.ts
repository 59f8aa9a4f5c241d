import type { Client } from "./client.ts";
import type { JsonInput, JsonObject } from "./json.ts";
import { json } from "./readings.ts";
import { signed } from "./signing.ts";
import type { UpstreamRequest } from "./transport/request.ts";
import { send } from "./transport.ts";

type ActionFields = { readonly [name: string]: JsonInput | undefined };

/** A signed body that begins with the fields `_uuid` and `device_id`. */
export const signedByDevice = ({ state }: Client, fields: ActionFields) =>
  signed({ _uuid: state.ids.uuid, device_id: state.ids.android_device_id, ...fields });

/** A signed body as most actions have it: also with the field `radio_type`. */
export const signedAction = (client: Client, fields: ActionFields = {}) =>
  signedByDevice(client, { radio_type: "wifi-none", ...fields });

/** The account's pk as a number: the form of `_uid` in some bodies, a text in others. */
export const ownPk = ({ state }: Client): bigint => BigInt(state.userId ?? 0);

type ActionRequest = Omit<UpstreamRequest, "effect" | "method">;

/** Sends one action by POST, once. Resolves with Instagram's answer. */
export function actionAnswer(client: Client, request: ActionRequest): Promise<JsonObject> {
  return send(client, json, { ...request, effect: "write", method: "POST" });
}

/**
 * Sends one action by POST, once. Resolves with whether Instagram says that it is done: `status` is
 * `ok`.
 */
export async function act(client: Client, request: ActionRequest): Promise<boolean> {
  const { status } = await actionAnswer(client, request);
  return status === "ok";
}
