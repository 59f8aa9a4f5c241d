import { randomBytes, randomUUID } from "node:crypto";
import { type AppProfiles, DEFAULT_DEVICE, type DeviceText, userAgentOf } from "./app-profiles.ts";
import { type JsonObject, scalarText } from "./json.ts";
import { textOr } from "./settings-format.ts";

/** The ids a device makes up once and keeps; Instagram recognises the device by them. */
export interface DeviceIds {
  phone_id: string;
  uuid: string;
  client_session_id: string;
  advertising_id: string;
  android_device_id: string;
  request_id: string;
  tray_session_id: string;
}

/** Ids of a device that Instagram has not seen before. */
export function newDeviceIds(): DeviceIds {
  return {
    phone_id: randomUUID(),
    uuid: randomUUID(),
    client_session_id: randomUUID(),
    advertising_id: randomUUID(),
    android_device_id: `android-${randomBytes(8).toString("hex")}`,
    request_id: randomUUID(),
    tray_session_id: randomUUID(),
  };
}

/** The ids that saved settings name; the others are to be made up. */
export const savedDeviceIds = (object: JsonObject): Partial<DeviceIds> =>
  Object.fromEntries(
    Object.entries(object).filter(([, value]) => typeof value === "string" && value !== ""),
  );

/** Device settings with the pinned release; one that names none gets the default release. */
export function deviceOf(saved: JsonObject, profiles: AppProfiles): JsonObject {
  const device: JsonObject = { ...DEFAULT_DEVICE, ...saved };
  const version = textOr(device.app_version, "");
  const profile = version === "" ? profiles.default : profiles.find(version);
  if (profile) {
    device.app_version = profile.appVersion;
    device.version_code = profile.versionCode;
    device.bloks_versioning_id = profile.bloksVersioningId;
  } else {
    device.bloks_versioning_id ??= profiles.default.bloksVersioningId;
  }
  return device;
}

/** A locale as the app spells it, `en_US`; some settings and callers have a hyphen. */
export const appLocale = (locale: string): string => locale.replaceAll("-", "_");

/** The app's user agent for device settings and a locale. */
export function userAgentOfDevice(settings: JsonObject, locale: string): string {
  const device: JsonObject = { ...DEFAULT_DEVICE, ...settings };
  const text = (key: keyof DeviceText): string => scalarText(device[key]);
  return userAgentOf(
    {
      app_version: text("app_version"),
      android_version: text("android_version"),
      android_release: text("android_release"),
      dpi: text("dpi"),
      resolution: text("resolution"),
      manufacturer: text("manufacturer"),
      model: text("model"),
      device: text("device"),
      cpu: text("cpu"),
      version_code: text("version_code"),
    },
    appLocale(locale),
  );
}
