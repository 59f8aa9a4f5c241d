import { createHash } from "node:crypto";

/** Where the values of placeholders come from. */
export interface PlaceholderSource {
  /** Settings of the session (the fixture's, or those a fresh login ended with). */
  settings: Record<string, any>;
  /** Unix milliseconds at which the replay began. */
  startedAt: number;
  /** Headers of the upstream's answers so far, the newest value by lower-case name. */
  answered: Map<string, string>;
}

const AJAX = '<first 12 hex digits of sha256("#PWD_INSTAGRAM_BROWSER:0:<unix seconds>:")>';
const PLACEHOLDER = /<([^<>]{1,120}|one of: [^<>]+)>/g;
const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
const YEAR_SECONDS = 31_536_000;

/**
 * Compares values with recorded ones that hold placeholders. A placeholder that is drawn at run
 * time keeps its first value for the rest of the trace, as the fixture's notes say.
 */
export class Placeholders {
  readonly #bound = new Map<string, string>();

  constructor(private readonly source: PlaceholderSource) {}

  /** Null when `actual` fits, else what it should have been. `keep`: placeholders are bound. */
  mismatch(pattern: string, actual: string, keep: boolean): string | null {
    const names: string[] = [];
    let regex = "";
    let from = 0;
    const prepared = pattern.replaceAll(AJAX, "<x-instagram-ajax>");
    for (const match of prepared.matchAll(PLACEHOLDER)) {
      const [whole, name = ""] = match;
      regex += RegExp.escape(prepared.slice(from, match.index));
      from = match.index + whole.length;
      const known = this.#literal(name) ?? (keep ? this.#bound.get(name) : undefined);
      if (known !== undefined) regex += RegExp.escape(known);
      else {
        names.push(name);
        regex += `(${shapeOf(name)})`;
      }
    }
    regex += RegExp.escape(prepared.slice(from));
    const found = new RegExp(`^${regex}$`, "s").exec(actual);
    if (!found) return `expected ${JSON.stringify(this.#shown(prepared))}`;
    for (const [index, name] of names.entries()) {
      const value = found[index + 1] ?? "";
      const problem = this.#valueProblem(name, value, keep);
      if (problem) return problem;
      if (keep && !drawnEachTime(name)) this.#bound.set(name, value);
    }
    return null;
  }

  #shown(pattern: string): string {
    return pattern.replace(
      PLACEHOLDER,
      (whole, name: string) => this.#literal(name) ?? this.#bound.get(name) ?? whole,
    );
  }

  #valueProblem(name: string, value: string, keep: boolean): string | null {
    const first = keep ? this.#bound.get(name) : undefined;
    if (first !== undefined && first !== value) return `expected <${name}> to stay ${first}`;
    const range = /(?:^|random )(\d+(?:\.\d+)?)\.\.(\d+(?:\.\d+)?)/.exec(name);
    if (range && (Number(value) < Number(range[1]) || Number(value) > Number(range[2])))
      return `expected a value in <${name}>`;
    if (name === "mutation_token") {
      const token = BigInt(value);
      if (token < 6800011111111111111n || token > 6800099999999999999n)
        return "expected a mutation token in its range";
    }
    if (name.startsWith("unix seconds")) {
      const expected = this.source.startedAt / 1000 + secondsAway(name);
      if (Math.abs(Number(value) - expected) > 2) return `expected <${name}> near ${expected}`;
    }
    return null;
  }

  /** The value of a placeholder that is known without looking at the wire. */
  #literal(name: string): string | undefined {
    const { settings, answered, startedAt } = this.source;
    if (name === "x-instagram-ajax") {
      const seed = `#PWD_INSTAGRAM_BROWSER:0:${Math.floor(startedAt / 1000)}:`;
      return createHash("sha256").update(seed).digest("hex").slice(0, 12);
    }
    if (name === "jazoest of session.phone_id") {
      const codes = [...String(settings.uuids.phone_id)].map((char) => char.charCodeAt(0));
      return `2${codes.reduce((sum, code) => sum + code, 0)}`;
    }
    if (name.startsWith("mid from the ig-set-x-mid")) return answered.get("ig-set-x-mid");
    if (name.startsWith("authorization from the ig-set-authorization")) {
      const header = answered.get("ig-set-authorization");
      return header && compactAuthorization(header);
    }
    if (name.startsWith("session.locale with a hyphen")) {
      const language = String(settings.locale).replaceAll("_", "-");
      return language === "en-US" ? language : `${language}, en-US`;
    }
    if (name.startsWith("session.user_agent")) return String(settings.user_agent);
    if (!name.startsWith("session.")) return undefined;
    const value = sessionValue(settings, name.slice("session.".length));
    return value === undefined ? undefined : String(value);
  }
}

