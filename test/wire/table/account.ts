import type { Row } from "./row.ts";

export const accountRows: Row[] = [
  {
    operation: "getAccount",
    call: "GET /account",
    requests: [
      {
        send: "GET /api/v1/accounts/current_user/?edit=true",
        answer: { user: { pk: 49123456789, username: "me.account" }, status: "ok" },
      },
    ],
  },
];
