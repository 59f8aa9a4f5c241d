import { afterAll, describe, expect, test } from "bun:test";
import { missingRoutes } from "../../src/routes/missing.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());
const { testKey: key, request, tenantId } = service;

describe("an operation that is not there yet", () => {
  test("answers 501 with its name, on its path and its aliases, whatever is sent", async () => {
    for (const { operationId, method, path, aliases = [] } of missingRoutes)
      for (const at of [path, ...aliases]) {
        const answer = await request(method, at, { key, form: { media_id: "1" } });
        expectProblem(answer, "NotImplemented", `${method} ${at}`);
        expect(answer.body.detail).toBe(`${operationId} is not implemented yet`);
        expect(answer.body.hint).toContain("/openapi.json");
      }
  });

  test("asks for a key, and for the scope that it will need", async () => {
    const { key: reading } = await service.createKey(tenantId, { scopes: ["read"] });
    for (const { method, path } of missingRoutes) {
      expectProblem(await request(method, path), "ApiKeyRequired", path);
      const answer = await request(method, path, { key: reading });
      expectProblem(answer, method === "GET" ? "NotImplemented" : "ScopeRequired", path);
    }
  });

  test("is not in the OpenAPI document", async () => {
    const { body } = await request("GET", "/openapi.json");
    for (const { method, path } of missingRoutes)
      expect(body.paths[path]?.[method.toLowerCase()]).toBeUndefined();
  });
});
