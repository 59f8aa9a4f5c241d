import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { differences } from "./compare.ts";
import { FakeInstagram, importSession, liveService, reply } from "./fake-instagram.ts";
import { Placeholders } from "./pattern.ts";
import { fixture, type RecordedRequest, sessionText } from "./trace.ts";

/**
 * The wire of what no recording shows, taken from the recorded client's source (0.9.7). One row a
 * call of the gateway; each request in it is `verb path?query`, and `[]` is none at all.
 */
interface Row {
  operation: string;
  call: string;
  form?: Record<string, string>;
  session?: false;
  requests: Request[];
}
interface Request {
  send: string;
  host?: string;
  signed?: Record<string, unknown>;
  form?: [name: string, value: string][];
  web?: Record<string, string>;
  answer: unknown;
}

const USER = { user: { pk: 25025320, username: "instagram" }, status: "ok" };
const LIST = "search_surface=follow_list_page&query=&enable_groups=true";
const IPHONE =
  "Instagram 273.0.0.16.70 (iPhone15,2; iOS 17_5_1; en_US; en-US; scale=3.00; 1290x2796; 470085518)";

const lookUp: Request = { send: "GET /api/v1/users/instagram/usernameinfo/", answer: USER };

const ROWS: Row[] = [
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
  { operation: "getAuthSettings", call: "GET /auth/settings", requests: [] },
  { operation: "getMediaPk", call: "GET /media/pk?media_id=1_2", requests: [] },
  {
    operation: "getMediaPkFromCode",
    call: "GET /media/pk/from/code?code=B-fKL9qpeab",
    requests: [],
  },
  {
    operation: "getMediaPkFromUrl",
    call: "GET /media/pk/from/url?url=https://www.instagram.com/p/B-fKL9qpeab/",
    requests: [],
  },
  { operation: "getMediaId", call: "GET /media/id?media_pk=1_2", requests: [] },
  {
    operation: "getMediaId",
    call: "GET /media/id?media_pk=3456789012345678901",
    session: false,
    requests: [
      {
        send: "POST /graphql/query/",
        host: "www.instagram.com",
        web: {
          "Accept-Encoding": "gzip, deflate",
          "Accept-Language": "en-US,en;q=0.8",
          "User-Agent": IPHONE,
          Referer: "https://www.instagram.com/p/C_4-0q4Vmw1/",
          "Content-Type": "application/x-www-form-urlencoded",
        },
        form: [
          ["variables", '{"shortcode":"C_4-0q4Vmw1"}'],
          ["doc_id", "8845758582119845"],
          ["server_timestamps", "true"],
        ],
        answer: { data: { xdt_shortcode_media: { owner: { id: "25025320" } } } },
      },
    ],
  },
  {
    operation: "getUser",
    call: "GET /user?user_id=%20%40InstaGram%20",
    requests: [lookUp],
  },
  {
    operation: "getUserFollowers",
    call: "GET /user/followers?user_id=instagram&amount=1",
    requests: [
      lookUp,
      {
        send: `GET /api/v1/friendships/25025320/followers/?count=1&rank_token=<session.uuid>&${LIST}`,
        answer: { users: [{ pk: 1, username: "a" }], next_max_id: null, status: "ok" },
      },
    ],
  },
  {
    operation: "getUserFollowing",
    call: "GET /user/following?user_id=instagram&amount=1",
    requests: [
      lookUp,
      {
        send: `GET /api/v1/friendships/25025320/following/?count=1&rank_token=<session.uuid>&${LIST}`,
        answer: { users: [{ pk: 1, username: "a" }], status: "ok" },
      },
    ],
  },
  {
    operation: "getUserFriendship",
    call: "GET /user/friendship?user_id=3012345678901234567",
    requests: [
      {
        send: "GET /api/v1/friendships/show/3012345678901234567/?is_external_deeplink_profile_view=false",
        answer: { following: true, status: "ok" },
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

const NOW = Date.UTC(2026, 10, 24, 6, 0, 0, 217);
const instagram = new FakeInstagram();
const service = await liveService(instagram, { now: () => NOW });
const session = await importSession(service, instagram, sessionText);
afterAll(() => service.close());
beforeEach(() => void instagram.takePaths());

describe("requests without a recording", () => {
  for (const row of ROWS)
    test(`${row.operation}: ${row.call}`, async () => {
      // Each answer changes the session, so a row starts from the saved one again.
      await importSession(service, instagram, sessionText);
      const expected = row.requests.map(recorded);
      row.requests.forEach(({ answer }, index) => {
        instagram.on(expected[index]!.path.replaceAll("<session.uuid>", ""), reply(200, answer));
      });
      const [method = "", path = ""] = row.call.split(" ");
      const answer = await service.request(method, path, {
        key: service.liveKey,
        session: row.session === false ? null : session,
        ...(row.form ? { form: row.form } : {}),
      });
      expect([answer.status, answer.text.slice(0, 200)]).toEqual([200, expect.any(String)]);

      const placeholders = new Placeholders({
        settings: { ...fixture.session },
        startedAt: NOW,
        answered: new Map(),
      });
      expect(instagram.calls).toHaveLength(expected.length);
      const found = instagram.calls.flatMap((call, index) =>
        differences(expected[index]!, { call, answered: new Map() }, placeholders),
      );
      expect(found).toEqual([]);
      expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe(String(expected.length));
    });
});

test("each operation that can ask Instagram is recorded or in this table", async () => {
  const { body } = await service.request("GET", "/openapi.json");
  const known = new Set([
    ...fixture.traces.map(({ operationId }) => operationId),
    ...ROWS.map(({ operation }) => operation),
  ]);
  const unknown = Object.values<Record<string, any>>(body.paths)
    .flatMap((path) => Object.values<any>(path))
    .filter(({ tags }) => !tags.includes("System") && !tags.includes("Admin"))
    .map(({ operationId }) => operationId)
    .filter((operation) => !known.has(operation));
  expect(unknown).toEqual([]);
});

/** A row's request as the recordings write theirs. */
function recorded({ send, host, signed, form, web }: Request): RecordedRequest {
  const [method = "", target = ""] = send.split(" ");
  const [path = "", query = ""] = target.split("?");
  const app = { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" };
  return {
    method,
    host: host ?? "i.instagram.com",
    path,
    query: query === "" ? [] : query.split("&").map((pair) => pair.split("=") as [string, string]),
    headers_base: web ? "common_headers_web" : "common_headers",
    headers_extra: web ?? (signed ? app : {}),
    body_kind: signed ? "signed_json" : form ? "form" : "none",
    body: signed ?? form ?? null,
    exactBody: (signed ?? null) as RecordedRequest["exactBody"],
    answer: { status: 200 },
  };
}
