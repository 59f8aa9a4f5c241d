import { describe, expect, test } from "bun:test";
import { Kind, type TObject, type TSchema, Type } from "@sinclair/typebox";
import { FieldReader } from "../../src/http/fields.ts";
import type { Operation } from "../../src/http/route.ts";
import { expectProblem, faultyFields } from "../support/problems.ts";
import { createSandbox, sandboxOfFile } from "../support/sandbox.ts";
import { HurriedTime } from "../support/uploads.ts";

const sandbox = await sandboxOfFile(new HurriedTime().options);

const named = ({ method, path }: Operation): string => `${method} ${path}`;
/** Occurs in no message of ours, so that an echo of the input is seen. */
const MARK = "zQ9markZq";

interface Parameter {
  entry: Operation;
  name: string;
  place: "query" | "form";
  schema: TSchema;
  required: boolean;
}

const parameters: Parameter[] = sandbox.entries.flatMap((entry) => [
  ...parametersOf(entry, "query", entry.query),
  ...parametersOf(entry, "form", entry.body),
]);

function parametersOf(
  entry: Operation,
  place: Parameter["place"],
  object: TObject | null,
): Parameter[] {
  return Object.entries(object?.properties ?? {}).map(([name, schema]) => ({
    entry,
    place,
    name,
    schema,
    required: object?.required?.includes(name) ?? false,
  }));
}

/** Calls an operation with one parameter changed; undefined leaves it out. */
async function withValue(
  { entry, place, name }: Parameter,
  value: string | undefined,
  at = sandbox,
) {
  const { path, options } = await at.example(entry);
  const fields = { ...options[place] };
  if (value === undefined) delete fields[name];
  else fields[name] = value;
  const files = options.files?.filter(([field]) => field !== name);
  return at.request(entry.method, path, {
    ...options,
    ...(files ? { files } : {}),
    [place]: fields,
  });
}

const about = ({ entry, name }: Parameter, value?: string): string =>
  `${named(entry)} ${name}=${value?.slice(0, 40)}`;

const ofKind = (...kinds: string[]): Parameter[] =>
  parameters.filter(({ schema }) => kinds.includes(schema[Kind]));

describe("every parameter", () => {
  test("that is required is missed by name", async () => {
    const required = parameters.filter((parameter) => parameter.required);
    expect(required.length).toBeGreaterThan(10);
    for (const parameter of required) {
      const answer = await withValue(parameter, undefined);
      expect(faultyFields(answer), about(parameter)).toEqual([parameter.name]);
      expect(answer.body.errors[0].message).toBe("is required");
    }
  });

  test("that is required does not pass when blank", async () => {
    for (const parameter of parameters.filter(({ required }) => required))
      for (const value of ["", " ", "\t\n", "\u00a0"]) {
        // Of a password only the empty one is blank.
        if (parameter.name === "password" && value !== "") continue;
        // A post needs no caption.
        if (parameter.name === "caption" && parameter.entry.uploads) continue;
        const answer = await withValue(parameter, value);
        expect(faultyFields(answer), about(parameter, value)).toEqual([parameter.name]);
      }
  });

  test("that is missing with others is told with them, all at once", async () => {
    for (const entry of new Set(parameters.map((parameter) => parameter.entry))) {
      const { path, options } = await sandbox.example(entry);
      const wanted = parameters
        .filter((parameter) => parameter.entry === entry && parameter.required)
        .map(({ name }) => name);
      if (wanted.length === 0) continue;
      const { form: _form, query: _query, files: _files, ...rest } = options;
      const answer = await sandbox.request(entry.method, path, rest);
      expect(faultyFields(answer).sort(), named(entry)).toEqual(wanted.sort());
    }
  });

  test("given twice counts in its last value", async () => {
    let tried = 0;
    for (const parameter of parameters.filter(({ schema }) => schema[Kind] !== "Array")) {
      const { path, options } = await sandbox.example(parameter.entry);
      const good = options[parameter.place]?.[parameter.name];
      if (good === undefined) continue;
      tried++;
      const { form: _form, query: _query, files, ...rest } = options;
      const fields = files ? new FormData() : new URLSearchParams();
      for (const [name, value] of Object.entries(options[parameter.place] ?? {}))
        if (name !== parameter.name) fields.append(name, value);
      fields.append(parameter.name, MARK);
      fields.append(parameter.name, good);
      for (const [name, file] of files ?? []) (fields as FormData).append(name, file);
      const answer =
        parameter.place === "query"
          ? await sandbox.request(parameter.entry.method, `${path}?${fields}`, rest)
          : await sandbox.request(parameter.entry.method, path, { ...rest, body: fields });
      const { successStatus = 200, sameBodyFor = {} } = parameter.entry as Operation;
      const successes = [successStatus, ...Object.keys(sameBodyFor).map(Number)];
      expect(successes, `${about(parameter)} ${answer.text}`).toContain(answer.status);
    }
    expect(tried).toBeGreaterThan(0);
  });

  test("that is null counts as left out, and a number as text keeps every digit", () => {
    const schema = Type.Object({
      id: Type.Optional(Type.String()),
      size: Type.Optional(Type.Integer({ default: 20 })),
    });
    expect(new FieldReader(schema).read({ id: null, size: null, other: 1 })).toEqual({ size: 20 });
    const fitted = new FieldReader(schema).read({
      id: 340282366841710300949128137443944319108n,
      size: "3",
    });
    expect(fitted).toEqual({ id: "340282366841710300949128137443944319108", size: 3 });
    const list = Type.Object({ ids: Type.Array(Type.String()) });
    expect(new FieldReader(list).read({ ids: [7, 9007199254740993n] })).toEqual({
      ids: ["7", "9007199254740993"],
    });
    expect(new FieldReader(list).read({ ids: 7 })).toEqual({ ids: ["7"] });
  });

  test("never fails the service, whatever it holds, and is never quoted", async () => {
    const values = [
      MARK,
      `${MARK}\u0000`,
      `${MARK}\r\nX-Injected: 1`,
      `${MARK}"'<>&;--`,
      `/../../${MARK}?a=b#c`,
      `${MARK}`.repeat(2000),
      "💥".repeat(300),
      "\ud800",
      "NaN",
      "-1",
      "1e999",
      "{}",
      "[]",
      "null",
      "99999999999999999999999999",
    ];
    for (const parameter of parameters)
      for (const value of values) {
        const answer = await withValue(parameter, value);
        const told = about(parameter, value);
        expect(answer.status, `${told} ${answer.text.slice(0, 300)}`).toBeLessThan(500);
        expect(answer.headers.get("x-injected"), told).toBeNull();
        if (answer.status < 400) continue;
        expect(answer.headers.get("content-type"), told).toBe("application/problem+json");
        expect(answer.text, told).not.toContain(MARK);
      }
  }, 120_000);
});

