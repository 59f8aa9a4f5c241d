import { clips } from "./clips.ts";
import { direct } from "./direct.ts";
import type { Glossary, GlossaryEntry } from "./entry.ts";
import { media } from "./media.ts";
import { people } from "./people.ts";
import { proxies } from "./proxies.ts";
import { service } from "./service.ts";
import { story } from "./story.ts";

/** All entries. Each name is in one file only. */
export const glossary: Glossary = {
  ...people,
  ...media,
  ...story,
  ...clips,
  ...direct,
  ...service,
  ...proxies,
};

/** The entry of a property: the one for this model, otherwise the general one. */
export function entryOf(model: string, property: string): GlossaryEntry | undefined {
  const name = `${model}.${property}`;
  if (Object.hasOwn(glossary, name)) return glossary[name];
  return Object.hasOwn(glossary, property) ? glossary[property] : undefined;
}
