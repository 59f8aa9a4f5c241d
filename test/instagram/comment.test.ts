import { expect, test } from "bun:test";
import { getMediaCommentLikers } from "../../src/instagram/operations/comment.ts";
import { SessionState } from "../../src/instagram/session.ts";
import { clientOf } from "../support/client.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";

const instagram = new FakeInstagram();
instagram.on("/graphql/query/", reply(200, { data: { comment: null }, status: "ok" }));

test("who likes a comment is asked for with the cookies that the session has", async () => {
  const client = clientOf(instagram, new SessionState({ cookies: { sessionid: "7%3Aab%3A28" } }));
  expect(await getMediaCommentLikers(client, "1", 10)).toEqual([]);
  expect(instagram.calls.splice(0).map(({ headers }) => headers.Cookie)).toEqual([
    "sessionid=7%3Aab%3A28; ds_user_id=7",
  ]);
});

test("who likes a comment is not asked for without a login", async () => {
  const client = clientOf(instagram, new SessionState());
  await expect(getMediaCommentLikers(client, "1", 10)).rejects.toMatchObject({
    kind: "LoginRequired",
  });
  expect(instagram.calls).toEqual([]);
});
