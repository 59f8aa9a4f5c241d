import { type TString, Type } from "@sinclair/typebox";

const DOCUMENT = Symbol("JSON document");

/** How long the text of a JSON document in a field may be. */
const MAX_DOCUMENT_LENGTH = 64 * 1024;

/** A field that holds a JSON object: as its text, and in JSON bodies also as the object itself. */
export const jsonDocument = (options: {
  description: string;
  minLength?: number;
  examples?: string[];
}): TString => Type.String({ ...options, maxLength: MAX_DOCUMENT_LENGTH, [DOCUMENT]: true });

/** Whether a schema is one of jsonDocument(). */
export const isJsonDocument = (schema: object): boolean => DOCUMENT in schema;
