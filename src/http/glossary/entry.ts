/**
 * What documentation says of a property: what it is, and a value of it. Nested models have no value
 * of their own; objects that are passed through have one where a short one says something.
 */
export type GlossaryEntry = readonly [description: string, example?: unknown];

/** Entries by name of the property, or by `<model>.<property>` where it means something else there. */
export type Glossary = Readonly<Record<string, GlossaryEntry>>;
