import type { Json, JsonObject } from "../../../src/instagram/json.ts";
import { fields, listOf, recordingsOf } from "./recorded.ts";

/*
 * Answers with the parts that no recording has, made up after the fields of the contract: Reels'
 * metadata, tags, places, channels. Ids pass 2^53 on purpose.
 */

const URL = "https://scontent-fra3-1.cdninstagram.com/v/t51.2885-15/frame.jpg?x=1";
const recorded = (operation: string): JsonObject =>
  recordingsOf(operation)[0]?.answers.at(-1) ?? {};

const tagged = (pk: Json, x: number): JsonObject => ({
  user: { pk, username: `user_${String(pk)}`, full_name: "", profile_pic_url: URL },
  position: [x, 0.25],
});

const soundInfo: JsonObject = {
  audio_asset_id: "3012345678901234567",
  dash_manifest: "<MPD/>",
  duration_in_ms: 4000,
  original_media_id: "3456789012345678906",
  progressive_download_url: URL,
  time_created: 1760000000,
  trend_rank: null,
  audio_parts: [{ display_title: "part" }],
  ig_artist: {
    pk: "3012345678901234568",
    pk_id: "3012345678901234568",
    id: "3012345678901234568",
    username: "artist",
    full_name: "Artist",
    profile_pic_url: URL,
    strong_id__: "3012345678901234568",
  },
  consumption_info: { is_bookmarked: true },
  fb_downstream_use_xpost_metadata: { downstream_use_xpost_deny_reason: "NONE" },
};

/** `clips_metadata` with every nested model. */
export const fullClips: JsonObject = {
  achievements_info: { show_achievements: false, num_earned_achievements: null },
  additional_audio_info: {
    additional_audio_username: null,
    audio_reattribution_info: { should_allow_restore: true },
  },
  audio_ranking_info: { best_audio_cluster_id: "3012345678901234569" },
  branded_content_tag_info: { can_add_tag: false },
  content_appreciation_info: { enabled: true, entry_point_container: null },
  music_canonical_id: "18149596924049565",
  cutout_sticker_info: [{ sticker_id: 1 }],
  mashup_info: { mashups_allowed: false, original_media: { pk: 1 } },
  original_sound_info: soundInfo,
  reusable_text_info: [
    {
      alignment: "center",
      end_time_ms: 4000,
      font_size: 24.5,
      height: 0.1,
      id: "1",
      is_animated: 0,
      offset_x: 0.5,
      offset_y: 0.5,
      rotation_degree: 0,
      scale: 1,
      start_time_ms: 0,
      text: "text",
      text_emphasis_mode: "none",
      text_format_type: "classic",
      width: 0.4,
      z_index: 1,
      colors: [{ count: 4, hex_rgba_color: "#ffffffff" }],
    },
  ],
  shopping_info: {},
};

/** A Reel with tags, a sponsor, a place, a sprite sheet and full clips metadata. */
export const fullMedia: JsonObject = {
  ...fields(listOf(recorded("getUserMedias").items)[0]),
  media_type: 2,
  product_type: null,
  video_versions: [
    { type: 101, width: 720, height: 1280, url: `${URL}&size=large` },
    { type: 102, width: 480, height: 854, url: `${URL}&size=small` },
  ],
  image_versions2: {
    candidates: [
      { width: 320, height: 400, url: `${URL}&size=small`, estimated_scans_sizes: [1, 2] },
      { width: 1080, height: 1350, url: `${URL}&size=large` },
    ],
    additional_candidates: { first_frame: { width: 1, height: 2, url: URL }, smart_frame: null },
    scrubber_spritesheet_info_candidates: {
      default: {
        file_size_kb: 67,
        max_thumbnails_per_sprite: 105,
        rendered_width: 96,
        sprite_height: 1246,
        sprite_urls: [URL],
        sprite_width: 1500,
        thumbnail_duration: 0.038,
        thumbnail_height: 178,
        thumbnail_width: 100,
        thumbnails_per_row: 15,
        total_thumbnail_num_per_sprite: 105,
        video_length: 4.0,
      },
    },
  },
  usertags: { in: [tagged("9", 0.1), tagged("3012345678901234567", 0.2), tagged(25025320, 0.3)] },
  sponsor_tags: [{ sponsor: { pk: 528817151, username: "sponsor" } }],
  location: {
    pk: 213385402,
    name: "Berlin, Germany",
    facebook_places_id: "3012345678901234567",
    external_source: "facebook_places",
    lng: 13.38,
    lat: 52.51,
    address_json: '{"street_address": "Street 1", "city_name": "Berlin", "zip_code": "10117"}',
  },
  clips_metadata: fullClips,
};

/** A profile with links, a pinned channel and a place. */
export const fullUser: JsonObject = {
  ...fields(recorded("getUser").user),
  external_url: "",
  city_id: 106078429431815,
  latitude: "52.51",
  longitude: 13.38,
  bio_links: [{ link_id: "17842000000000001", url: "https://example.com/", is_pinned: 1 }],
  pinned_channels_info: {
    pinned_channels_list: [
      {
        title: "Channel",
        thread_igid: "3012345678901234567",
        subtitle: "Channel · 2M members",
        invite_link: "https://ig.me/j/x/",
        is_member: false,
        group_image_uri: URL,
        group_image_background_uri: URL,
        thread_subtype: 29,
        number_of_members: 2_000_000,
        creator_igid: null,
        creator_username: "instagram",
      },
    ],
  },
};
