import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { OWN_TAGS } from "../support/contract.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { importSession } from "../support/live.ts";
import { createTestService } from "../support/service.ts";
import { differences } from "../support/wire/compare.ts";
import { Placeholders } from "../support/wire/pattern.ts";
import { fixture, type RecordedRequest, recordedFile, sessionText } from "../support/wire/trace.ts";
import { parseWritten } from "../support/wire/written-json.ts";
import { accountRows } from "./table/account.ts";
import { authRows } from "./table/auth.ts";
import { collectionRows } from "./table/collection.ts";
import { commentRows } from "./table/comment.ts";
import { commentActionRows } from "./table/comment-actions.ts";
import { directRows } from "./table/direct.ts";
import { directActionRows } from "./table/direct-actions.ts";
import { directUploadRows } from "./table/direct-upload.ts";
import { downloadRows } from "./table/download.ts";
import { exploreRows } from "./table/explore.ts";
import { friendshipRows } from "./table/friendship.ts";
import { friendshipActionRows } from "./table/friendship-actions.ts";
import { hashtagRows } from "./table/hashtag.ts";
import { highlightRows } from "./table/highlight.ts";
import { insightsRows } from "./table/insights.ts";
import { locationRows } from "./table/location.ts";
import { mediaRows } from "./table/media.ts";
import { mediaActionRows } from "./table/media-actions.ts";
import { noteRows } from "./table/note.ts";
import { notificationsRows } from "./table/notifications.ts";
import { postUploadRows } from "./table/post-upload.ts";
import { reelsRows } from "./table/reels.ts";
import type { Request, Row } from "./table/row.ts";
import { searchRows } from "./table/search.ts";
import { sessionRows } from "./table/session.ts";
import { storyRows } from "./table/story.ts";
import { storyUploadRows } from "./table/story-upload.ts";
import { trackRows } from "./table/track.ts";
import { userRows } from "./table/user.ts";
import { userPostsRows } from "./table/user-posts.ts";

const ROWS: Row[] = [
  ...accountRows,
  ...authRows,
  ...collectionRows,
  ...commentRows,
  ...commentActionRows,
  ...directRows,
  ...directActionRows,
  ...directUploadRows,
  ...downloadRows,
  ...exploreRows,
  ...friendshipRows,
  ...friendshipActionRows,
  ...hashtagRows,
  ...highlightRows,
  ...insightsRows,
  ...locationRows,
  ...mediaRows,
  ...mediaActionRows,
  ...noteRows,
  ...notificationsRows,
  ...postUploadRows,
  ...reelsRows,
  ...searchRows,
  ...sessionRows,
  ...storyRows,
  ...storyUploadRows,
  ...trackRows,
  ...userRows,
  ...userPostsRows,
];

const NOW = Date.UTC(2026, 10, 24, 6, 0, 0, 217);
const instagram = new FakeInstagram();
const service = await createTestService({ instagram, now: () => NOW });
afterAll(() => service.close());
beforeEach(() => void instagram.takePaths());

describe("requests without a recording", () => {
  for (const row of ROWS)
    test(`${row.operation}: ${row.call}`, async () => {
      // Each answer changes the session, so a row starts from the saved one again.
      const session = await importSession(service, sessionText);
      const expected = row.requests.map(recorded);
      for (const { path } of expected)
        instagram.on(
          pathOf(path),
          ...row.requests
            .filter((_, index) => expected[index]?.path === path)
            .map(({ answer }) => reply(200, answer)),
        );
      const [method = "", path = ""] = row.call.split(" ");
      const answer = await service.request(method, path, {
        key: service.liveKey,
        session: row.session === false ? null : session,
        ...bodyOf(row),
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

test("each read operation is in this table, and every other one at least recorded", async () => {
  const { body } = await service.request("GET", "/openapi.json");
  const recordedOnes = new Set(fixture.traces.map(({ operationId }) => operationId));
  const listed = new Set(ROWS.map(({ operation }) => operation));
  const operations = Object.values<Record<string, any>>(body.paths)
    .flatMap((path) => Object.entries<any>(path))
    .filter(
      ([, { tags }]) => !tags.includes("System") && !tags.some((tag: string) => OWN_TAGS.has(tag)),
    );
  const missing = operations
    .filter(([method, { operationId }]) => method === "get" || !recordedOnes.has(operationId))
    .map(([, { operationId }]) => operationId)
    .filter((operation) => !listed.has(operation));
  expect(missing).toEqual([]);
});

/** A path for the fake: what is made up at run time may be anything. */
const pathOf = (path: string): string | RegExp =>
  path.includes("<")
    ? new RegExp(
        `^${path
          .split(/<[^<>]+>/)
          .map(RegExp.escape)
          .join("[^/]+")}$`,
      )
    : path;

/** The body of a row's call: a form with files where it has some. */
function bodyOf({ form = {}, files }: Row): { form?: Row["form"]; body?: FormData } {
  if (!files) return Object.keys(form).length > 0 ? { form } : {};
  const body = new FormData();
  for (const [name, value] of Object.entries(form)) body.append(name, value);
  for (const [field, name] of files) body.append(field, recordedFile(name), name);
  return { body };
}

/** A row's request as the recordings write theirs. */
function recorded(row: Request): RecordedRequest {
  const { send, host, signed, json, form, binary, web, bare, extra } = row;
  const [, method = "", target = ""] = /^(\S+) (.*)$/.exec(send) ?? [];
  const [path = "", query = ""] = target.split("?");
  const hasBody = (signed ?? json ?? form) !== undefined;
  const app = { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" };
  const text = json ?? (typeof signed === "string" ? signed : JSON.stringify(signed ?? null));
  return {
    method,
    host: host ?? "i.instagram.com",
    path,
    query: query === "" ? [] : query.split("&").map(pairOf),
    headers_base: web ? "common_headers_web" : bare ? "none" : "common_headers",
    headers_extra: { ...(web ?? bare ?? (hasBody ? app : {})), ...extra },
    body_kind: binary ? "binary" : signed ? "signed_json" : json ? "json" : form ? "form" : "none",
    // The size stands in the row as <size>: it is ours.
    body: binary ? { length: "<size>" } : (form ?? null),
    writtenBody: parseWritten(text),
    answer: { status: 200 },
  };
}

function pairOf(pair: string): [name: string, value: string] {
  const [name = "", value = ""] = pair.split("=");
  return [name, decodeURIComponent(value)];
}
