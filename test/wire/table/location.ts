import type { Row } from "./row.ts";

const PAGE = { sections: [], more_available: false, status: "ok" };
const BODY = { _uuid: "<session.uuid>", session_id: "<session.client_session_id>" };

/** A cursor as aiograpi-rest hands it out. */
const cursor = (json: string): string => encodeURIComponent(Buffer.from(json).toString("base64"));

export const locationRows: Row[] = [
  {
    operation: "getLocation",
    call: "GET /location?location_pk=213385402",
    requests: [
      {
        send: "GET /api/v1/locations/213385402/location_info/",
        answer: { location_id: "213385402", name: "Berlin, Germany", status: "ok" },
      },
    ],
  },
  {
    operation: "getLocation",
    call: "GET /location?location_pk=https%3A%2F%2Fwww.instagram.com%2Fexplore%2Flocations%2F213385402%2Fberlin-germany%2F",
    requests: [
      {
        send: "GET /api/v1/locations/213385402/location_info/",
        answer: { location_id: "213385402", name: "Berlin, Germany", status: "ok" },
      },
    ],
  },
  {
    operation: "getLocationGuides",
    call: "GET /location/guides?location_pk=0213385402",
    requests: [{ send: "GET /api/v1/guides/location/213385402/", answer: { status: "ok" } }],
  },
  {
    operation: "getLocationMediasTop",
    call: "GET /location/medias/top?location_pk=213385402&amount=3",
    requests: [
      {
        send: "POST /api/v1/locations/213385402/sections/",
        signed: { ...BODY, tab: "ranked" },
        answer: PAGE,
      },
    ],
  },
  {
    operation: "getLocationMediasRecent",
    call: `GET /location/medias/recent?location_pk=213385402&cursor=${cursor('["QVFC", 2, [3456789012345678999, "17", 18]]')}`,
    requests: [
      {
        send: "POST /api/v1/locations/213385402/sections/",
        signed: `{"_uuid":"<session.uuid>","session_id":"<session.client_session_id>","tab":"recent","max_id":"QVFC","page":2,"next_media_ids":[3456789012345678999,"17",18]}`,
        answer: PAGE,
      },
    ],
  },
];