function sessionValue(settings: Record<string, any>, key: string): unknown {
  const { uuids, device_settings: device, authorization_data: login, cookies } = settings;
  switch (key) {
    case "user_id":
      return login.ds_user_id;
    case "sessionid":
      return login.sessionid;
    case "csrftoken":
      return cookies.csrftoken;
    case "bloks_versioning_id":
      return device.bloks_versioning_id;
    case "authorization":
      return `Bearer IGT:2:${Buffer.from(JSON.stringify(login)).toString("base64")}`;
    default:
      return key.startsWith("device.")
        ? device[key.slice("device.".length)]
        : (uuids[key] ?? settings[key]);
  }
}

/** The client writes the login's data anew, without the blanks that the upstream put in. */
function compactAuthorization(header: string): string {
  const [, encoded = ""] = /^Bearer IGT:2:(.+)$/.exec(header) ?? [];
  const data = JSON.parse(Buffer.from(encoded, "base64").toString("utf8"));
  return `Bearer IGT:2:${Buffer.from(JSON.stringify(data)).toString("base64")}`;
}

/** Dice with few sides are thrown for each field; what is longer names something. */
const drawnEachTime = (name: string): boolean =>
  /^random (?:\d or \d|\d{1,4}\.\.\d{1,4}\b)/.test(name);

function secondsAway(name: string): number {
  if (name.includes("in one year")) return YEAR_SECONDS;
  const [, seconds] = /-(\d+) s$/.exec(name) ?? [];
  if (seconds !== undefined) return -Number(seconds);
  return name.includes("-3 days") ? -3 * 86_400 : 0;
}

const ONE_OF = "one of: ";

function shapeOf(name: string): string {
  const bare = name.replace(/ #\d+$/, "");
  if (bare.startsWith(ONE_OF))
    return bare.slice(ONE_OF.length).split(" | ").map(RegExp.escape).join("|");
  if (bare.startsWith("JSON list of 70 random floats")) return "\\[.*\\]";
  if (bare.startsWith("unix seconds, 3 decimals")) return "\\d+\\.\\d{3}";
  if (bare.startsWith("unix seconds in one year with fraction")) return "\\d+\\.\\d{7}";
  if (bare.startsWith("unix seconds")) return "\\d+";
  if (bare.startsWith("random signed")) return "-?\\d{1,10}";
  if (/^(?:random )?[\d.]+ or [\d.]+$|^random \d or \d$/.test(bare)) return "[01]";
  if (/\d+\.\d{3} random$/.test(bare)) return "\\d+\\.\\d{3}";
  if (bare.startsWith("random token of 64")) return "[A-Za-z0-9]{64}";
  if (bare === "random hex32") return "[0-9a-f]{32}";
  if (bare.startsWith("random ")) return "\\d+";
  const shape = SHAPES[bare];
  if (!shape) throw new Error(`no shape is known for the placeholder <${name}>`);
  return shape;
}

const SHAPES: Record<string, string> = {
  uuid: UUID,
  mutation_token: "\\d{19}",
  upload_id: "\\d{12,13}",
  "hex12 upper case": "[0-9A-F]{12}",
  "base64 of the encrypted password": "[A-Za-z0-9+/]{300,}={0,2}",
  "local time as YYYYMMDDTHHMMSS.000Z": "\\d{8}T\\d{6}\\.000Z",
  user_breadcrumb: "b'[A-Za-z0-9+/=]+'\\n?b'[A-Za-z0-9+/=]+'\\n?",
};
