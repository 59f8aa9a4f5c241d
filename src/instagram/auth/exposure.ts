import type { Client } from "../client.ts";
import { json } from "../readings.ts";
import { path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/**
 * Reports that an experiment was shown: `qe/expose/`. The app sends this small request when it
 * starts; its answer shows whether Instagram still accepts the session's login.
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
