import { expect, test } from "bun:test";
import { Machine } from "../../../src/sessions/leases/machine.ts";
import { openMemory } from "../../support/storage.ts";

test("no work begins in the last part of a lease, so that little is broken off at its end", async () => {
  await using storage = await openMemory();
  let time = 0;
  const clock = { now: () => 1_000_000 + time, monotonicNow: () => time };
  const machine = (name: string) =>
    new Machine({ db: storage.db, machine: name, region: null, ...clock, leaseMs: 14_000 });
  await machine("other").ready();
  const own = machine("own");
  await own.ready();
  expect(own.isAlone).toBe(false);

  const at = (milliseconds: number) => {
    time = milliseconds;
    return { begins: own.hasTime, goesOn: own.isValid };
  };
  expect(at(10_000)).toEqual({ begins: true, goesOn: true });
  expect(at(12_000)).toEqual({ begins: false, goesOn: true });
  expect(at(14_000)).toEqual({ begins: false, goesOn: false });
});
