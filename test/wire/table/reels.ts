import type { Request, Row } from "./row.ts";

const reel = (pk: number) => ({
  media: { pk, id: `${pk}_1`, media_type: 2, product_type: "clips", user: { pk: 1 } },
});

/** One page of a feed, whose body is a blank. */
const page = (feed: string, maxId: string, pks: number[], next: string | null): Request => ({
  send: `POST /api/v1/clips/${feed}/?max_id=${maxId}`,
  signed: '" "',
  answer: {
    items: pks.map(reel),
    // The last page may name a cursor all the same.
    paging_info: { max_id: next ?? "QVFZ", more_available: next !== null },
    status: "ok",
  },
});

export const reelsRows: Row[] = [
  {
    operation: "getReels",
    call: "GET /reels?amount=3",
    requests: [page("connected", "", [1, 2], "QVFC"), page("connected", "QVFC", [3, 4], "QVFD")],
  },
  {
    operation: "getReelsExplore",
    call: "GET /reels/explore",
    requests: [page("discover", "", [1, 2], null)],
  },
  {
    // Pages are read up to the one with the last Reel seen.
    operation: "getReelsFriends",
    call: "GET /reels/friends?last_media_pk=4",
    requests: [
      page("discover/social", "", [1, 2], "QVFC"),
      page("discover/social", "QVFC", [3, 4], "QVFD"),
    ],
  },
  {
    operation: "getReelsTimeline",
    call: "GET /reels/timeline?collection_pk=reels&amount=1",
    requests: [page("connected", "", [1], "QVFC")],
  },
  {
    operation: "getReelsTimeline",
    call: "GET /reels/timeline?collection_pk=explore_reels&amount=1",
    requests: [page("discover", "", [1], "QVFC")],
  },
  {
    operation: "getReelsTimeline",
    call: "GET /reels/timeline?collection_pk=friends_reels&amount=1",
    requests: [page("discover/social", "", [1], "QVFC")],
  },
];
