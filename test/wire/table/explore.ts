import type { Row } from "./row.ts";

export const exploreRows: Row[] = [
  {
    operation: "getExplore",
    call: "GET /explore",
    requests: [
      {
        send: "GET /api/v1/discover/topical_explore/",
        answer: { sectional_items: [], more_available: false, status: "ok" },
      },
    ],
  },
  {
    operation: "getExploreMedia",
    call: "GET /explore/media?media_pk=3456789012345678901_25025320",
    requests: [
      {
        send: "GET /api/v1/discover/media_metadata/?media_id=3456789012345678901",
        answer: { media_or_ad: { pk: 1 }, status: "ok" },
      },
    ],
  },
];
