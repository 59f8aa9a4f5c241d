import { afterAll, beforeAll, describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { expectProblem } from "../support/problems.ts";
import { type Answer, createTestService, type TestService } from "../support/service.ts";
import {
  arriving,
  BOUNDARY,
  echoRoutes,
  FILE_BYTES,
  MB,
  MULTIPART,
  multipart,
  type Part,
  sha256,
  someBytes,
} from "../support/upload-bodies.ts";

let service: TestService;
let session: string;
beforeAll(async () => {
  service = await createTestService({ routes: echoRoutes() });
  session = await service.login();
});
afterAll(() => service.close());

interface Sent {
  parts?: readonly Part[];
  body?: BodyInit;
  headers?: Record<string, string>;
  session?: string | null;
  query?: Record<string, string>;
}

const send = (given: Sent, path = "/echo"): Promise<Answer> =>
  service.request("POST", path, {
    key: service.testKey,
    session: given.session === undefined ? session : given.session,
    body: given.body ?? multipart(given.parts ?? []),
    headers: { ...MULTIPART, ...given.headers },
    ...(given.query ? { query: given.query } : {}),
  });

const file = (bytes: Uint8Array, name = "a.bin", type = ""): Part => ({
  field: "file",
  name,
  type,
  bytes,
});
const text = (field: string, value: string): Part => ({ field, text: value });
const small = file(new Uint8Array([1, 2, 3]));

const described = (bytes: Uint8Array, name: string, type = "") => ({
  name,
  type,
  length: bytes.length,
  sha256: sha256(bytes),
});

describe("a body with files", () => {
  test("gives handlers its texts and files, however it is cut and in whichever order", async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 1500 }),
      // What looks like the end of a part, and is none.
      fc
        .constantFrom(`\r\n--${BOUNDARY}`, `--${BOUNDARY}--\r\n`, "\r\n\r\n", "\r", "\n--")
        .chain((tease) =>
          fc
            .tuple(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 1, maxLength: 9 }))
            .map(([before, after]) =>
              Buffer.concat([
                before,
                Buffer.from([7]),
                Buffer.from(tease.slice(0, -1)),
                Buffer.from([0]),
                after,
              ]),
            ),
        ),
    );
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.option(fc.uint8Array({ minLength: 1, maxLength: 1000 })),
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 2000 }), { maxLength: 3 }),
        fc.option(fc.string({ unit: "grapheme", minLength: 1, maxLength: 50 })),
        fc.array(fc.nat(40), { minLength: 1, maxLength: 30 }),
        fc.infiniteStream(fc.nat(1000)),
        async (main, thumbnail, more, caption, cuts, order) => {
          const parts: Part[] = [
            file(main),
            ...(thumbnail ? [{ field: "thumbnail", name: "t", bytes: thumbnail }] : []),
            ...(caption === null ? [] : [text("caption", caption)]),
            text("sessionid", session),
          ];
          parts.sort(() => (order.next().value % 2) * 2 - 1);
          // Files of one field keep their order.
          parts.push(...more.map((bytes, n) => ({ field: "more", name: `${n}`, bytes })));
          const whole = multipart(parts);
          const pieces: Uint8Array[] = [];
          for (let at = 0, n = 0; at < whole.length; n++) {
            const length = 1 + (cuts[n % cuts.length] ?? 0) ** 2;
            pieces.push(whole.subarray(at, at + length));
            at += length;
          }
          const answer = await send({ body: arriving(pieces), session: null });
          expect(answer.status, answer.text).toBe(200);
          expect(answer.body).toEqual({
            file: described(main, "a.bin"),
            ...(thumbnail ? { thumbnail: described(thumbnail, "t") } : {}),
            ...(more.length > 0 ? { more: more.map((one, n) => described(one, `${n}`)) } : {}),
            ...(caption === null ? {} : { caption }),
          });
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);

  test("may be as large as its fields allow", async () => {
    const bytes = someBytes(FILE_BYTES);
    const answer = await send({ parts: [file(bytes), text("caption", "x")] });
    expect(answer.body.file).toEqual(described(bytes, "a.bin"));
  });

  test("keeps names of files in any language, without directories", async () => {
    const names: Record<string, string> = {
      "фото 文.jpg": "фото 文.jpg",
      "../../etc/passwd": "passwd",
      "C:\\photos\\a.jpg": "a.jpg",
      'quo\\"te.jpg': 'quo"te.jpg',
      "😀.mp4": "😀.mp4",
    };
    for (const [sent, name] of Object.entries(names)) {
      const answer = await send({ parts: [file(new Uint8Array([1]), sent)] });
      expect(answer.body?.file.name, sent).toBe(name);
    }
  });

  test("takes file names as RFC 5987 encodes them, and content types", async () => {
    const body = `--${BOUNDARY}\r\nContent-Disposition: form-data; name=file; filename*=UTF-8''%E6%96%87.jpg\r\nContent-Type: image/JPEG\r\n\r\nx\r\n--${BOUNDARY}--\r\n`;
    const answer = await send({ body });
    expect(answer.body.file).toMatchObject({ name: "文.jpg", type: "image/jpeg" });
  });

  test("takes a file without a name that has a content type", async () => {
    const body = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--${BOUNDARY}--\r\n`;
    expect((await send({ body })).body.file).toMatchObject({ name: "", length: 1 });
  });

  test("may leave optional files out, as pages do with inputs that were left alone", async () => {
    for (const part of [
      { field: "thumbnail", name: "", type: "application/octet-stream", bytes: new Uint8Array() },
      text("thumbnail", ""),
    ]) {
      const answer = await send({ parts: [small, part] });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body).not.toHaveProperty("thumbnail");
    }
  });
});

describe("a body that is wrong", () => {
  const cases: Record<string, [parts: Part[], field: string, message: string]> = {
    "without the file": [[text("caption", "x")], "file", "is required"],
    "with a text where the file belongs": [[text("file", "photo.jpg")], "file", "must be a file"],
    "with a file where a text belongs": [
      [small, { field: "caption", name: "c.txt", bytes: new Uint8Array([65]) }],
      "caption",
      "must be text, not a file",
    ],
    "with a file in a field that there is not": [
      [small, { field: "photo", name: "c", bytes: new Uint8Array([65]) }],
      "photo",
      "files belong in file, thumbnail, more",
    ],
    "with an empty file": [[file(new Uint8Array())], "file", "is empty"],
    "with two files for one": [[small, small], "file", "takes one file"],
    "with too many files in a list": [
      [small, ...[1, 2, 3, 4].map((n) => ({ field: "more", name: `${n}`, bytes: someBytes(9) }))],
      "more",
      "takes 3 files",
    ],
  };
  for (const [name, [parts, field, message]] of Object.entries(cases))
    test(`${name} says so`, async () => {
      const problem = expectProblem(await send({ parts }), "ValidationError");
      expect(problem.errors).toEqual([{ field, message: expect.stringContaining(message) }]);
    });

  test("of another type is told to be multipart", async () => {
    for (const [body, type] of [
      ['{"file": "x"}', "application/json"],
      ["file=x", "application/x-www-form-urlencoded"],
      ["x", "image/jpeg"],
    ] as const) {
      const answer = await send({ body, headers: { "Content-Type": type } });
      const problem = expectProblem(answer, "UnsupportedMedia", type);
      expect(problem.detail).toBe("Send multipart/form-data: file is a file");
    }
    const none = await service.request("POST", "/echo", { key: service.testKey, session });
    expect(expectProblem(none, "ValidationError").detail).toContain("file is required");
  });

  test("is malformed: no boundary, no end, nothing at all", async () => {
    const whole = Buffer.from(multipart([small]));
    const bodies: Array<[body: BodyInit, type?: string]> = [
      [whole, "multipart/form-data"],
      [""],
      ["nothing like it"],
      [whole.subarray(0, -10)],
      [whole.subarray(0, 90)],
      [whole, "multipart/form-data; boundary=another"],
      [whole, `multipart/form-data; boundary=${"b".repeat(300)}`],
    ];
    for (const [body, type] of bodies) {
      const answer = await send({ body, headers: type ? { "Content-Type": type } : {} });
      expect(expectProblem(answer, "ValidationError", type).detail).toContain(
        "not valid multipart",
      );
    }
  });

  test("with a file too many bytes is refused, at the byte", async () => {
    for (const [field, most] of [
      ["file", FILE_BYTES],
      ["thumbnail", 1000],
    ] as const) {
      const over = { field, name: "x", bytes: new Uint8Array(most + 1) };
      const parts = field === "file" ? [over] : [small, over];
      expect(expectProblem(await send({ parts }), "PayloadTooLarge").detail).toContain(
        field === "file" ? "file may have 8 MB" : "thumbnail may have",
      );
    }
  });

  test("with texts too long, or thousands of parts, is refused", async () => {
    const long = await send({ parts: [small, text("caption", "x".repeat(64 * 1024 + 1))] });
    expectProblem(long, "PayloadTooLarge");
    const many = Array.from({ length: 1001 }, () => text("a", ""));
    expect(expectProblem(await send({ parts: many }), "ValidationError").detail).toContain(
      "more than 1000 fields",
    );
    const files = Array.from({ length: 5000 }, (_, n) => ({
      field: "more",
      name: `${n}`,
      bytes: new Uint8Array([1]),
    }));
    expectProblem(await send({ parts: files }), "ValidationError");
  });

  test("never ends in anything but a clear answer, whatever its bytes are", async () => {
    const whole = Buffer.from(multipart([text("caption", "x"), small, text("ids", "1")]));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 12 }),
        fc.nat(whole.length),
        fc.integer({ min: 1, max: 50 }),
        async (changes, end, size) => {
          const bytes = new Uint8Array(whole);
          for (const [at, value] of changes) bytes[at] = value;
          const pieces = [];
          for (let at = 0; at < end; at += size)
            pieces.push(bytes.subarray(at, Math.min(end, at + size)));
          const { status } = await send({ body: arriving(pieces) });
          expect([200, 413, 422]).toContain(status);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});

describe("the session of a body with files", () => {
  const unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

  test("may stand before or after the files, and elsewhere", async () => {
    const id = text("sessionid", session);
    for (const parts of [
      [id, small],
      [small, id],
    ])
      expect((await send({ parts, session: null })).status).toBe(200);
    expect(
      (await send({ parts: [small], session: null, query: { sessionid: session } })).status,
    ).toBe(200);
    expectProblem(await send({ parts: [small], session: null }), "SessionRequired");
    expectProblem(
      await send({ parts: [small, text("sessionid", unknown)], session: null }),
      "SessionNotFound",
    );
  });

  /** A body that begins with these parts and goes on for ever. */
  function endless(parts: readonly Part[]) {
    let pulled = 0;
    const start = Buffer.from(multipart(parts)).subarray(0, -(BOUNDARY.length + 6));
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;
    const body = new ReadableStream(
      {
        pull(controller) {
          if (pulled++ === 0)
            controller.enqueue(new Uint8Array(Buffer.concat([start, Buffer.from(head)])));
          else controller.enqueue(new Uint8Array(MB));
        },
      },
      { highWaterMark: 0 },
    );
    return { body, pulled: () => pulled };
  }

  test("is looked for before the body is read, where it stands elsewhere", async () => {
    const { body, pulled } = endless([]);
    expectProblem(await send({ body, session: unknown }), "SessionNotFound");
    expect(pulled()).toBe(0);
  });

  test("ends the reading as soon as it is unknown", async () => {
    const { body, pulled } = endless([text("sessionid", unknown)]);
    const answer = await send({ body, session: null });
    expectProblem(answer, "SessionNotFound");
    // Some of the rest is skipped for clients that send it before they read an answer.
    expect(pulled()).toBeLessThan(70);
    expect(answer.headers.get("connection")).toBe("close");
  });

  test("does not matter to a wrong key, which reads nothing", async () => {
    const { body, pulled } = endless([]);
    const answer = await service.request("POST", "/echo", {
      key: "gw_test_wrong",
      body,
      headers: MULTIPART,
    });
    expectProblem(answer, "ApiKeyInvalid");
    expect(pulled()).toBe(0);
  });
});

test("a file on an operation without files is refused", async () => {
  const answer = await service.request("POST", "/media/like", {
    key: service.testKey,
    session,
    body: multipart([text("media_id", "1"), small]),
    headers: MULTIPART,
  });
  expect(expectProblem(answer, "ValidationError").errors).toEqual([
    { field: "file", message: "must be text: this operation takes no files" },
  ]);
});

test("texts of a body with files may not fill the memory", async () => {
  const texts = (count: number): Part[] =>
    Array.from({ length: count }, (_, at) => text(`field${at}`, "a".repeat(60_000)));
  const { detail } = expectProblem(
    await send({ parts: [small, ...texts(100)] }),
    "PayloadTooLarge",
  );
  expect(detail).toBe("The text fields of a body may have 512 KB together");
  expect((await send({ parts: [small, ...texts(3)] })).status).not.toBe(413);
});

test("a body that names many sessions has only one looked for", async () => {
  const unknown = (at: number): Part => text("sessionid", `01ARZ3NDEKTSV4RRFFQ6${100_000 + at}`);
  const { db } = service.service.stores;
  using reads = spyOn(db, "read");
  const parts = [...Array.from({ length: 900 }, (_, at) => unknown(at)), small];
  expectProblem(await send({ parts, session: null }), "SessionNotFound");
  expect(reads.mock.calls.length).toBeWithin(1, 5);
});
