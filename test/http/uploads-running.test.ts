import { describe, expect, test } from "bun:test";
import { reply } from "../support/fake-instagram.ts";
import { Gate, until } from "../support/gate.ts";
import { expectProblemForm } from "../support/problems.ts";
import {
  ASYNC,
  CONFIGURE,
  held,
  SEND_PHOTO,
  unnamedFiles,
  uploadingService,
} from "../support/uploading.ts";

/* Uploads that run: what ends them, what they keep, and what goes on beside them. */

describe("nothing is posted", () => {
  test("when it cannot be noted that the post may exist", async () => {
    await using own = await uploadingService();
    const { instagram, service } = own.service;
    const gate = held(instagram, SEND_PHOTO);
    const accepted = await own.upload({ headers: ASYNC, caption: "Not noted" });
    await until(() => gate.running === 1);
    const { db } = service.stores;
    const refuse = `CREATE TRIGGER refuse BEFORE UPDATE ON uploads WHEN new.may_exist
      BEGIN SELECT RAISE(ABORT, 'no'); END`;
    await db.statements.execute(refuse);
    gate.letGo();
    const { error } = await own.toldWhen(accepted.body.upload_id, "failed", "done");
    expect(error.status).toBeGreaterThanOrEqual(500);
    expect(instagram.callsOf(CONFIGURE)).toEqual([]);
    expect(await own.captions()).not.toContain("Not noted");
  });

  test.each([
    ["logged out", "UPDATE sessions SET state = 'logged_out', version = version + 1"],
    ["deleted", "DELETE FROM sessions"],
  ])("when the session was %s meanwhile", async (how, change) => {
    await using own = await uploadingService();
    const { instagram, service, tenantId } = own.service;
    const gate = held(instagram, SEND_PHOTO);
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    await until(() => gate.running === 1);
    const live = await service.sessions.resolve(tenantId, "test", own.session);
    await service.stores.db.statements.execute(change);
    live?.copy.invalidate();
    gate.letGo();
    if (how === "deleted") await until(async () => (await own.told(upload_id)).status === 404);
    else {
      const { error } = await own.toldWhen(upload_id, "failed");
      expect(error.exc_type).toBe("LoginRequired");
    }
    await service.uploadsEnded();
    expect(instagram.callsOf(CONFIGURE)).toEqual([]);
  });
});

describe("a long transcode", () => {
  test("is told of, and holds up nothing else of its session", async () => {
    const converting = new Gate();
    await using own = await uploadingService({
      // The pauses between the calls.
      sleep: () => converting.pass(undefined),
    });
    const { instagram, testKey, request } = own.service;
    const notYet = reply(202, { message: "Transcode not finished yet.", status: "fail" });
    instagram.on(CONFIGURE, notYet, (_, usual) => usual());
    const { upload_id } = (await own.upload({ headers: ASYNC, caption: "Converted" })).body;
    await until(() => converting.running === 1);
    expect((await own.told(upload_id)).body.state).toBe("transcoding");
    const options = {
      key: testKey,
      session: own.session,
      form: { text: "hi", user_ids: "25025320" },
    };
    expect((await request("POST", "/direct/message", options)).status).toBe(200);
    expect(await own.captions()).not.toContain("Converted");
    converting.letGo();
    await own.toldWhen(upload_id, "done");
    expect(instagram.callsOf(CONFIGURE)).toHaveLength(2);
  });

  test("that does not end is a 504 for who waits, who is told that nothing was posted", async () => {
    await using own = await uploadingService({ config: { uploadDeadlineMs: 1_000 } });
    const notYet = reply(202, { message: "Transcode not finished yet.", status: "fail" });
    own.service.instagram.on(CONFIGURE, notYet);
    const answer = await own.upload();
    expect([answer.status, answer.body.exc_type]).toEqual([504, "UpstreamTimeout"]);
    expect(answer.body.outcome).toBe("not_sent");
  });
});

describe("the files of an upload", () => {
  test("are gone after success, failure and hang-up", async () => {
    await using own = await uploadingService();
    const { instagram } = own.service;
    const before = unnamedFiles();
    await own.upload();
    const { upload_id } = (await own.upload({ headers: ASYNC })).body;
    await own.toldWhen(upload_id, "done");
    instagram.on(SEND_PHOTO, reply(400, { message: "no", status: "fail" }));
    await own.upload();
    const failed = (await own.upload({ headers: ASYNC })).body.upload_id;
    await own.toldWhen(failed, "failed");
    await until(() => unnamedFiles() <= before);

    const gate = held(instagram, SEND_PHOTO);
    const caller = new AbortController();
    const waiting = own.upload({ signal: caller.signal });
    await until(() => gate.running === 1);
    expect(unnamedFiles()).toBeGreaterThan(before);
    caller.abort();
    // The emulator within this process finishes what it has begun.
    gate.letGo();
    expect((await waiting).status).toBe(499);
    await until(() => unnamedFiles() <= before);
    expect(instagram.callsOf(CONFIGURE)).toHaveLength(2);
  });
});

describe("a caller who waits and hangs up", () => {
  test("while the call that makes the post is under way has it finished", async () => {
    await using own = await uploadingService();
    const gate = held(own.service.instagram, CONFIGURE);
    const caller = new AbortController();
    const waiting = own.upload({ signal: caller.signal, caption: "Finished" });
    await until(() => gate.running === 1);
    caller.abort();
    gate.letGo();
    await waiting;
    expect(await own.captions()).toContain("Finished");
  });
});

describe("bounds", () => {
  test("a session has few uploads in the background, and others go on", async () => {
    await using own = await uploadingService();
    const gate = held(own.service.instagram, SEND_PHOTO);
    const ids: string[] = [];
    for (let n = 0; n < 8; n++) ids.push((await own.upload({ headers: ASYNC })).body.upload_id);
    const busy = await own.upload({ headers: ASYNC });
    expect([busy.status, busy.body.exc_type]).toEqual([503, "SessionBusy"]);
    expect(busy.headers.get("retry-after")).not.toBeNull();
    expectProblemForm(busy);
    expect(gate.most).toBe(2);
    // What is read meanwhile is answered.
    expect((await own.captions()).length).toBeGreaterThan(0);
    gate.letGo();
    for (const id of ids) await own.toldWhen(id, "done");
  });
});

test("what runs in the background is in the metrics and the log", async () => {
  await using own = await uploadingService();
  const { service } = own;
  const gate = held(service.instagram, SEND_PHOTO);
  const { upload_id } = (await own.upload({ headers: ASYNC })).body;
  await until(() => gate.running === 1);
  expect(await service.service.metrics.text()).toContain(
    'gramway_uploads_in_background{state="sending"} 1',
  );
  gate.letGo();
  const { sent_bytes } = await own.toldWhen(upload_id, "done");
  const text = await service.service.metrics.text();
  expect(text).toContain('gramway_uploads_total{kind="media",result="done"} 1');
  expect(text).toContain(`gramway_upload_bytes_total ${sent_bytes}`);
  const line = () =>
    service.logLines
      .map((one) => JSON.parse(one))
      .find(({ msg }) => msg === "upload in the background");
  await until(() => line() !== undefined);
  expect(line()).toMatchObject({
    upload: upload_id,
    state: "done",
    operation: "postPhotoUpload",
    session: own.session,
    sent_bytes,
  });
});
