import { expect, test } from "bun:test";
import { createAppProfiles } from "../../src/instagram/app-profiles.ts";
import { moveToProfile } from "../../src/sessions/move-profile.ts";
import { createTestService } from "../support/service.ts";

const ADDED = {
  appVersion: "999.1.0.2.3",
  versionCode: "123456789",
  bloksVersioningId: "ab".repeat(32),
};

test("sessions pin another release and stay the same device", async () => {
  const service = await createTestService({ config: { appProfiles: [ADDED] } });
  const { testKey: key, tenantId } = service;
  const session = await service.login();
  const before = (await service.request("GET", "/auth/settings", { key, session })).body;
  // A new session pins the operator's release.
  expect(before.device_settings).toMatchObject({
    app_version: "999.1.0.2.3",
    version_code: "123456789",
  });

  const profiles = createAppProfiles();
  const move = { tenantId, profile: profiles.default, profiles };
  const { sessions: sessionStore } = service.service.stores;
  expect(await moveToProfile(sessionStore, { ...move, from: "1.2.3" })).toEqual({
    moved: 0,
    failed: [],
  });
  expect(await moveToProfile(sessionStore, { ...move, from: null })).toEqual({
    moved: 1,
    failed: [],
  });
  expect(await moveToProfile(sessionStore, { ...move, from: null })).toEqual({
    moved: 0,
    failed: [],
  });

  const stored = await sessionStore.find(tenantId, "test", session);
  const after = JSON.parse(stored?.settings ?? "{}");
  expect(after.user_agent).toBe(
    before.user_agent.replace("999.1.0.2.3", "428.0.0.47.67").replace("123456789", "961145276"),
  );
  expect(after.device_settings.bloks_versioning_id).toStartWith("7189b949");
  expect(after.uuids).toEqual(before.uuids);
  expect(after.authorization_data).toEqual(before.authorization_data);
  await service.close();
});
