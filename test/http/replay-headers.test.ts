import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createKeyring } from "../../src/db/keyring.ts";
import { Replays } from "../../src/http/replay.ts";
import { sealedState } from "../../src/http/replay-state.ts";
import { ENCRYPTION_KEY } from "../support/service.ts";

/* What a machine makes of Fly's headers, which anybody can send. */

const { replayHashes } = createKeyring([ENCRYPTION_KEY]);

/** A machine, with what it has come to believe. */
function machineM1() {
  const seen = { others: 0, hashes: 0, received: 0, failed: [] as string[] };
  const replays = new Replays({
    machine: {
      name: "m1",
      isAlone: true,
      isDraining: false,
      noteOther: () => {
        seen.others++;
      },
    },
    replayHashes: (text) => {
      seen.hashes++;
      return replayHashes(text);
    },
    metrics: {
      replayReceived: () => {
        seen.received++;
      },
      replayFailed: (reason) => {
        seen.failed.push(reason);
      },
    },
    monotonicNow: () => 0,
  });
  const arrive = (headers: Record<string, string>) => replays.arrivalOf(new Headers(headers));
  return { seen, arrive };
}

const stateOf = (machine: string, hops = 1): string =>
  sealedState(replayHashes, machine, { hops, requestId: "an-id" });

describe("another machine", () => {
  test("is believed in by what it has signed, and by nothing else", () => {
    const { seen, arrive } = machineM1();
    const made = ["1", stateOf("m3"), `${stateOf("m2")}x`, stateOf("m2").replace("1.", "2.")];
    for (const state of made) {
      const arrival = arrive({ "fly-replay-src": `instance=m2;state=${state}` });
      expect(arrival?.sender ?? null, state).toBeNull();
    }
    expect([seen.others, seen.received]).toEqual([0, 0]);
    const arrival = arrive({
      "fly-replay-src": `instance=m2;region=fra;t=1;state=${stateOf("m2")}`,
    });
    expect(arrival).toMatchObject({ sender: "m2", hops: 1, requestId: "an-id", failed: null });
    expect([seen.others, seen.received]).toEqual([1, 1]);
  });

  test("is none by what this machine has signed itself", () => {
    const { seen, arrive } = machineM1();
    const arrival = arrive({ "fly-replay-src": `instance=m1;state=${stateOf("m1")}` });
    expect(arrival?.sender).toBe("m1");
    expect(seen.others).toBe(0);
  });

  test("is believed in beside what a client has sent, before or after", () => {
    const own = `instance=m2;state=${stateOf("m2", 2)}`;
    const forged = "instance=m9;state=0.forged.aaaaaaaaaaaaaaaa";
    for (const source of [`${own}, ${forged}`, `${forged}, ${own}`]) {
      const arrival = machineM1().arrive({ "fly-replay-src": source });
      expect(arrival, source).toMatchObject({ sender: "m2", hops: 2, requestId: "an-id" });
    }
  });
});

test("a header costs few looks at signatures, whatever it holds", () => {
  const { seen, arrive } = machineM1();
  const many = "instance=m2;".repeat(40) + `state=${stateOf("m2")};`.repeat(15);
  expect(arrive({ "fly-replay-src": many })).toMatchObject({ sender: null, hops: 1 });
  const parts = fc.constantFrom("instance=m2", `state=${stateOf("m3", 2)}`, "t=1", "state=1", "x");
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 40 }), (fields) => {
      const before = seen.hashes;
      arrive({ "fly-replay-src": fields.join(";") });
      expect(seen.hashes - before).toBeLessThanOrEqual(4);
    }),
  );
  expect(seen.others).toBe(0);
});

test("a request that has come back is never sent on again, whatever the header says of it", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~]{0,200}$/), (text) => {
      const { seen, arrive } = machineM1();
      const arrival = arrive({ "fly-replay-failed": text });
      expect(arrival?.failed).not.toBeNull();
      expect(["timeout", "retries_exhausted", "no_candidate", "unknown"]).toContain(
        seen.failed[0] ?? "",
      );
    }),
  );
});

test("requests without Fly's headers are as they were", () => {
  expect(machineM1().arrive({ "x-request-id": "1" })).toBeNull();
});
