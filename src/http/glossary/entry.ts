/**
 * The documentation of a property: a description and an example. Nested models have no example.
 * Objects that are passed through have one only if a short one is helpful.
 */
export type GlossaryEntry = readonly [description: string, example?: unknown];

/** Entries by property name, or by `<model>.<property>` if it has another meaning in that model. */
export type Glossary = Readonly<Record<string, GlossaryEntry>>;
