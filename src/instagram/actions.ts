import type { Client } from "./client.ts";
import type { JsonInput } from "./json.ts";
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

/**
 * Sends one action by POST, once. Resolves with whether Instagram says that it is done: `status` is
 * `ok`.
 */
export async function act(
  client: Client,
  request: Omit<UpstreamRequest, "effect" | "method">,
): Promise<boolean> {
  const { status } = await send(client, json, { ...request, effect: "write", method: "POST" });
  return status === "ok";
}
