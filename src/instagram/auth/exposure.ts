import type { Client } from "../client.ts";
import { json } from "../readings.ts";
import { path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/**
 * Reports an experiment's exposure, `qe/expose/`: the small call with which a restored device shows
 * itself, and that shows whether Instagram still accepts its login.
 */
export async function reportExposure(client: Client): Promise<void> {
  const { ids } = client.state;
  await send(client, json, {
    effect: "write",
    method: "POST",
    path: path`qe/expose/`,
    body: signed({
      _uuid: ids.uuid,
      device_id: ids.android_device_id,
      id: ids.uuid,
      experiment: "ig_android_profile_contextual_feed",
    }),
  });
}
