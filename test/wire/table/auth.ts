import type { Row } from "./row.ts";

export const authRows: Row[] = [
  { operation: "getAuthSettings", call: "GET /auth/settings", requests: [] },
  {
    operation: "postAuthTotp",
    call: "POST /auth/totp",
    requests: [
      {
        send: "POST /api/v1/accounts/generate_two_factor_totp_key/",
        signed: { _uuid: "<session.uuid>", device_id: "<session.android_device_id>" },
        answer: { totp_seed: "JBSWY3DPEHPK3PXP", status: "ok" },
      },
    ],
  },
  {
    operation: "postAuthTotp",
    call: "POST /auth/totp",
    form: { verification_code: "123 456" },
    requests: [
      {
        send: "POST /api/v1/accounts/enable_totp_two_factor/",
        signed: {
          _uuid: "<session.uuid>",
          device_id: "<session.android_device_id>",
          verification_code: "123456",
        },
        answer: { backup_codes: ["1234 5678"], status: "ok" },
      },
    ],
  },
];
