import { afterAll, expect, test } from "bun:test";
import { importTinyDb } from "../../src/sessions/tinydb-import.ts";
import { FakeInstagram } from "../support/fake-instagram.ts";
import { importSession, savedSettings } from "../support/live.ts";
import { createTestService } from "../support/service.ts";

const LIMIT = 64 * 1024;
const instagram = new FakeInstagram();
const service = await createTestService({ instagram });
afterAll(() => service.close());

/** Settings whose JSON text has exactly so many bytes. */
function settingsOf(bytes: number): string {
  const empty = JSON.stringify(savedSettings({ notes: "" }));
  return JSON.stringify(savedSettings({ notes: "x".repeat(bytes - empty.length) }));
}

const patch = (settings: string, session?: string) =>
  service.request("PATCH", "/auth/settings", {
    key: service.liveKey,
    form: { settings },
    ...(session ? { session } : {}),
  });

test("settings of 64 KB are taken and larger ones refused, new or in place of others", async () => {
  const session = await importSession(service, settingsOf(LIMIT));
  for (const settings of [settingsOf(LIMIT + 1), settingsOf(LIMIT - 1).replace("xx", "äöü")])
    for (const answer of [await patch(settings), await patch(settings, session)]) {
      expect(answer.status, answer.text).toBe(422);
      expect(answer.body.errors).toEqual([
        { field: "settings", message: expect.stringContaining("65536") },
      ]);
    }
  expect((await patch(settingsOf(2000), session)).status).toBe(200);
});

test("what of settings goes into a header has at most 8 KB", async () => {
  const session = await importSession(service);
  const of = (length: number) =>
    JSON.stringify(savedSettings({ user_agent: `Instagram ${"x".repeat(length - 10)}` }));
  for (const answer of [await patch(of(8_193)), await patch(of(60_000), session)]) {
    expect(answer.status, answer.text).toBe(422);
    expect(answer.body.errors).toEqual([
      { field: "settings", message: expect.stringContaining("8192 characters in user_agent") },
    ]);
  }
  expect((await patch(of(8_192), session)).status).toBe(200);
});

test("rows of a database file with larger settings are left out, and the others are not", async () => {
  const rows = {
    1: { sessionid: "1%3Aa%3A1", settings: settingsOf(LIMIT + 1) },
    2: { sessionid: "2%3Ab%3A1", settings: settingsOf(LIMIT) },
  };
  const result = await importTinyDb(service.service.stores.sessions, {
    tenantId: service.tenantId,
    mode: "live",
    file: new Blob([JSON.stringify({ _default: rows })]),
  });
  expect(result).toEqual({
    imported: 1,
    updated: 0,
    unchanged: 0,
    skipped: [{ row: "1", reason: "settings are larger than 65536 bytes" }],
  });
});
