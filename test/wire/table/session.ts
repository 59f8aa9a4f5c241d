import type { Row } from "./row.ts";

export const sessionRows: Row[] = [
  { operation: "getSession", call: "GET /session", requests: [] },
  {
    operation: "getSessionHealth",
    call: "GET /session/health",
    requests: [
      {
        send: "GET /api/v1/accounts/current_user/?edit=true",
        answer: { user: { pk: 49123456789, username: "me.account" }, status: "ok" },
      },
    ],
  },
  { operation: "deleteSession", call: "DELETE /session", requests: [] },
  {
    operation: "deleteSession",
    call: "DELETE /session?logout=true",
    requests: [
      {
        send: "POST /api/v1/accounts/logout/",
        signed: { one_tap_app_login: true },
        answer: { login_nonce: null, status: "ok" },
      },
    ],
  },
];
