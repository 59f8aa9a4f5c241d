import { randomBytes } from "node:crypto";
import { type AppProfile, type AppProfiles, createAppProfiles } from "./app-profiles.ts";
import {
  appLocale,
  type DeviceIds,
  deviceOf,
  newDeviceIds,
  savedDeviceIds,
  userAgentOfDevice,
} from "./device.ts";
import { InvalidInput } from "./errors.ts";
import {
  isJsonObject,
  type Json,
  type JsonObject,
  objectOr,
  parseJson,
  stringifyJson,
} from "./json.ts";
import {
  CLIENT_OPTIONS,
  idText,
  integerOr,
  settingsObject,
  textOr,
  unknownKeys,
} from "./settings-format.ts";

const DEFAULTS = {
  country: "US",
  countryCode: 1,
  locale: "en_US",
  timezoneOffset: -14400,
} as const;

/**
 * The state of one logged-in (or not yet logged-in) device, in the saved-settings format of
 * aiograpi: what was exported there imports here and the other way round. Keys that this client
 * does not know are kept where they stood.
 */
export class SessionState {
  /** Counts changes of anything that is saved. */
  revision = 0;
  /** Counts changes of what the device says of itself: locale, time zone, release of the app. */
  deviceRevision = 0;
  /** Counts changes that must be on disk before an answer goes out: login, cookies of a login. */
  credentialsRevision = 0;
  readonly ids: DeviceIds;
  /** For bodies that want one when no cookie has it; kept for the client's lifetime only. */
  readonly #madeUpCsrfToken = randomBytes(32).toString("hex");
  readonly #saved: JsonObject;
  readonly #device: JsonObject;
  #cookies: JsonObject;
  #authorizationData: JsonObject;
  #authorizationHeader: string | null = null;
  /** Undefined when the cookies have changed since. */
  #cookieHeader: string | null | undefined;
  #userId: string | null;
  #accountId: string | null = null;
  #lastLogin: Json;
  #mid: string | null;
  #igURur: string | null;
  #igWwwClaim: string | null;
  #userAgent: string;
  #country: string;
  #countryCode: number;
  #locale: string;
  #timezoneOffset: number;

  constructor(saved: JsonObject = {}, profiles: AppProfiles = createAppProfiles()) {
    this.#saved = saved;
    this.#cookies = { ...objectOr(saved.cookies) };
    this.#authorizationData = { ...objectOr(saved.authorization_data) };
    this.#lastLogin = saved.last_login ?? null;
    this.#device = deviceOf(objectOr(saved.device_settings), profiles);
    this.ids = { ...newDeviceIds(), ...savedDeviceIds(objectOr(saved.uuids)) };
    this.#mid = textOr(saved.mid, textOr(this.#cookies.mid, "")) || null;
    this.#igURur = textOr(saved.ig_u_rur, "") || null;
    this.#igWwwClaim = textOr(saved.ig_www_claim, "") || null;
    this.#locale = textOr(saved.locale, DEFAULTS.locale);
    this.#country = textOr(saved.country, countryOf(this.#locale) ?? DEFAULTS.country);
    this.#countryCode = integerOr(saved.country_code, DEFAULTS.countryCode);
    this.#timezoneOffset = integerOr(saved.timezone_offset, DEFAULTS.timezoneOffset);
    this.#userAgent = textOr(saved.user_agent, "").replaceAll(
      `; ${DEFAULTS.locale};`,
      `; ${appLocale(this.#locale)};`,
    );
    if (this.#userAgent === "") this.#userAgent = userAgentOfDevice(this.#device, this.#locale);
    this.#userId = this.#readUserId();
    this.#accountId = this.#userId;
  }

