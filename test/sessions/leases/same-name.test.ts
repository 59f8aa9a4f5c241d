import { expect, test } from "bun:test";
import { temporaryDirectory } from "../../support/directory.ts";
import { createTestService, type TestService } from "../../support/service.ts";

const start = (directory: string): Promise<TestService> =>
  createTestService({
    config: {
      database: { url: `file:${directory}/shared.db` },
      machineId: "m1",
      region: "fra",
    },
  });

/** Whether each registration goes on without the database, oldest first. */
async function alone({ service }: TestService): Promise<number[]> {
  const { rows } = await service.stores.db.statements.execute(
    "SELECT is_alone FROM machines WHERE ended_at IS NULL ORDER BY started_at",
  );
  return rows.map((row) => Number(row.is_alone));
}

test("of two processes with the same machine's name none goes on without the database", async () => {
  await using directory = temporaryDirectory();
  await using first = await start(directory.path);
  expect(await alone(first)).toEqual([1]);
  {
    await using second = await start(directory.path);
    // The first one learns it with its next renewal.
    while ((await alone(second))[0] === 1) await Bun.sleep(50);
    expect(await alone(second)).toEqual([0, 0]);
  }
  while ((await alone(first))[0] === 0) await Bun.sleep(50);
});
