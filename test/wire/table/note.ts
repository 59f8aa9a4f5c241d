import type { Row } from "./row.ts";

export const noteRows: Row[] = [
  {
    operation: "getNotes",
    call: "GET /notes",
    requests: [{ send: "GET /api/v1/notes/get_notes/", answer: { items: [], status: "ok" } }],
  },
  {
    operation: "postNote",
    call: "POST /note",
    form: { text: " Größe ☕ " },
    requests: [
      {
        send: "POST /api/v1/notes/create_note",
        signed: { note_style: 0, text: " Größe ☕ ", _uuid: "<session.uuid>", audience: 0 },
        answer: { id: "17860000000000001", user_id: "49123456789", text: "x", status: "ok" },
      },
    ],
  },
  {
    operation: "deleteNote",
    call: "DELETE /note?note_id=18446744073709551615",
    requests: [
      {
        send: "POST /api/v1/notes/delete_note/",
        signed: '{"id":18446744073709551615,"_uuid":"<session.uuid>"}',
        answer: { status: "ok" },
      },
    ],
  },
];
