import type { Client } from "../client.ts";
import { json } from "../readings.ts";
import { path, signed } from "../signing.ts";
import { send } from "../transport.ts";

/**
 * Reports that the app showed an experiment: `qe/expose/`. A small request whose answer shows
 * whether Instagram still accepts the login of a restored session.
 */
export async function reportExposure(client: Client): Promise<void> {
  const { ids } = client.state;
  await send(client, json, {
    effect: "step",
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
