/** An entry cannot be used. The message says why and quotes nothing from the entry. */
export class EntryInvalid extends Error {
  override readonly name = "EntryInvalid";
}
