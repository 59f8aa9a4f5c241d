import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createKeyring } from "../../src/db/keyring.ts";
import {
  failedReplay,
  fieldsOf,
  replayHeader,
  targetOf,
  valuesOf,
} from "../../src/http/fly-headers.ts";
import { openedState, sealedState } from "../../src/http/replay-state.ts";

describe("fields of a header", () => {
  test("are read as Fly's documents write them", () => {
    const header =
      "instance=00bb33ff;app=target-app;region=iad;replay_source=11aa44ee;reason=timeout;elapsed_ms=10000";
    expect(Object.fromEntries(fieldsOf(header))).toEqual({
      instance: "00bb33ff",
      app: "target-app",
      region: "iad",
      replay_source: "11aa44ee",
      reason: "timeout",
      elapsed_ms: "10000",
    });
    expect(valuesOf(fieldsOf("instance=a, state=b"), "state")).toEqual(["b"]);
    expect(valuesOf(fieldsOf('region="iad";t=1'), "region")).toEqual(["iad"]);
  });

  test("of the same name are all there, and what is none is not", () => {
    const fields = fieldsOf("instance=a;instance=b;;=;x;Instance=c; region = d;t==");
    expect(fields).toEqual([
      ["instance", "a"],
      ["instance", "b"],
      ["t", "="],
    ]);
    expect(fieldsOf(`instance=${"a".repeat(2_000)}`)).toEqual([]);
  });

  test("come back from what is sent, whatever a header holds", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (header) => {
        for (const [name, value] of fieldsOf(header)) {
          expect(name).toMatch(/^[a-z_]{1,32}$/);
          expect(value).not.toMatch(/[;,]/);
        }
        const { target, reason } = failedReplay(header);
        expect(["timeout", "retries_exhausted", "no_candidate", "unknown"]).toContain(reason);
        if (target !== null) expect(target).toMatch(/^(?:instance|region)=[\w-]{1,64}$/);
      }),
    );
  });
});

describe("a target", () => {
  test("is a machine, or else a region", () => {
    expect(targetOf("00bb33ff", "fra")).toBe("instance=00bb33ff");
    expect(targetOf(null, "fra")).toBe("region=fra");
    expect(targetOf(null, null)).toBeNull();
  });

  test("never holds what would be a field of its own", () => {
    for (const text of ["a;app=other", "a,b", "", "a b", "ä", "a\r\nx: y", "x".repeat(65)])
      expect([targetOf(text, null), targetOf(null, text)]).toEqual([null, null]);
    expect(targetOf(null, "us,eu")).toBeNull();
  });
});

describe("a state", () => {
  const [one, other] = ["11", "22"].map((byte) => byte.repeat(32));
  const keyring = (...keys: (string | undefined)[]) => createKeyring(keys.map((key) => key ?? ""));
  const { replayHashes } = keyring(one);
  const state = { hops: 1, requestId: "a.request:1" };
  const sealed = sealedState(replayHashes, "m1", state);

  test("comes back as it was sent, through the header", () => {
    const header = replayHeader("instance=m2", sealed);
    expect(header).toBe(`instance=m2;state=${sealed};timeout=2s;fallback=prefer_self`);
    const source = fieldsOf(`instance=m1;region=fra;t=1700000000;state=${sealed}`);
    const [back = ""] = valuesOf(source, "state");
    expect(openedState(replayHashes, "m1", back)).toEqual({ ...state, isSigned: true });
  });

  test("is known while its key is configured, first or not", () => {
    const isSigned = (...keys: (string | undefined)[]) =>
      openedState(keyring(...keys).replayHashes, "m1", sealed)?.isSigned;
    expect([isSigned(one), isSigned(other, one), isSigned(other)]).toEqual([true, true, false]);
  });

  test("that was changed, or is said to be another machine's, is not signed", () => {
    const changed = [sealed.replace("1.", "2."), sealed.replace("a.request", "b.request")];
    for (const text of changed)
      expect(openedState(replayHashes, "m1", text)?.isSigned, text).toBe(false);
    for (const machine of [null, "m2", "", "a;b"])
      expect(openedState(replayHashes, machine, sealed)?.isSigned).toBe(false);
  });

  test("that is none is none, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        const opened = openedState(replayHashes, "m1", text);
        expect(opened?.isSigned ?? false).toBe(false);
      }),
    );
    expect(openedState(replayHashes, "m1", "1")).toBeNull();
  });
});
