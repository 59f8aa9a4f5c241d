import { InvalidInput } from "../problems/problem.ts";

/**
 * One release of the app: everything that differs between releases, as data. A session pins a
 * release in its saved settings (`device_settings.app_version`). No other code names a version.
 */
export interface AppProfile {
  /** e.g. `428.0.0.47.67`, in the user agent. */
  appVersion: string;
  /** The build number at the end of the user agent. */
  versionCode: string;
  /** Sent as X-Bloks-Version-Id and in several bodies: 64 hex digits. */
  bloksVersioningId: string;
}

/** The same in every release of the app. */
export const APP_ID = "567067343352427";
export const CAPABILITIES = "3brTv10=";

/** User agent (of an iPhone) of GraphQL requests by document id to the website. */
export const WEB_QUERY_USER_AGENT =
  "Instagram 273.0.0.16.70 (iPhone15,2; iOS 17_5_1; en_US; en-US; scale=3.00; 1290x2796; 470085518)";

/** Camera effects and codecs that the device can show. Sent with the reels tray. */
export const SUPPORTED_CAPABILITIES = [
  {
    value: Array.from({ length: 24 }, (_, index) => `${119 + index}.0`).join(","),
    name: "SUPPORTED_SDK_VERSIONS",
  },
  { value: "14", name: "FACE_TRACKER_VERSION" },
  { value: "ETC2_COMPRESSION", name: "COMPRESSION" },
  { value: "gyroscope_enabled", name: "gyroscope" },
] as const;

const RECORDED: AppProfile = {
  appVersion: "428.0.0.47.67",
  versionCode: "961145276",
  bloksVersioningId: "7189b949425f9bf80ea8bd880cf5a3080b292d9b1c4b38a18d112f7c4b71e7a8",
};

const BUILT_IN: readonly AppProfile[] = [
  RECORDED,
  {
    appVersion: "364.0.0.35.86",
    versionCode: "374010953",
    bloksVersioningId: "8ccf54aad76788a6ca03ddfc33afcdcf692f2f5a3ba814ea73d5facba7fa2c2d",
  },
  {
    appVersion: "385.0.0.47.74",
    versionCode: "378906843",
    bloksVersioningId: "a8973d49a9cc6a6f65a4997c10216ce2a06f65a517010e64885e92029bb19221",
  },
];

/** The releases that a session may pin, and the one that new sessions get. */
export interface AppProfiles {
  readonly default: AppProfile;
  find(appVersion: string): AppProfile | undefined;
}

/**
 * The built-in releases plus the operator's. The operator's first one, if any, becomes the default
 * for new sessions. Throws InvalidInput for an incomplete entry.
 */
export function createAppProfiles(added: readonly AppProfile[] = []): AppProfiles {
  for (const profile of added) {
    if (!/^\d+(?:\.\d+)+$/.test(profile.appVersion))
      throw new InvalidInput("app_version", "must be a version such as 428.0.0.47.67");
    if (!/^\d+$/.test(profile.versionCode))
      throw new InvalidInput("version_code", "must be a number");
    if (!/^[0-9a-f]{64}$/.test(profile.bloksVersioningId))
      throw new InvalidInput("bloks_versioning_id", "must be 64 hex digits");
  }
  const byVersion = new Map([...BUILT_IN, ...added].map((entry) => [entry.appVersion, entry]));
  return { default: added[0] ?? RECORDED, find: (appVersion) => byVersion.get(appVersion) };
}

/** The phone that new sessions claim to be, in the keys of saved settings. */
export const DEFAULT_DEVICE = {
  android_version: 34,
  android_release: "14",
  dpi: "480dpi",
  resolution: "1344x2992",
  manufacturer: "Google/google",
  device: "husky",
  model: "Pixel 8 Pro",
  cpu: "husky",
} as const;
