import type { Request, Row } from "./row.ts";

const PAGE = { items: [], metadata: {}, paging_info: { more_available: false }, status: "ok" };
const clipsMusic = (signed: unknown, answer: unknown = PAGE): Request => ({
  send: "POST /api/v1/clips/music/",
  signed,
  answer,
});

export const trackRows: Row[] = [
  {
    operation: "getTrack",
    call: "GET /track?id=3012345678901234567",
    requests: [
      clipsMusic({
        audio_cluster_id: "3012345678901234567",
        original_sound_audio_asset_id: "3012345678901234567",
      }),
    ],
  },
  {
    operation: "getTrack",
    call: "GET /track?id=587331875200001&max_id=QVFCm%3D%3D&canonical_id=",
    requests: [
      clipsMusic({
        audio_cluster_id: "587331875200001",
        original_sound_audio_asset_id: "587331875200001",
        max_id: "QVFCm==",
      }),
    ],
  },
  {
    operation: "getTrack",
    call: "GET /track?canonical_id=18149596924049565&max_id=QVFCm",
    requests: [
      clipsMusic(
        {
          tab_type: "clips",
          referrer_media_id: "",
          _uuid: "<session.uuid>",
          music_canonical_id: "18149596924049565",
        },
        { metadata: { music_info: { music_asset_info: { id: "1", title: "Song" } } } },
      ),
    ],
  },
  {
    operation: "getTrackStream",
    call: "GET /track/stream?id=https://www.instagram.com/reels/audio/587331875200001/&max_id=QVFC",
    requests: [
      {
        send: "POST /api/v1/clips/stream_clips_pivot_page/",
        signed: {
          pivot_page_type: "audio",
          music_page: {
            tab_type: "clips",
            audio_asset_id: "587331875200001",
            audio_cluster_id: "587331875200001",
            max_id: "QVFC",
          },
          _uuid: "<session.uuid>",
        },
        answer: PAGE,
      },
    ],
  },
  {
    operation: "getMusicFeedBrowser",
    call: "GET /music/feed/browser?browse_session_id=",
    requests: [
      {
        send: "POST /api/v1/music/music_in_feed_audio_browser/",
        form: [
          ["product", "music_in_feed"],
          ["_uuid", "<session.uuid>"],
          ["browse_session_id", "<uuid>"],
        ],
        answer: { items: [], status: "ok" },
      },
    ],
  },
];
