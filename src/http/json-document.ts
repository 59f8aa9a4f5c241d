import { type TString, Type } from "@sinclair/typebox";

const DOCUMENT = Symbol("JSON document");

/** Maximum length of a JSON document's text, in characters. */
const MAX_DOCUMENT_LENGTH = 64 * 1024;

/** A field with a JSON object: as text, or in a JSON body also as the object itself. */
export const jsonDocument = (options: {
  description: string;
  minLength?: number;
  examples?: string[];
}): TString => Type.String({ ...options, maxLength: MAX_DOCUMENT_LENGTH, [DOCUMENT]: true });

/** Whether a schema was made by jsonDocument(). */
export const isJsonDocument = (schema: object): boolean => DOCUMENT in schema;
