import { afterAll, describe, expect, test } from "bun:test";
import { until } from "../support/gate.ts";
import { cookieOf, type ImportedLine, importLines } from "../support/imports.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService();
afterAll(() => service.close());

let accounts = 8_000_000_000;
const newPk = (): string => String(++accounts);

const { testKey: key } = service;
const session = async (id: string | null): Promise<any> =>
  (await service.request("GET", "/session", { key, session: id })).body;
const counts = ({ created, updated, unchanged, failed }: any): number[] => [
  created,
  updated,
  unchanged,
  failed,
];

describe("an answer of lines", () => {
  const asLines = { Accept: "application/x-ndjson" };
  const readLines = (text: string): any[] =>
    text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));

  test("tells of every line, and ends with a summary", async () => {
    const lines = [...Array.from({ length: 150 }, () => cookieOf(newPk())), "nonsense"];
    const answer = await importLines(service, lines, { headers: asLines });
    expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
    const told = readLines(answer.text);
    expect(told).toHaveLength(lines.length + 1);
    expect(told.slice(0, -1).map(({ line }) => line)).toEqual(lines.map((_, index) => index + 1));
    expect(told.at(-1)).toEqual({
      summary: { dry_run: false, created: 150, updated: 0, unchanged: 0, failed: 1 },
    });
  });

  test("tells of lines when they are stored, while others are still to come", async () => {
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const write = (text: string): void => void writer.write(Buffer.from(text)).catch(() => {});
    const pk = newPk();
    write(`${cookieOf(pk)}\n${cookieOf(newPk())}\n`);
    const response = await service.service.handle(
      new Request("http://localhost/sessions/import", {
        method: "POST",
        body: body.readable,
        headers: { "X-API-Key": key, ...asLines },
      }),
    );
    const reader = (response.body ?? new ReadableStream()).getReader();
    const first = readLines(Buffer.from((await reader.read()).value ?? []).toString());
    expect(first.map(({ outcome }) => outcome)).toEqual(["created", "created"]);
    expect(await session(first[0].session_id)).toMatchObject({ user_pk: pk });
    write(cookieOf(newPk()));
    void writer.close().catch(() => {});
    const rest: string[] = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      rest.push(Buffer.from(value).toString());
    }
    expect(readLines(rest.join("")).map(({ line, summary }) => line ?? summary.created)).toEqual([
      3, 3,
    ]);
  });
});

describe("an import that ends early", () => {
  /** A body that waits after its first lines until it is told to go on. */
  function halting(first: readonly string[], then: readonly string[]) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from(`${first.join("\n")}\n`));
        await promise;
        controller.enqueue(Buffer.from(`${then.join("\n")}\n`));
        controller.close();
      },
    });
    return { body, goOn: resolve };
  }
  const lines = (count: number) => Array.from({ length: count }, () => cookieOf(newPk()));

  const ends: [why: string, end: (tenant: string, keyId: string) => Promise<unknown>, type: any][] =
    [
      [
        "because the tenant is suspended",
        (tenant) => service.admin("PATCH", `/admin/tenants/${tenant}`, { status: "suspended" }),
        "TenantSuspended",
      ],
      [
        "because its key is revoked",
        (tenant, keyId) => service.admin("DELETE", `/admin/tenants/${tenant}/keys/${keyId}`),
        "ApiKeyInvalid",
      ],
      [
        "because the tenant is deleted",
        (tenant) => service.admin("DELETE", `/admin/tenants/${tenant}`),
        "ApiKeyInvalid",
      ],
    ];
  for (const [why, end, type] of ends)
    for (const accept of ["application/json", "application/x-ndjson"])
      test(`${why} says so, and what it has stored (${accept})`, async () => {
        const tenant = await service.createTenant("Ends early");
        const { key: own, id } = await service.createKey(tenant);
        const { body, goOn } = halting(lines(3), lines(2));
        const headers = { Accept: accept };
        const asked = service.request("POST", "/sessions/import", { key: own, body, headers });
        const stored = () => service.service.stores.sessions.list(tenant, {});
        await until(async () => (await stored()).sessions.length === 3);
        await end(tenant, id);
        goOn();
        const answer = await asked;
        const problem =
          accept === "application/json"
            ? expectProblem(answer, type)
            : JSON.parse(answer.text.trim().split("\n").at(-1) ?? "").error;
        expect(problem).toMatchObject({ exc_type: type, imported: { created: 3, failed: 0 } });
      });

  test("because its caller hangs up keeps what it has stored", async () => {
    const tenant = await service.createTenant("Hangs up");
    const { key: own } = await service.createKey(tenant);
    const stored = async () =>
      (await service.service.stores.sessions.list(tenant, {})).sessions.length;
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from(`${lines(4).join("\n")}\n`));
        await until(async () => (await stored()) === 4);
        controller.error(new Error("gone"));
      },
    });
    await service.request("POST", "/sessions/import", { key: own, body });
    expect(await stored()).toBe(4);
  });
});

test("of many lines an answer tells of those that failed first, and of a bounded number", async () => {
  const lines = [
    ...Array.from({ length: 1_100 }, () => "nonsense"),
    ...Array.from({ length: 5 }, () => cookieOf(newPk())),
  ];
  const { body } = await importLines(service, lines.toReversed());
  expect(counts(body)).toEqual([5, 0, 0, 1_100]);
  expect(body.lines).toHaveLength(1_000);
  expect(body.lines_left_out).toBe(105);
  expect(new Set(body.lines.map(({ outcome }: ImportedLine) => outcome))).toEqual(
    new Set(["failed"]),
  );
});
