/**
 * Short examples of answers that are passed through and have no model, by operation id. The sandbox
 * answers with these fields and many more.
 */
export const passedThrough: Readonly<Record<string, unknown>> = {
  getAuthSettings: {
    uuids: {
      phone_id: "a70e9aaf-6fcd-4b9e-8d9a-55e260563938",
      uuid: "7a15cbbe-78c1-4d97-a680-693c96609e43",
      client_session_id: "053f63dc-d7b4-41da-a23e-0e3cbfc35da1",
      advertising_id: "6499fb68-c09b-46f2-9411-2af6be5bb8c3",
    },
    mid: "aEmulatorB3qkUngZh5z-L1Y8tdI",
    ig_u_rur: "NHA,61000000001,1793491203:01f7emulator",
    ig_www_claim: "hmac.AR05w2P3VGtUev0lEaB-cSWrUt-Ro",
  },
  getAccountFeedTimeline: {
    feed_items: [{}],
    num_results: 8,
    more_available: true,
    auto_load_more_enabled: true,
  },
  getExplore: {
    sectional_items: [{ layout_type: "one_by_two_left", feed_type: "clips" }],
    clusters: [{ id: "explore_all:0", title: "For you", type: "explore_all", can_mute: false }],
    rank_token: "emulator",
    more_available: true,
  },
  getExploreMedia: {
    id: "3755350675776297567_25025320",
    strong_id__: "3755350675776297567_25025320",
    code: "DQdr4r8q1pf",
    taken_at: 1761892707,
  },
  patchMedia: {
    media: {
      id: "3743860002438994519_61000000001",
      code: "DP03NYeK1pX",
      caption: { text: "Back home" },
      caption_is_edited: true,
    },
    status: "ok",
  },
  getNotifications: {
    counts: { relationships: 4, usertags: 2, likes: 0, comments: 1 },
    new_stories: [
      { type: 3, story_type: 101, notif_name: "user_followed", pk: "17950000000001000" },
    ],
    old_stories: [
      { type: 3, story_type: 101, notif_name: "user_followed", pk: "17950000000001007" },
    ],
    continuation_token: 0,
  },
  getNotificationsSettings: { content_types: ["likes"], setting_values: ["off"] },
  getInsightsAccount: {
    account_insights_unit: {
      reach_metric_count: 47718,
      reach_metric_delta: -729,
      impressions_metric_count: 18165,
      impressions_metric_delta: -187,
    },
    followers_unit: {
      followers_unit_state: "AVAILABLE",
      followers_count: 342,
      followers_delta_from_last_week: 7,
      gender_graph: {},
    },
    account_summary_unit: {
      posts_count: 36,
      last_week_posts_count: 5,
      week_over_week_posts_delta: 0,
    },
    stories_unit: { state: "NO_STORIES", last_week_stories_count: 0 },
  },
  getInsightsMedia: {
    id: "18000001655396951",
    creation_time: 1761915466,
    has_product_tags: false,
    instagram_media_id: "3755541588783880791",
  },
  getInsightsMediaFeed: [
    {
      node: {
        id: "18000003534445143",
        creation_time: 1756284667,
        has_product_tags: false,
        instagram_media_id: "3708307022105238103",
      },
    },
  ],
  getMediaCommentLikers: [
    {
      id: "35655970814",
      username: "fatma.vogt29",
      full_name: "Fatma Vogt 写真",
      profile_pic_url: "https://scontent.cdninstagram.com/v/t51…",
    },
  ],
  getMediaCommentInfos: {
    comment_infos: {
      "3755350675776297567_25025320": {
        comment_count: 344,
        comment_likes_enabled: true,
        comment_threading_enabled: true,
        has_more_comments: true,
      },
    },
    status: "ok",
  },
  getDirectThreadByParticipants: {
    thread: {
      thread_id: "340282366841710300949128448552018989056",
      thread_v2_id: "17848747367878656",
      last_activity_at: 1761955131914684,
      muted: false,
    },
    users: [
      {
        pk: "25025320",
        username: "instagram",
        full_name: "Instagram",
        profile_pic_url: "https://scontent.cdninstagram.com/v/t51…",
      },
    ],
    status: "ok",
  },
  getDirectPresence: {
    "25025320": { is_active: true, last_activity_at_ms: 1761955203534 },
    "30348548672": { is_active: true, last_activity_at_ms: 1761955203534 },
    "41708570002": { is_active: true, last_activity_at_ms: 1761955203534 },
    "34357197647": { is_active: true, last_activity_at_ms: 1761955203534 },
  },
  getSearchTop: {
    media_grid: {
      sections: [{}],
      has_more: true,
      next_max_id: "QVFCXzE4XzFYRDREbk5N",
      reels_max_id: "QVFCXzI4X1lfY18tQkJM",
    },
    has_more: true,
    next_max_id: "QVFCXzE4XzFYRDREbk5N",
    reels_max_id: "QVFCXzI4X1lfY18tQkJM",
  },
  getSearchReels: {
    reels_serp_modules: [{ module_type: "clips" }],
    has_more: true,
    reels_max_id: "QVFCXzQ3NF9WWHhSaVVqcQ==",
    rank_token: "QVFCXzFfRmxBYTA1OXU=",
  },
  getSearchAccounts: {
    num_results: 20,
    users: [
      { pk: 10910990529, pk_id: "10910990529", id: "10910990529", strong_id__: "10910990529" },
    ],
    has_more: true,
    page_token: "QVFCXzIwX0hITEFZZy0x",
  },
  getSearchTypeahead: {
    list: [{ position: 0 }],
    has_more: false,
    clear_client_cache: false,
    status: "ok",
  },
  getTrack: {
    items: [{}],
    metadata: { music_info: {} },
    paging_info: { max_id: "QVFCXzIwOV91dkJUNFlRdA==", more_available: true },
    media_count: { clips_count: 120177, photos_count: 0 },
  },
  getTrackStream: {
    items: [{}],
    metadata: { music_info: {} },
    paging_info: { max_id: "QVFCXzIwOV91dkJUNFlRdA==", more_available: true },
    media_count: { clips_count: 120177, photos_count: 0 },
  },
  getMusicFeedBrowser: {
    items: [{}],
    alacorn_session_id: "alacorn_7fb48123-edeb-4621-b58b-7086b61…",
    page_info: { more_available: false, auto_load_more_available: false },
    status: "ok",
  },
  getDeps: {
    "@elysiajs/cookie": "0.8.0",
    "@elysiajs/swagger": "1.3.1",
    "@libsql/client": "0.18.0",
    "@sinclair/typebox": "0.34.52",
  },
};