describe("a whole number", () => {
  const numbers = ofKind("Integer");
  const tenants = (query: Record<string, string>) =>
    sandbox.request("GET", "/admin/tenants", {
      headers: sandbox.adminHeaders,
      query,
    });

  test("must be one, within its range", async () => {
    expect(numbers.length).toBeGreaterThan(4);
    for (const parameter of numbers) {
      const { minimum, maximum } = parameter.schema;
      const wrong = ["", " ", "x", "1.5", "NaN", "Infinity", "-Infinity", "1e999", "0x10", "1,5"];
      wrong.push("1_000", "²", "٣", "true", "null", "[1]", "--1", "1 2", "9".repeat(400));
      if (minimum !== undefined) wrong.push(String(minimum - 1), "-1");
      if (maximum !== undefined) wrong.push(String(maximum + 1), "1e9");
      for (const value of wrong) {
        const answer = await withValue(parameter, value);
        expect(faultyFields(answer), about(parameter, value)).toEqual([parameter.name]);
        if (minimum !== undefined) expect(answer.body.errors[0].message).toContain(String(minimum));
      }
    }
  });

  test("may stand at the ends of its range, with blanks, a sign, or a trailing .0", async () => {
    for (const parameter of numbers) {
      const { minimum, maximum } = parameter.schema;
      const right = [minimum, maximum].filter((end) => end !== undefined).map(String);
      const inside = Math.min(7, maximum ?? 7);
      const written = [` ${inside} `, `+${inside}`, `${inside}.0`, `0${inside}`];
      for (const value of [...right, ...written]) {
        const answer = await withValue(parameter, value);
        expect(answer.status, `${about(parameter, value)} ${answer.text}`).toBeLessThan(300);
      }
    }
  });

  test("comes back as the fault of its own field, beside others", async () => {
    const answer = await tenants({ limit: "0", cursor: "x" });
    expect(faultyFields(answer)).toEqual(["limit"]);
    expect(answer.body.errors[0].message).toBe("must be a whole number from 1 to 100");
    expect(answer.body.detail).toBe("limit must be a whole number from 1 to 100");
  });
});

describe("a choice", () => {
  test("is one of its values; the others are told, not the value", async () => {
    // What may be null is a union too.
    const choices = ofKind("Union").filter(({ schema }) =>
      schema.anyOf.every((choice: TSchema) => choice.const !== undefined),
    );
    expect(choices.length).toBeGreaterThan(1);
    for (const parameter of choices)
      for (const value of ["", MARK, "TEST", "true"]) {
        // The contract has choices to choose nothing by.
        if (parameter.schema.anyOf.some((choice: TSchema) => choice.const === value)) continue;
        const answer = await withValue(parameter, value);
        expect(faultyFields(answer), about(parameter, value)).toEqual([parameter.name]);
        const mayBeEmpty = parameter.schema.anyOf.some((choice: TSchema) => choice.const === "");
        expect(answer.body.errors[0].message).toMatch(
          mayBeEmpty ? /^must be one of \w+(?:, \w+)+ or empty$/ : /^must be one of \w+(?:, \w+)+$/,
        );
        expect(answer.text).not.toContain(MARK);
      }
  });
});