  get mid(): string | null {
    return this.#mid;
  }
  get igURur(): string | null {
    return this.#igURur;
  }
  get igWwwClaim(): string | null {
    return this.#igWwwClaim;
  }
  get userAgent(): string {
    return this.#userAgent;
  }
  get country(): string {
    return this.#country;
  }
  get countryCode(): number {
    return this.#countryCode;
  }
  /** e.g. `en_US` (as saved; some files hold a hyphen). */
  get locale(): string {
    return this.#locale;
  }
  /** Seconds from UTC. */
  get timezoneOffset(): number {
    return this.#timezoneOffset;
  }
  get bloksVersioningId(): string {
    return textOr(this.#device.bloks_versioning_id, "");
  }
  /** The app release this session pins, e.g. `428.0.0.47.67`. */
  get appVersion(): string {
    return textOr(this.#device.app_version, "");
  }
  get csrfToken(): string {
    return textOr(this.#cookies.csrftoken, this.#madeUpCsrfToken);
  }

  /** pk of the logged-in account as a decimal string, null before login. */
  get userId(): string | null {
    return this.#userId;
  }
  /** pk of the account last logged in: stays over a relogin, where the app still names it. */
  get accountId(): string | null {
    return this.#accountId;
  }
  /** Upstream session id (the cookie's value, `%3A` kept), null before login. A secret. */
  get sessionId(): string | null {
    return textOr(this.#cookies.sessionid, textOr(this.#authorizationData.sessionid, "")) || null;
  }

  /** Value of the Authorization header, null when the session lives by cookies alone. A secret. */
  get authorization(): string | null {
    if (Object.keys(this.#authorizationData).length === 0) return null;
    this.#authorizationHeader ??= `Bearer IGT:2:${Buffer.from(
      stringifyJson(this.#authorizationData),
    ).toString("base64")}`;
    return this.#authorizationHeader;
  }

  /** Value of the Cookie header, null when there is none. A secret. */
  get cookieHeader(): string | null {
    if (this.#cookieHeader === undefined) {
      const pairs = Object.entries(this.#cookies)
        .filter((entry): entry is [string, string] => typeof entry[1] === "string")
        .map(([name, value]) => `${name}=${value}`);
      this.#cookieHeader = pairs.length > 0 ? pairs.join("; ") : null;
    }
    return this.#cookieHeader;
  }

  cookie(name: string): string | null {
    return textOr(this.#cookies[name], "") || null;
  }

  /** What of the settings goes into headers as it is, by the setting's name. */
  headerValues(): [setting: string, value: string][] {
    return [
      ["mid", this.#mid ?? ""],
      ["ig_u_rur", this.#igURur ?? ""],
      ["ig_www_claim", this.#igWwwClaim ?? ""],
      ["cookies", this.cookieHeader ?? ""],
      ["device_settings", this.bloksVersioningId],
      ["user_agent", this.#userAgent],
      ["country", this.#country],
      ["locale", this.#locale],
      ["uuids", Object.values(this.ids).join("")],
    ];
  }

  /** Takes over a value that a response header set. */
  setMid(value: string): void {
    if (value !== this.#mid) {
      this.#mid = value;
      this.revision++;
    }
  }
  setIgURur(value: string): void {
    if (value !== this.#igURur) {
      this.#igURur = value;
      this.revision++;
    }
  }
  setIgWwwClaim(value: string): void {
    if (value !== this.#igWwwClaim) {
      this.#igWwwClaim = value;
      this.revision++;
    }
  }

  /** Sets a cookie; an empty value removes it. */
  setCookie(name: string, value: string): void {
    const before = this.#cookies[name];
    if (value === "" ? before === undefined : before === value) return;
    if (value === "") delete this.#cookies[name];
    else this.#cookies[name] = value;
    this.#credentialsChanged(name === "sessionid");
  }

  /** Takes over `ig-set-authorization: Bearer IGT:2:<base64 JSON>`; an empty one logs out. */
  setAuthorization(header: string): boolean {
    const encoded = header.slice(header.lastIndexOf(":") + 1).trim();
    let data: Json;
    try {
      data = encoded === "" ? {} : parseJson(Buffer.from(encoded, "base64").toString("utf8"));
    } catch {
      return false;
    }
    if (!isJsonObject(data)) return false;
    this.setAuthorizationData(data);
    return true;
  }

  setAuthorizationData(data: JsonObject): void {
    if (stringifyJson(data) === stringifyJson(this.#authorizationData)) return;
    this.#authorizationData = data;
    this.#credentialsChanged(true);
  }

  /** Forgets who is logged in but not which device it is: what a relogin starts from. */
  clearLogin(): void {
    this.#cookies = {};
    this.#authorizationData = {};
    this.#credentialsChanged(true);
  }

  markLoggedIn(unixSeconds: number): void {
    this.#lastLogin = unixSeconds;
    this.#credentialsChanged(true);
  }

  /** `en_US` or `en-US`, saved as given; the country follows it. Throws InvalidInput. */
  setLocale(locale: string): void {
    const value = locale.trim();
    if (!/^[a-z]{2,3}(?:[_-][A-Z]{2})?$/.test(value))
      throw new InvalidInput("locale", "must be a locale such as en_US");
    // The user agent may hold the old one in the other spelling than the settings do.
    for (const old of [this.#locale, appLocale(this.#locale), this.#locale.replaceAll("_", "-")])
      this.#userAgent = this.#userAgent.replaceAll(`; ${old};`, `; ${appLocale(value)};`);
    this.#locale = value;
    this.#country = countryOf(value) ?? this.#country;
    this.#deviceChanged();
  }

  /**
   * Pins another release of the app: what Instagram recognises the device by stays, the version in
   * the user agent and in the settings moves.
   */
  pinProfile(profile: AppProfile): void {
    const before = { version: this.appVersion, code: textOr(this.#device.version_code, "") };
    this.#device.app_version = profile.appVersion;
    this.#device.version_code = profile.versionCode;
    this.#device.bloks_versioning_id = profile.bloksVersioningId;
    const named =
      /^\d+$/.test(before.code) &&
      this.#userAgent.includes(`Instagram ${before.version} `) &&
      this.#userAgent.includes(`; ${before.code})`);
    // A user agent in another form is not patched but made anew.
    this.#userAgent = named
      ? this.#userAgent
          .replace(`Instagram ${before.version} `, `Instagram ${profile.appVersion} `)
          .replace(`; ${before.code})`, `; ${profile.versionCode})`)
      : userAgentOfDevice(this.#device, this.#locale);
    this.#deviceChanged();
  }

  /** Seconds from UTC as text, e.g. `10800`. Throws InvalidInput. */
  setTimezoneOffset(seconds: string): void {
    const value = seconds.trim();
    const number = Number(value);
    if (!/^[+-]?\d{1,6}$/.test(value) || Math.abs(number) > 14 * 3600)
      throw new InvalidInput("timezone", "must be seconds from UTC, -50400 to 50400");
    this.#timezoneOffset = number;
    this.#deviceChanged();
  }

  /** The settings to save or hand out: known keys first, in the order other clients write them. */
  toSettings(): JsonObject {
    return {
      uuids: { ...objectOr(this.#saved.uuids), ...this.ids },
      mid: this.#mid,
      ig_u_rur: this.#igURur,
      ig_www_claim: this.#igWwwClaim,
      authorization_data: { ...this.#authorizationData },
      cookies: { ...this.#cookies },
      last_login: this.#lastLogin,
      device_settings: { ...this.#device },
      user_agent: this.#userAgent,
      country: this.#country,
      country_code: this.#countryCode,
      locale: this.#locale,
      timezone_offset: this.#timezoneOffset,
      ...Object.fromEntries(
        Object.entries(CLIENT_OPTIONS).map(([key, value]) => [key, this.#saved[key] ?? value]),
      ),
      ...unknownKeys(this.#saved),
    };
  }

  #readUserId(): string | null {
    const fromHeader = idText(this.#authorizationData.ds_user_id);
    if (fromHeader || !this.sessionId) return fromHeader;
    return idText(this.#cookies.ds_user_id) ?? /^\d+/.exec(this.sessionId)?.[0] ?? null;
  }

  #deviceChanged(): void {
    this.revision++;
    this.deviceRevision++;
  }

  #credentialsChanged(durable: boolean): void {
    this.#authorizationHeader = null;
    this.#cookieHeader = undefined;
    this.#userId = this.#readUserId();
    this.#accountId = this.userId ?? this.#accountId;
    this.revision++;
    if (durable) this.credentialsRevision++;
  }
}

function countryOf(locale: string): string | null {
  return /[_-]([A-Za-z]{2})$/.exec(locale)?.[1] ?? null;
}

/**
 * Reads saved settings, as JSON text or as the object in it. Throws InvalidInput (field
 * `settings`) when it is broken JSON, no object, or holds no login that could be restored.
 */
export function sessionFromSettings(
  settings: string | JsonObject,
  profiles?: AppProfiles,
): SessionState {
  const state = new SessionState(settingsObject(settings), profiles);
  if (!state.userId || !state.sessionId)
    throw new InvalidInput(
      "settings",
      "holds no login: authorization_data (or cookies) with ds_user_id and sessionid is missing",
    );
  for (const [key, value] of state.headerValues())
    if (!/^[\x20-\x7e]*$/.test(value))
      throw new InvalidInput(
        "settings",
        `must hold printable ASCII in ${key}: it goes in a header`,
      );
  return state;
}
