import { describe, expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { FakeInstagram, reply } from "../support/fake-instagram.ts";
import { until } from "../support/gate.ts";
import { unblock } from "../support/guard.ts";
import { newKey } from "../support/idempotency.ts";
import {
  ASYNC,
  CONFIGURE,
  held,
  photoForm,
  SEND_PHOTO,
  uploadingService,
} from "../support/uploading.ts";

/* Uploads that are answered before they are done, and what GET /upload tells of them. */

const lost = (): never => {
  throw new Error("the connection was closed");
};

describe("Prefer: respond-async", () => {
  test("answers 202 at once, and GET /upload tells what the upload has made", async () => {
    await using own = await uploadingService();
    const gate = held(own.service.instagram, SEND_PHOTO);
    const accepted = await own.upload({ headers: ASYNC, caption: "Later" });
    expect(accepted.status, accepted.text).toBe(202);
    const { upload_id } = accepted.body;
    expect(accepted.headers.get("location")).toBe(`/upload?upload_id=${upload_id}`);
    expect(accepted.headers.get("preference-applied")).toBe("respond-async");
    const nothing = { media: null, story: null, message: null, error: null };
    expect(accepted.body).toEqual({
      upload_id,
      state: "received",
      sent_bytes: 0,
      total_bytes: expect.any(Number),
      ...nothing,
    });
    expect(accepted.body.total_bytes).toBeGreaterThan(0);

    await until(() => gate.running === 1);
    const sending = await own.told(upload_id);
    expect(sending.status).toBe(200);
    expect(sending.body).toMatchObject({ state: "sending", ...nothing });
    expect(await own.captions()).not.toContain("Later");
    gate.letGo();
    const done = await own.toldWhen(upload_id, "done", "failed");
    expect(done).toMatchObject({ ...nothing, state: "done", media: { caption_text: "Later" } });
    expect(done.sent_bytes).toBe(done.total_bytes);
    expect(await own.captions()).toContain("Later");
  });

  test("gives the post that the same request gives without it", async () => {
    await using own = await uploadingService();
    const waited = await own.upload();
    expect(waited.status, waited.text).toBe(200);
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    const { media } = await own.toldWhen(upload_id, "done", "failed");
    expect(Object.keys(media)).toEqual(Object.keys(waited.body));
    expect(media.pk).toMatch(/^\d+$/);
    expect(media.thumbnail_url).toStartWith("http://localhost/sandbox/cdn/");
  });

  test("tells of a story as a story", async () => {
    await using own = await uploadingService();
    const waited = await own.upload({ path: "/story/upload" });
    expect(waited.status, waited.text).toBe(200);
    const accepted = await own.upload({ path: "/story/upload", headers: ASYNC });
    expect(accepted.status, accepted.text).toBe(202);
    const { state, story, media } = await own.toldWhen(accepted.body.upload_id, "done", "failed");
    expect([state, media]).toEqual(["done", null]);
    expect(Object.keys(story)).toEqual(Object.keys(waited.body));
  });

  test.each(["respond-async, wait=5", "wait=5, Respond-Async", "respond-async;foo=bar"])(
    "is understood as %s",
    async (Prefer) => {
      await using own = await uploadingService();
      expect((await own.upload({ headers: { Prefer } })).status).toBe(202);
    },
  );

  test.each(["", "return=minimal", "respond-asynchronously", "foo=respond-async"])(
    "is not meant by %p",
    async (Prefer) => {
      await using own = await uploadingService();
      expect((await own.upload({ headers: { Prefer } })).status).toBe(200);
    },
  );

  test("changes nothing where nothing is uploaded", async () => {
    await using own = await uploadingService();
    const { service, session } = own;
    const options = { key: service.testKey, session, headers: ASYNC };
    const answer = await service.request("GET", "/account", options);
    expect([answer.status, answer.headers.get("preference-applied")]).toEqual([200, null]);
  });

  test("refuses at once what cannot be taken", async () => {
    await using own = await uploadingService();
    const withoutFile = photoForm();
    withoutFile.delete("file");
    const invalid = await own.upload({ headers: ASYNC, form: withoutFile });
    expect([invalid.status, invalid.body.exc_type]).toEqual([422, "ValidationError"]);
    const unknown = await own.upload({ headers: ASYNC, session: "01K9ZJ5M0T6R3F4C2B1A0XYZWV" });
    expect([unknown.status, unknown.body.exc_type]).toEqual([401, "SessionNotFound"]);
    expect(await rows(own)).toEqual([]);
  });

  test("goes on when the caller has hung up", async () => {
    await using own = await uploadingService();
    const gate = held(own.service.instagram, SEND_PHOTO);
    const caller = new AbortController();
    const { signal } = caller;
    const { upload_id } = (await own.upload({ headers: ASYNC, signal })).body;
    await until(() => gate.running === 1);
    caller.abort();
    gate.letGo();
    expect(await own.toldWhen(upload_id, "done", "failed")).toMatchObject({ state: "done" });
  });
});

describe("GET /upload", () => {
  test("is for the owner: others get the answer for an unknown id", async () => {
    await using own = await uploadingService();
    const { service } = own;
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    await own.toldWhen(upload_id, "done");
    const foreign = (await service.createKey(await service.createTenant("Other"))).key;
    const unknown = await own.told("01K9ZJ5M0T6R3F4C2B1A0XYZWV");
    const { request_id: _, ...body } = unknown.body;
    expect([unknown.status, body.exc_type]).toEqual([404, "UploadNotFound"]);
    for (const key of [foreign, service.liveKey]) {
      const answer = await own.told(upload_id, key);
      expect(answer.status).toBe(404);
      expect(answer.body).toMatchObject(body);
    }
    const writeOnly = await service.createKey(service.tenantId, { scopes: ["write"] });
    expect((await own.told(upload_id, writeOnly.key)).body.exc_type).toBe("ScopeRequired");
  });

  test("tells why an upload failed as the same request is answered without the preference", async () => {
    await using own = await uploadingService();
    own.service.instagram.on(
      CONFIGURE,
      reply(400, { message: "feedback_required", status: "fail" }),
    );
    const refused = await own.upload();
    await unblock(own.service, own.session, own.service.testKey);
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    const { error, media, state } = await own.toldWhen(upload_id, "failed", "done");
    expect([state, media]).toEqual(["failed", null]);
    expect(error).toEqual({ ...refused.body, request_id: error.request_id });
    expect(error).toMatchObject({ status: 429, exc_type: "FeedbackRequired" });
  });

  test("tells of a file that is broken", async () => {
    await using own = await uploadingService();
    const form = photoForm();
    form.set("file", new File(["no photo"], "photo.jpg", { type: "image/jpeg" }));
    const { upload_id } = (await own.upload({ headers: ASYNC, form })).body;
    const { error } = await own.toldWhen(upload_id, "failed");
    expect([415, 422]).toContain(error.status);
    expect(own.service.instagram.callsOf(SEND_PHOTO)).toEqual([]);
  });

  test("says where nobody knows whether the post was made", async () => {
    await using own = await uploadingService();
    own.service.instagram.on(CONFIGURE, lost);
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    const { error } = await own.toldWhen(upload_id, "failed", "done");
    expect(error).toMatchObject({ exc_type: "OutcomeUnknown", outcome: "unknown" });
  });

  test("tells nothing of an upload whose session was deleted", async () => {
    await using own = await uploadingService();
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    await own.toldWhen(upload_id, "done");
    await own.service.service.uploadsEnded();
    const { db } = own.service.service.stores;
    await db.statements.execute("DELETE FROM sessions");
    expect((await own.told(upload_id)).status).toBe(404);
  });

  test("is told of by another process, and after the end of the first", async () => {
    using directory = temporaryDirectory();
    const config = { database: { url: `file:${directory.path}/gramway.db` } };
    const instagram = new FakeInstagram();
    const one = await uploadingService({ config, instagram });
    const key = one.service.testKey;
    await using other = await uploadingService({ config, instagram, session: one.session, key });
    const gate = held(instagram, SEND_PHOTO);
    const { upload_id: first } = (await one.upload({ headers: ASYNC })).body;
    await until(() => gate.running === 1);
    expect((await other.told(first)).body).toMatchObject({ state: "received", error: null });
    gate.letGo();
    await one.toldWhen(first, "done");
    expect((await other.told(first)).body).toMatchObject({ state: "done", error: null });

    // The end of a service cancels what has posted nothing, and says so.
    const again = held(instagram, SEND_PHOTO);
    const { upload_id: second } = (await one.upload({ headers: ASYNC, caption: "Cut off" })).body;
    await until(() => again.running === 1);
    await one.service.close();
    again.letGo();
    const { state, error } = (await other.told(second)).body;
    expect(state).toBe("failed");
    expect(error).toMatchObject({ exc_type: "UploadInterrupted", outcome: "not_sent" });
    expect(await other.captions()).not.toContain("Cut off");
    expect((await other.told(first)).body).toMatchObject({ state: "done" });
  });
});

describe("under an Idempotency-Key", () => {
  test("retries are told of the one upload, and then get its answer", async () => {
    await using own = await uploadingService();
    const gate = held(own.service.instagram, SEND_PHOTO);
    const key = { "Idempotency-Key": newKey() };
    const caption = "Once";
    const first = await own.upload({ headers: { ...ASYNC, ...key }, caption });
    const again = await own.upload({ headers: { ...ASYNC, ...key }, caption });
    expect([again.status, again.headers.get("location")]).toEqual([
      202,
      first.headers.get("location"),
    ]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    const waiting = await own.upload({ headers: key, caption });
    expect([waiting.status, waiting.body.exc_type]).toEqual([409, "IdempotencyInProgress"]);
    const other = await own.upload({ headers: { ...ASYNC, ...key }, caption: "Other" });
    expect(other.body.exc_type).toBe("IdempotencyKeyReused");

    gate.letGo();
    const { media } = await own.toldWhen(first.body.upload_id, "done", "failed");
    const answered = await own.upload({ headers: key, caption });
    expect([answered.status, answered.body]).toEqual([200, media]);
    expect(answered.headers.get("idempotency-replayed")).toBe("true");
    const told = await own.upload({ headers: { ...ASYNC, ...key }, caption });
    expect([told.status, told.body.state, told.body.media]).toEqual([202, "done", media]);
    const posts = (await own.captions()).filter((text) => text === caption);
    expect(posts).toHaveLength(1);
    expect(own.service.instagram.callsOf(SEND_PHOTO)).toHaveLength(1);
  });

  test("an upload that its caller waits for can be watched, too", async () => {
    await using own = await uploadingService();
    const gate = held(own.service.instagram, SEND_PHOTO);
    const key = { "Idempotency-Key": newKey() };
    const waiting = own.upload({ headers: key });
    await until(() => gate.running === 1);
    const watched = await own.upload({ headers: { ...ASYNC, ...key } });
    expect([watched.status, watched.body.state]).toEqual([202, "sending"]);
    gate.letGo();
    const { body } = await waiting;
    expect((await own.told(watched.body.upload_id)).body).toMatchObject({ media: body });
  });

  test("a retry in another process is told of the upload that runs in the first", async () => {
    using directory = temporaryDirectory();
    const config = { database: { url: `file:${directory.path}/gramway.db` } };
    const instagram = new FakeInstagram();
    await using one = await uploadingService({ config, instagram });
    const { session } = one;
    const { testKey: key } = one.service;
    await using other = await uploadingService({ config, instagram, session, key });
    const gate = held(instagram, SEND_PHOTO);
    const headers = { ...ASYNC, "Idempotency-Key": newKey() };
    const first = await one.upload({ headers });
    await until(() => gate.running === 1);
    const retry = await other.upload({ headers });
    expect([retry.status, retry.headers.get("location")]).toEqual([
      202,
      first.headers.get("location"),
    ]);
    gate.letGo();
    await one.toldWhen(first.body.upload_id, "done");
    expect((await other.upload({ headers })).body).toMatchObject({ state: "done" });
    expect(gate.arrived).toBe(1);
  });

  test("after a lost answer the retry finds the post instead of making another", async () => {
    await using own = await uploadingService();
    const { instagram } = own.service;
    const key = { "Idempotency-Key": newKey() };
    const caption = "Made, and not known";
    let isBlind = true;
    instagram
      .on(CONFIGURE, async (_, usual) => {
        await usual();
        return lost();
      })
      .on(/\/feed\/user\//, (_, usual) => (isBlind ? lost() : usual()));
    const first = await own.upload({ headers: { ...ASYNC, ...key }, caption });
    const { error } = await own.toldWhen(first.body.upload_id, "failed", "done");
    expect(error).toMatchObject({ exc_type: "OutcomeUnknown", outcome: "unknown" });
    isBlind = false;
    const retry = await own.upload({ headers: { ...ASYNC, ...key }, caption });
    expect(retry.headers.get("location")).toBe(first.headers.get("location"));
    const { state, media } = await own.toldWhen(retry.body.upload_id, "done");
    expect([state, media.caption_text]).toEqual(["done", caption]);
    expect(instagram.callsOf(CONFIGURE)).toHaveLength(1);
    expect((await own.captions()).filter((text) => text === caption)).toHaveLength(1);
  });

  test("what was refused before it could act is run again, as another upload", async () => {
    await using own = await uploadingService();
    const key = { "Idempotency-Key": newKey() };
    own.service.instagram.on(SEND_PHOTO, lost);
    const first = await own.upload({ headers: { ...ASYNC, ...key } });
    const { error } = await own.toldWhen(first.body.upload_id, "failed");
    expect(error.outcome).toBe("not_sent");
    own.service.instagram.on(SEND_PHOTO);
    const retry = await own.upload({ headers: { ...ASYNC, ...key } });
    expect(await own.toldWhen(retry.body.upload_id, "done", "failed")).toMatchObject({
      state: "done",
    });
  });
});

/** The stored records. */
async function rows(own: Awaited<ReturnType<typeof uploadingService>>): Promise<unknown[]> {
  return (await own.service.service.stores.db.statements.execute("SELECT * FROM uploads")).rows;
}
