import type { Client } from "../client.ts";
import { path, signed } from "../signing.ts";
import { sendJson } from "../transport.ts";

/**
 * Reports an experiment's exposure, `qe/expose/`: the small call with which a restored device shows
 * itself, and that shows whether Instagram still accepts its login.
 */
export async function expose(client: Client): Promise<void> {
  const { ids } = client.state;
  await sendJson(client, {
    operation: "expose",
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
