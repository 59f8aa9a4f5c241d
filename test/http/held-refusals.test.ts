import { expect, test } from "bun:test";
import { HeldRefusals } from "../../src/http/held-refusals.ts";

test("refusals are answered at once, until a tenant goes on and on; each tenant on its own", async () => {
  let time = 0;
  const refusals = new HeldRefusals(() => time);
  const ask = (tenant: string, count: number) =>
    Array.from({ length: count }, () => refusals.hold(tenant));
  const held = (answers: (Promise<void> | null)[]) => answers.filter((one) => one !== null);
  const first = ask("loud", 20);
  expect(held(first)).toHaveLength(0);
  const further = ask("loud", 500);
  // So many wait that their memory is bounded; the rest is answered at once again.
  expect(held(further)).toHaveLength(200);
  expect(held(ask("quiet", 20))).toHaveLength(0);
  await Promise.all(further);
  expect(held(ask("loud", 1))).toHaveLength(1);
  time = 1_000;
  expect(held(ask("loud", 20))).toHaveLength(0);
});
