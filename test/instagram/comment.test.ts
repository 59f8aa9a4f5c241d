import { expect, test } from "bun:test";
import { getMediaCommentLikers } from "../../src/instagram/operations/comment.ts";
import { SessionState } from "../../src/instagram/session.ts";
import { clientOn } from "./client.ts";

const answer = () => new Response('{"data":{"comment":null},"status":"ok"}');

test("who likes a comment is asked for with the cookies that the session has", async () => {
  const client = clientOn(new SessionState({ cookies: { sessionid: "7%3Aab%3A28" } }), answer);
  expect(await getMediaCommentLikers(client, "1", 10)).toEqual([]);
  expect(client.calls.map(({ headers }) => headers.Cookie)).toEqual([
    "sessionid=7%3Aab%3A28; ds_user_id=7",
  ]);
});

test("who likes a comment is not asked for without a login", async () => {
  const client = clientOn(new SessionState(), answer);
  await expect(getMediaCommentLikers(client, "1", 10)).rejects.toMatchObject({
    kind: "LoginRequired",
  });
  expect(client.calls).toEqual([]);
});
