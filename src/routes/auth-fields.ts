import { Type } from "@sinclair/typebox";
import { InvalidInput } from "../problems/problem.ts";

/* Fields that logins and settings have in common, and what they come to. */

export const proxy = Type.Optional(
  Type.String({
    default: "",
    description:
      "Proxy of the session: http, https, socks5 or socks5h URL with optional credentials.",
    examples: ["socks5://user:password@proxy.example:1080"],
  }),
);
export const locale = Type.Optional(
  Type.String({ default: "", description: "Locale such as en_US.", examples: ["en_US"] }),
);
export const timezone = Type.Optional(
  Type.String({ default: "", description: "Seconds from UTC.", examples: ["10800"] }),
);

interface ClientOptionFields {
  proxy?: string;
  locale?: string;
  timezone?: string;
}

/** The client options that were given; an empty field of a form counts as not given. */
export function clientOptions(body: ClientOptionFields): ClientOptionFields {
  return {
    ...optional("proxy", body.proxy?.trim()),
    ...optional("locale", body.locale),
    ...optional("timezone", body.timezone),
  };
}

interface SettingsFields extends ClientOptionFields {
  settings?: string;
  clear_proxy?: boolean;
}

/**
 * What a request for other settings changes. Forms send fields that nobody has filled in: an empty
 * proxy among others is one of these, and must not send the account out without its proxy.
 */
export function settingsChanges(body: SettingsFields): Omit<SettingsFields, "clear_proxy"> {
  const filled = { ...optional("settings", body.settings), ...clientOptions(body) };
  const clears =
    body.clear_proxy || (body.proxy?.trim() === "" && Object.keys(filled).length === 0);
  if (clears && filled.proxy !== undefined)
    throw new InvalidInput("clear_proxy", "and proxy exclude each other");
  return clears ? { ...filled, proxy: "" } : filled;
}

/** A text under its name, nothing where it is empty or missing. */
export function optional<K extends string>(
  name: K,
  value: string | undefined,
): { [P in K]?: string } {
  return (value === undefined || value === "" ? {} : { [name]: value }) as { [P in K]?: string };
}
