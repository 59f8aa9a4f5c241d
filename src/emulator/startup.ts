import { type JsonObject, ok } from "./answer.ts";
import type { Access, Route } from "./router.ts";

/** Other requests that the app makes before and after its login. Their answers are empty here. */
export const STARTUP: readonly Route[] = [
  post("accounts/read_msisdn_header/", "app", { phone_number: "", url: "" }),
  post("accounts/msisdn_header_bootstrap/", "app", {}),
  post("accounts/contact_point_prefill/", "app", {}),
  post("accounts/get_prefill_candidates/", "app", { prefills: [] }),
  post("attribution/log_attribution/", "app", {}),
  post("attribution/log_resurrect_attribution/", "session", {}),
  get("zr/token/result/", "app", { token: null }),
  get("loom/fetch_config/", "session", { trace_control: { timed_out_upload_sample_rate: 0 } }),
  get("linked_accounts/get_linkage_status/", "session", { linkage_status: {} }),
  get("media/blocked/", "session", { media_ids: [] }),
  post("qp/batch_fetch/", "session", {
    request_status: "success",
    qp_data: [],
    client_cache_ttl_in_sec: 7200,
  }),
  get("qp/get_cooldowns/", "session", { global: 28800, default: 28800, surfaces: [], slots: [] }),
  get("users/arlink_download_info/", "session", { checksum: "", file_size: "0", version: "2.0.2" }),
  post("discover/mark_su_seen/", "session", {}),
  get("facebook_ota/", "session", { bundles: [], request_id: "emulator" }),
  get("status/get_viewable_statuses/", "session", { statuses: [] }),
];

function get(path: string, access: Access, answer: JsonObject): Route {
  return { method: "GET", path: `/api/v1/${path}`, access, handle: () => ok(answer) };
}

function post(path: string, access: Access, answer: JsonObject): Route {
  return { method: "POST", path: `/api/v1/${path}`, access, handle: () => ok(answer) };
}
