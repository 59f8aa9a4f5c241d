import { beforeAll, describe, expect, test } from "bun:test";
import type { TSchema } from "@sinclair/typebox";
import { TypeCompiler } from "@sinclair/typebox/compiler";
import fc from "fast-check";
import type { Json, JsonObject } from "../../../src/instagram/json.ts";
import { AccountSchema, readAccount } from "../../../src/instagram/models/account.ts";
import { type DriftReporter, ignoreDrift } from "../../../src/instagram/models/drift.ts";
import { LocationSchema, readLocation } from "../../../src/instagram/models/location.ts";
import {
  MediaPageSchema,
  MediaSchema,
  readMedia,
  readMediaPage,
} from "../../../src/instagram/models/media.ts";
import {
  RelationshipSchema,
  readRelationship,
} from "../../../src/instagram/models/relationship.ts";
import { readUser, UserSchema } from "../../../src/instagram/models/user.ts";
import {
  readUserShort,
  readUserShortPage,
  UserShortPageSchema,
  UserShortSchema,
} from "../../../src/instagram/models/user-short.ts";
import { fullMedia, fullUser } from "./full.ts";
import { fields, listOf, recordingsOf, registerFormats } from "./recorded.ts";

beforeAll(registerFormats);

const answerOf = (operation: string): JsonObject =>
  recordingsOf(operation)[0]?.answers.at(-1) ?? {};

interface Case {
  schema: TSchema;
  samples: Json[];
  read: (value: Json | undefined, drift: DriftReporter) => unknown;
}
const medias = listOf(answerOf("getUserMedias").items);
const place = fields(listOf(answerOf("getSearchPlaces").items)[0]).location ?? {};
const cases: Record<string, Case> = {
  Account: {
    schema: AccountSchema,
    samples: [answerOf("patchAccount").user ?? {}],
    read: readAccount,
  },
  User: { schema: UserSchema, samples: [answerOf("getUser").user ?? {}, fullUser], read: readUser },
  UserShort: {
    schema: UserShortSchema,
    samples: listOf(answerOf("getUserFollowers").users),
    read: readUserShort,
  },
  Relationship: {
    schema: RelationshipSchema,
    samples: [answerOf("getUserFriendship")],
    read: (value, drift) => readRelationship(value, "25025320", drift),
  },
  Location: {
    schema: LocationSchema,
    samples: [place, { place: { location: place } }],
    read: readLocation,
  },
  Media: { schema: MediaSchema, samples: [...medias, fullMedia], read: readMedia },
  UserShortPage: {
    schema: UserShortPageSchema,
    samples: [answerOf("getUserFollowers")],
    read: (value, drift) =>
      readUserShortPage(fields(value).users, fields(value).next_max_id, drift),
  },
  MediaPage: {
    schema: MediaPageSchema,
    samples: [{ items: [...medias, fullMedia], next_max_id: "QVFC" }],
    read: (value, drift) => readMediaPage(fields(value).items, fields(value).next_max_id, drift),
  },
};

const scalar: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json[]>(null, true, false, 0, 1, -1, 4.5, 1e300, 1e19, Number.NaN, Infinity, ""),
  fc.constantFrom<Json[]>("0", "12", "4.5", "1e999", "0x10", "NaN", "None", "{}", "http://", "//x"),
  fc.constantFrom<Json[]>("https://exa mple.com/ü%zz|#a#b", "https://[", "https://x\ud800/", "{"),
  fc.constantFrom<Json[]>(3012345678901234567n, -3012345678901234567n, 10n ** 400n),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.string({ unit: "binary" }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    scalar,
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom("url", "pk", "id", "text", "in", "user", "location", "x"),
      tie("json"),
      {
        maxKeys: 3,
        noNullPrototype: true,
      },
    ),
  ),
}));

type Path = (string | number)[];
const DROP = Symbol("drop");

function pathsOf(value: Json, at: Path = []): Path[] {
  const children: [string | number, Json][] = Array.isArray(value)
    ? value.map((item, index) => [index, item])
    : typeof value === "object" && value !== null
      ? Object.entries(value)
      : [];
  return [at, ...children.flatMap(([key, child]) => pathsOf(child, [...at, key]))];
}

/** The value with what stands at a path replaced or dropped; the original stays as it is. */
function mutated(value: Json, path: Path, by: Json | typeof DROP): Json {
  const [key, ...rest] = path;
  if (key === undefined) return by === DROP ? null : by;
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string | number, Json> = Array.isArray(value)
    ? ([...value] as never)
    : { ...value };
  if (rest.length === 0 && by === DROP) {
    if (!Array.isArray(value)) delete copy[key];
    else (copy as unknown as Json[]).splice(Number(key), 1);
  } else if (copy[key] !== undefined) copy[key] = mutated(copy[key], rest, by);
  return copy as Json;
}

for (const [name, { schema, samples, read }] of Object.entries(cases)) {
  describe(name, () => {
    const check = TypeCompiler.Compile(schema);
    const isValid = (result: unknown) => {
      const [error] = check.Errors(result);
      return error ? `${error.path}: ${error.message}: ${String(error.value)}` : "valid";
    };

    test("reads its samples into its schema", () => {
      for (const sample of samples) expect(isValid(read(sample, ignoreDrift))).toBe("valid");
    });

    test("fits its schema, or is null, whatever it is given", () => {
      fc.assert(
        fc.property(json, (value) => {
          const result = read(value, ignoreDrift);
          if (result !== null) expect(isValid(result)).toBe("valid");
        }),
        { numRuns: 500 },
      );
    });

    test("fits its schema with any field dropped, nulled, retyped or filled with garbage", () => {
      const places = samples.flatMap((sample) => pathsOf(sample).map((path) => ({ sample, path })));
      const replacement = fc.oneof(fc.constant<typeof DROP>(DROP), fc.constant(null), json);
      const mutation = fc.tuple(fc.constantFrom(...places), replacement);
      fc.assert(
        fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
          const [first] = mutations;
          let value = first?.[0].sample ?? null;
          for (const [{ path }, by] of mutations) value = mutated(value, path, by);
          const result = read(value, ignoreDrift);
          if (result !== null) expect(isValid(result)).toBe("valid");
        }),
        { numRuns: 3000 },
      );
    });

    test("leaves the upstream's answer as it was", () => {
      for (const sample of samples) {
        const before = structuredClone(sample);
        read(sample, ignoreDrift);
        expect(sample).toEqual(before);
      }
    });
  });
}
