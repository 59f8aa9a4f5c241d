import { randomBytes, randomUUID } from "node:crypto";
import { type AppProfiles, DEFAULT_DEVICE } from "./app-profiles.ts";
import { type ExactJsonObject, scalarText } from "./json.ts";
import { textOr } from "./settings-format.ts";

/** Ids that a device makes up once and keeps. Instagram recognises the device by them. */
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

/** The ids in saved settings. The missing ones are made up. */
export const savedDeviceIds = (object: ExactJsonObject): Partial<DeviceIds> =>
  Object.fromEntries(
    Object.entries(object).filter(([, value]) => typeof value === "string" && value !== ""),
  );

/** Device settings with the data of the release that they name, or of the default release. */
export function deviceOf(saved: ExactJsonObject, profiles: AppProfiles): ExactJsonObject {
  const device: ExactJsonObject = { ...DEFAULT_DEVICE, ...saved };
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

/** A locale in the app's spelling, `en_US`. Some settings and callers use a hyphen. */
export const appLocale = (locale: string): string => locale.replaceAll("-", "_");

/** The app's user agent for device settings and a locale. */
export function userAgentOf(settings: ExactJsonObject, locale: string): string {
  const device: ExactJsonObject = { ...DEFAULT_DEVICE, ...settings };
  const text = (key: string): string => scalarText(device[key]);
  const system = `${text("android_version")}/${text("android_release")}`;
  const hardware = ["dpi", "resolution", "manufacturer", "model", "device", "cpu"].map(text);
  const details = [system, ...hardware, appLocale(locale), text("version_code")].join("; ");
  return `Instagram ${text("app_version")} Android (${details})`;
}
