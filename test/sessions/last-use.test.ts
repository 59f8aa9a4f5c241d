import { expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { createTestService } from "../support/service.ts";

test("when a session was last used is written in the background, and no save takes it back", async () => {
  using directory = temporaryDirectory();
  const database = { url: `file:${directory.path}/gramway.db` };
  let time = Date.parse("2026-01-31T12:00:00Z");
  const start = () => createTestService({ config: { database }, now: () => time });
  const first = await start();
  const { testKey: key, tenantId } = first;
  const lastUse = async (service: typeof first) => {
    const { sessions } = await service.service.stores.sessions.list(tenantId);
    return sessions.map(({ lastUsedAt }) => lastUsedAt);
  };
  const session = await first.login();
  const read = (service: typeof first) => service.request("GET", "/account", { key, session });
  expect((await read(first)).status).toBe(200);
  const used = time;
  time += 60_000;
  // Soon after, it is not written again.
  expect((await read(first)).status).toBe(200);
  await first.close();

  const second = await start();
  expect(await lastUse(second)).toEqual([used]);
  time += 3_600_000;
  expect((await read(second)).status).toBe(200);
  const form = { timezone: "3600" };
  const patched = await second.request("PATCH", "/auth/settings", { key, session, form });
  expect(patched.status).toBe(200);
  await second.close();

  const third = await start();
  expect(await lastUse(third)).toEqual([time]);
  await third.close();
});
