import { type Static, Type } from "@sinclair/typebox";
import type { DriftReporter } from "./drift.ts";
import {
  type Raw,
  readBoolean,
  readInteger,
  readOptionalBoolean,
  readOptionalText,
  readText,
} from "./read.ts";
import { Nullable } from "./schema.ts";

/** A link in a profile. */
export const BioLinkSchema = Type.Object(
  {
    link_id: Type.Optional(Nullable(Type.String())),
    url: Type.String(),
    lynx_url: Type.Optional(Nullable(Type.String())),
    link_type: Type.Optional(Nullable(Type.String())),
    title: Type.Optional(Nullable(Type.String())),
    is_pinned: Type.Optional(Nullable(Type.Boolean())),
    open_external_url_with_in_app_browser: Type.Optional(Nullable(Type.Boolean())),
  },
  { title: "BioLink" },
);
export type BioLink = Static<typeof BioLinkSchema>;

/** An item of a user's `bio_links`. */
export type RawBioLink = Raw<keyof BioLink>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readBioLink(raw: RawBioLink, drift: DriftReporter): BioLink {
  return {
    link_id: readOptionalText(raw.link_id, drift, "BioLink", "link_id"),
    url: readText(raw.url, drift, "BioLink", "url"),
    lynx_url: readOptionalText(raw.lynx_url, drift, "BioLink", "lynx_url"),
    link_type: readOptionalText(raw.link_type, drift, "BioLink", "link_type"),
    title: readOptionalText(raw.title, drift, "BioLink", "title"),
    is_pinned: readOptionalBoolean(raw.is_pinned, drift, "BioLink", "is_pinned"),
    open_external_url_with_in_app_browser: readOptionalBoolean(
      raw.open_external_url_with_in_app_browser,
      drift,
      "BioLink",
      "open_external_url_with_in_app_browser",
    ),
  };
}

/** A broadcast channel that a profile pins. */
export const BroadcastSchema = Type.Object(
  {
    title: Type.String(),
    thread_igid: Type.String(),
    subtitle: Type.String(),
    invite_link: Type.String(),
    is_member: Type.Boolean(),
    group_image_uri: Type.String(),
    group_image_background_uri: Type.String(),
    thread_subtype: Type.Integer(),
    number_of_members: Type.Integer(),
    creator_igid: Type.Optional(Nullable(Type.String())),
    creator_username: Type.String(),
  },
  { title: "Broadcast" },
);
export type Broadcast = Static<typeof BroadcastSchema>;

/** An item of `pinned_channels_info.pinned_channels_list` of a user. */
export type RawBroadcast = Raw<keyof Broadcast>;

/** Total: what is missing or unreadable gets the default of the contract. */
export function readBroadcast(raw: RawBroadcast, drift: DriftReporter): Broadcast {
  return {
    title: readText(raw.title, drift, "Broadcast", "title"),
    thread_igid: readText(raw.thread_igid, drift, "Broadcast", "thread_igid"),
    subtitle: readText(raw.subtitle, drift, "Broadcast", "subtitle"),
    invite_link: readText(raw.invite_link, drift, "Broadcast", "invite_link"),
    is_member: readBoolean(raw.is_member, drift, "Broadcast", "is_member"),
    group_image_uri: readText(raw.group_image_uri, drift, "Broadcast", "group_image_uri"),
    group_image_background_uri: readText(
      raw.group_image_background_uri,
      drift,
      "Broadcast",
      "group_image_background_uri",
    ),
    thread_subtype: readInteger(raw.thread_subtype, drift, "Broadcast", "thread_subtype"),
    number_of_members: readInteger(raw.number_of_members, drift, "Broadcast", "number_of_members"),
    creator_igid: readOptionalText(raw.creator_igid, drift, "Broadcast", "creator_igid"),
    creator_username: readText(raw.creator_username, drift, "Broadcast", "creator_username"),
  };
}
