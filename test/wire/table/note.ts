import type { Row } from "./row.ts";

export const noteRows: Row[] = [
  {
    operation: "getNotes",
    call: "GET /notes",
    requests: [{ send: "GET /api/v1/notes/get_notes/", answer: { items: [], status: "ok" } }],
  },
];