describe("true or false", () => {
  test("has its usual spellings and no others", async () => {
    // The logins of the account rest in the first one, after the wrong passwords above.
    const fresh = await createSandbox();
    // An import as a new session needs settings beside it; two are for one of the values only.
    // Uploads would convert a photo for each value, and nothing works while all is stopped.
    const booleans = ofKind("Boolean").filter(
      ({ entry: { operationId, uploads } }) =>
        !uploads &&
        !/^patch(?:AuthSettings|DirectThread|DirectPending|AdminUpstream)$/.test(operationId),
    );
    expect(booleans.length).toBeGreaterThan(2);
    for (const parameter of booleans) {
      for (const value of ["true", "false", "True", "0", "1", "on", "off", "yes", "no"])
        expect(
          (await withValue(parameter, value, fresh)).status,
          about(parameter, value),
        ).toBeLessThan(300);
      for (const value of ["", "2", "maybe", "null", "-1"])
        expect(
          faultyFields(await withValue(parameter, value, fresh)),
          about(parameter, value),
        ).toEqual([parameter.name]);
    }
    await fresh.close();
  });
});

describe("an id", () => {
  const { testKey: key, session } = sandbox;
  const ids = ["pk", "id", "media_pk", "media_id"];
  const wrong = [
    "18446744073709551616",
    "99999999999999999999",
    "100000000000000000000000",
    "-1",
    "+1",
    "1.0",
    "1e5",
    "0x1F",
    "١٢٣",
    "1 2",
    "1_2_3",
    "_1",
    "1_",
    "12a",
    "NaN",
  ];

  /** An id that is optional excludes others; one that is required may stand beside such. */
  const withId = (parameter: Parameter, value: string) => {
    const { entry, name, required } = parameter;
    if (required) return withValue(parameter, value);
    return sandbox.request(entry.method, entry.path, { key, session, query: { [name]: value } });
  };

  const ofThings = parameters.filter(({ name }) => ids.includes(name));
  test("is asked for somewhere", () => expect(ofThings.length).toBeGreaterThan(0));

  for (const parameter of ofThings)
    test(`${about(parameter)} beyond 64 bits or not decimal is refused`, async () => {
      for (const value of wrong) {
        const answer = await withId(parameter, value);
        expect(faultyFields(answer), value).toEqual([parameter.name]);
        expect(answer.headers.get("gramway-upstream-calls") ?? "0").toBe("0");
      }
    });

  test("of a user beyond 64 bits is refused, everywhere", async () => {
    const ofUsers = parameters.filter(({ name }) => name === "user_id");
    expect(ofUsers.length).toBeGreaterThan(0);
    for (const parameter of ofUsers) {
      const { entry } = parameter;
      for (const value of ["18446744073709551616", "9".repeat(40)]) {
        const answer = await withId(parameter, value);
        expect(faultyFields(answer), named(entry)).toEqual(["user_id"]);
      }
    }
  });

  test("at the end of 64 bits, with blanks or leading zeros is looked up", async () => {
    for (const value of ["18446744073709551615", " 25025320 ", "00025025320"]) {
      const query = { user_id: value };
      const answer = await sandbox.request("GET", "/user", { key, session, query });
      expect(answer.status).toBe(value.includes("25025320") ? 200 : 404);
    }
  });
});

describe("a username", () => {
  const { testKey: key, session } = sandbox;
  const read = (username: string) =>
    sandbox.request("GET", "/user/id/from/username", { key, session, query: { username } });

  test("may have an @, capitals and blanks around", async () => {
    for (const name of ["instagram", "@instagram", "Instagram", "  @InstaGram  ", "@@instagram"]) {
      const answer = await read(name);
      expect([answer.status, answer.text], name).toEqual([200, '"25025320"']);
    }
  });

  test("with characters that none has, or too long, is refused without asking", async () => {
    for (const name of ["a b", "ä", "a/b", "a?b", "x".repeat(31), "@", "a-b", "İnstagram"]) {
      const answer = await read(name);
      expect(faultyFields(answer), name).toEqual(["username"]);
      expect(answer.headers.get("gramway-upstream-calls")).toBe("0");
    }
  });

  test("is taken at login as people type it", async () => {
    const form = { username: " @Sandbox ", password: "sandbox" };
    const { key } = await sandbox.createKey(await sandbox.createTenant());
    expect((await sandbox.request("POST", "/auth/login", { key, form })).status).toBe(200);
  });
});

describe("the query", () => {
  test("with broken percent-encoding or UTF-8 is refused as invalid input or ignored", async () => {
    const { testKey: key, session } = sandbox;
    for (const query of [
      "username=%",
      "username=%zz",
      "username=%ff",
      "username=%c3%28",
      "%=1&%ff",
    ]) {
      const answer = await sandbox.request("GET", `/user?${query}`, { key, session });
      expectProblem(answer, "ValidationError", query);
    }
    const beside = await sandbox.request("GET", "/user?username=instagram&x=%&%zz=%ff", {
      key,
      session,
    });
    expect(beside.status).toBe(200);
  });
});
