import {
  type ExactJson,
  type ExactJsonObject,
  isJsonObject,
  objectOr,
  parseBoundedJson,
  textOf,
  tryParse,
} from "../../instagram/json.ts";
import { LoginState } from "../../instagram/login-state.ts";
import { integerOr } from "../../instagram/settings-format.ts";
import { type Jar, listedJar } from "./cookies.ts";
import { EntryInvalid } from "./entry-invalid.ts";
import { settingsOfCookies } from "./saved-login.ts";

/*
 * What `ig.state.serialize()` of instagram-private-api (Node) gives: ids of the phone, the hardware as
 * in the user agent, and the cookies as the JSON text of tough-cookie's store.
 */

/** Whether an object is such a state. */
export const isPrivateApiState = (saved: ExactJsonObject): boolean =>
  typeof saved.deviceString === "string" ||
  (["uuid", "phoneId", "deviceId"].some((name) => typeof saved[name] === "string") &&
    storedCookies(saved.cookies) !== null);

/**
 * The same login and phone as saved settings, and its username where a cookie names it. The phone goes
 * on with the usual release of the app unless it names one that this service speaks. Throws EntryInvalid.
 */
export function settingsOfPrivateApi(
  saved: ExactJsonObject,
  now: number,
  /** Whether there is a profile of that release. */
  isKnown: (appVersion: string) => boolean,
): { settings: ExactJsonObject; username: string | null } {
  const jar = jarOf(saved, now);
  const authorization = authorizationOf(textOf(saved.authorization));
  const fromCookies = settingsOfCookies(jar);
  const constants = objectOr(saved.constants);
  const version = textOf(constants.APP_VERSION);
  const settings: ExactJsonObject = {
    ...fromCookies,
    ...(authorization === null ? {} : { authorization_data: authorization }),
    uuids: texts({
      uuid: saved.uuid,
      phone_id: saved.phoneId,
      advertising_id: saved.adid,
      android_device_id: saved.deviceId,
    }),
    device_settings: {
      ...hardwareOf(textOf(saved.deviceString)),
      ...(isKnown(version) ? { app_version: version } : {}),
    },
    ...texts({ ig_www_claim: saved.igWWWClaim, locale: saved.language }),
    ...(saved.timezoneOffset === undefined
      ? {}
      : { timezone_offset: integerOr(saved.timezoneOffset, 0) }),
  };
  return { settings, username: jar.get("ds_user") ?? null };
}

function jarOf(saved: ExactJsonObject, now: number): Jar {
  const cookies = storedCookies(saved.cookies);
  const authorization = authorizationOf(textOf(saved.authorization));
  const sessionId = textOf(authorization?.sessionid);
  if (cookies === null && sessionId === "")
    throw new EntryInvalid(
      "the state has neither cookies nor an authorization: log in before saving",
    );
  // The header has the login where the app gets it that way.
  const added: ExactJson[] =
    sessionId === "" ? [] : [{ key: "sessionid", value: sessionId, domain: "instagram.com" }];
  return listedJar([...(cookies ?? []), ...added], now);
}

/** The cookies of tough-cookie's store, which is JSON text or an object; null for anything else. */
function storedCookies(value: ExactJson | undefined): ExactJson[] | null {
  const store = typeof value === "string" ? tryParse(value, parseBoundedJson) : value;
  const { cookies } = isJsonObject(store) ? store : {};
  return Array.isArray(cookies) ? cookies : null;
}

function authorizationOf(header: string): ExactJsonObject | null {
  if (!header.startsWith("Bearer IGT:")) return null;
  const data = LoginState.dataIn(header);
  return data && textOf(data.sessionid) !== "" ? data : null;
}

/** The texts among values that are not empty. */
const texts = (given: Record<string, ExactJson | undefined>): ExactJsonObject =>
  Object.fromEntries(
    Object.entries(given).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string" && entry[1] !== "",
    ),
  );

/** `27/8.1.0; 480dpi; 1080x2280; HUAWEI/HONOR; COL-L29; HWCOL; kirin970`: as in the user agent. */
function hardwareOf(text: string): ExactJsonObject {
  const [system = "", dpi, resolution, manufacturer, model, device, cpu, ...more] =
    text.split("; ");
  const [, api, release] = /^(\d{1,3})\/([^/]+)$/.exec(system) ?? [];
  if (api === undefined || release === undefined || cpu === undefined || more.length > 0) return {};
  return {
    android_version: Number(api),
    android_release: release,
    ...texts({ dpi, resolution, manufacturer, model, device, cpu }),
  };
}
