import { type ExactJsonObject, objectOr, textOf } from "../../instagram/json.ts";

/**
 * What saved settings do not say, and what becomes of it: for whoever decides whether to import them.
 */
export function lacksOf(saved: ExactJsonObject, username: string | null): string[] {
  const [uuids, device, cookies] = [saved.uuids, saved.device_settings, saved.cookies].map((part) =>
    objectOr(part),
  ) as [ExactJsonObject, ExactJsonObject, ExactJsonObject];
  const { sessionid } = objectOr(saved.authorization_data);
  return [
    ...(PHONE_IDS.every((name) => textOf(uuids[name]) !== "") ? [] : [LACKS.deviceIds]),
    ...(textOf(device.model) === "" ? [LACKS.device] : []),
    ...(textOf(sessionid) === "" ? [LACKS.authorization] : []),
    ...(textOf(saved.mid) === "" && textOf(cookies.mid) === "" ? [LACKS.mid] : []),
    ...(textOf(cookies.csrftoken) === "" ? [LACKS.csrfToken] : []),
    ...(username === null ? [LACKS.username] : []),
  ];
}

const PHONE_IDS = ["uuid", "phone_id", "android_device_id"];

const LACKS = {
  deviceIds: "device ids: they are made up, so Instagram sees a phone that it does not know",
  device: "device: the phone is the usual one of this service",
  authorization: "authorization: the login goes by its cookies alone",
  mid: "mid: Instagram gives one with an answer",
  csrfToken: "csrf token: one is made up until Instagram gives one",
  username: "username: the session is known by its user pk alone",
} as const;
