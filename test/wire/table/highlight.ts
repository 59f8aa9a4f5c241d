import type { Row } from "./row.ts";
import { CAPABILITIES } from "./story.ts";

const PK = "17900000000000001";
const highlight = {
  id: `highlight:${PK}`,
  cover_media: {},
  user: { pk: 25025320 },
  title: "Trip",
  created_at: 1760000000,
  is_pinned_highlight: false,
  media_count: 0,
  items: [],
};

const BIT = "<random 0 or 1>";
const TRAY_QUERY = Object.entries({
  supported_capabilities_new: CAPABILITIES,
  phone_id: "<session.phone_id>",
  battery_level: "<random 25..100>",
  panavision_mode: "",
  is_charging: BIT,
  is_dark_mode: BIT,
  will_sound_on: BIT,
})
  .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  .join("&");

export const highlightRows: Row[] = [
  {
    operation: "getHighlight",
    call: `GET /highlight?highlight_pk=${PK}`,
    requests: [
      {
        send: "POST /api/v1/feed/reels_media/",
        signed: {
          exclude_media_ids: "[]",
          supported_capabilities_new: CAPABILITIES,
          source: "profile",
          _uid: "<session.user_id>",
          _uuid: "<session.uuid>",
          user_ids: [`highlight:${PK}`],
        },
        answer: { reels: { [`highlight:${PK}`]: highlight }, status: "ok" },
      },
    ],
  },
  {
    operation: "getUserHighlights",
    call: "GET /user/highlights?user_id=25025320",
    requests: [
      {
        send: `GET /api/v1/highlights/25025320/highlights_tray/?${TRAY_QUERY}`,
        answer: { tray: [highlight], status: "ok" },
      },
    ],
  },
];
