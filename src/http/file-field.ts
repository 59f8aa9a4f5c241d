import {
  Kind,
  OptionalKind,
  type TSchema,
  type TUnsafe,
  Type,
  TypeRegistry,
} from "@sinclair/typebox";
import type { SavedFile } from "../files/saved-file.ts";

/* Form fields that carry files. Handlers get them saved in the request's scope. */

const FILE = "File";
TypeRegistry.Set(FILE, (_schema, value) => isSavedFile(value));

/** Whether a value is a file that was saved. */
export const isSavedFile = (value: unknown): value is SavedFile =>
  typeof value === "object" && value !== null && "sha256" in value && "fd" in value;

export interface FileFieldOptions {
  description: string;
  /** Maximum size, in bytes. */
  maxBytes: number;
}

/** A field with one file. */
export const fileField = ({ description, maxBytes }: FileFieldOptions): TUnsafe<SavedFile> =>
  Type.Unsafe<SavedFile>({ [Kind]: FILE, type: "string", format: "binary", description, maxBytes });

/** A field with one file, or none. */
export const optionalFileField = (options: FileFieldOptions) => Type.Optional(fileField(options));

/** A field that is repeated, with one file each time. */
export const fileList = (options: FileFieldOptions & { minItems: number; maxItems: number }) =>
  Type.Array(fileField(options), {
    minItems: options.minItems,
    maxItems: options.maxItems,
    description: options.description,
  });

/** Whether a schema was made by fileField(). */
export const isFileField = (schema: TSchema): boolean => schema[Kind] === FILE;

/** The maximum size of the file, in bytes, in a field with a file or a list of them; null for other fields. */
export function maxFileBytes(schema: TSchema | undefined): number | null {
  if (schema === undefined) return null;
  const own = schema[Kind] === "Array" ? schema.items : schema;
  return isFileField(own) ? own.maxBytes : null;
}

/** Most files that the field takes. */
export const mostFiles = (schema: TSchema | undefined): number =>
  schema?.[Kind] === "Array" ? (schema.maxItems ?? 1) : 1;

/** The first field that must have a file; null if there is none. */
export const requiredFileIn = (properties: Readonly<Record<string, TSchema>>): string | null =>
  Object.entries(properties).find(
    ([, schema]) => maxFileBytes(schema) !== null && !(OptionalKind in schema),
  )?.[0] ?? null;

/** How many bytes the files of a body may have together. */
export const allFileBytes = (properties: Readonly<Record<string, TSchema>>): number =>
  Object.values(properties).reduce(
    (sum, schema) => sum + (maxFileBytes(schema) ?? 0) * mostFiles(schema),
    0,
  );
