import { expect, test } from "bun:test";
import { createTestService } from "./support/service.ts";

test("a sandbox account logs in, reads a profile and a page of followers", async () => {
  const service = await createTestService();
  const session = await service.login();
  const { testKey: key } = service;
  const user = await service.request("GET", "/user", {
    key,
    session,
    query: { username: "instagram" },
  });
  expect(user.status).toBe(200);
  expect(user.body.pk).toBe("25025320");
  expect(user.headers.get("gramway-upstream-calls")).toBe("1");
  const page = await service.request("GET", "/user/followers", {
    key,
    session,
    query: { user_id: "instagram", amount: "3" },
  });
  expect(page.body.items).toHaveLength(3);
  await service.close();
});
