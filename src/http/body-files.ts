import type { TProperties } from "@sinclair/typebox";
import type { NewFile } from "../files/new-file.ts";
import type { FileScope } from "../files/spool.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { InvalidInput } from "../problems/problem.ts";
import { addField, type BodyFields } from "./body-fields.ts";
import { maxFileBytes, mostFiles } from "./file-field.ts";
import { sizeOf } from "./incoming-body.ts";
import type { FilePart, FileTarget, PartsTarget } from "./multipart.ts";

/** Where the files of a body go. */
export interface FilePlaces {
  /** The fields of the route's body. */
  fields: TProperties;
  files: FileScope;
}

/** Takes a text. What it throws, or rejects with, ends the reading. */
export type OnText = (field: string, value: string) => unknown;

/** A file while it arrives: what has come of it and is not yet written. */
interface Arriving {
  part: FilePart;
  /** Where it stands in its field. */
  index: number;
  maxBytes: number;
  length: number;
  pieces: Buffer[];
  file: NewFile | null;
  isComplete: boolean;
}

/** Collects the fields of a multipart body, and saves its files. */
export class BodyParts implements PartsTarget {
  readonly fields: BodyFields = Object.create(null);
  readonly #heard: Promise<unknown>[] = [];
  /** Files that are not completely written, in their order. */
  readonly #arriving: Arriving[] = [];
  /** Characters of all texts and their names, which are kept in memory. */
  #textLength = 0;

  constructor(
    private readonly places: FilePlaces | null,
    private readonly onText: OnText | null = null,
  ) {}

  takesFile(field: string): boolean {
    return this.#limitOf(field) !== null;
  }

  text(field: string, value: string): void {
    if (value !== "" && this.takesFile(field)) throw new InvalidInput(field, NOT_A_FILE);
    this.#textLength += field.length + value.length;
    if (this.#textLength > MAX_TEXT_LENGTH) throw textTooLarge();
    addField(this.fields, field, value);
    if (this.onText === null) return;
    const heard = Promise.try(this.onText, field, value);
    // It may fail before it is waited for.
    heard.catch(() => {});
    this.#heard.push(heard);
  }

  file(part: FilePart): FileTarget {
    const { field } = part;
    const maxBytes = this.#limitOf(field);
    if (maxBytes === null) throw new InvalidInput(field, this.#whyNoFile(field));
    const most = mostFiles(this.places?.fields[field]);
    const index = addField(this.fields, field, NOT_SENT);
    if (index >= most)
      throw new InvalidInput(field, most === 1 ? "takes one file" : `takes ${most} files at most`);
    const arriving: Arriving = {
      part,
      index,
      maxBytes,
      length: 0,
      pieces: [],
      file: null,
      isComplete: false,
    };
    this.#arriving.push(arriving);
    return {
      write: (piece) => {
        arriving.length += piece.byteLength;
        if (arriving.length > maxBytes) throw fileTooLarge(field, maxBytes);
        arriving.pieces.push(piece);
      },
      end: () => {
        // A page sends a file input that was left alone as a file without name and content.
        if (arriving.length === 0 && part.name !== "") throw new InvalidInput(field, "is empty");
        arriving.isComplete = true;
      },
    };
  }

  /** Writes what has come, when nobody objects to the texts. */
  async settled(): Promise<void> {
    for (const heard of this.#heard.splice(0)) await heard;
    for (let first = this.#arriving[0]; first; first = this.#arriving[0]) {
      await this.#write(first);
      if (!first.isComplete) return;
      this.#arriving.shift();
      if (first.file === null) this.#put(first, "");
      else this.#put(first, first.file.saved({ name: first.part.name, type: first.part.type }));
    }
  }

  async #write(arriving: Arriving): Promise<void> {
    if (arriving.pieces.length === 0) return;
    if (this.places === null) throw new Error("the route takes no files");
    arriving.file ??= await this.places.files.create();
    for (const piece of arriving.pieces.splice(0)) {
      const writing = arriving.file.write(piece);
      if (writing) await writing;
    }
  }

  /** How large a file in this field may be, in bytes; null if it takes none. */
  #limitOf(field: string): number | null {
    const { fields } = this.places ?? {};
    return fields && Object.hasOwn(fields, field) ? maxFileBytes(fields[field]) : null;
  }

  #whyNoFile(field: string): string {
    const taking = Object.keys(this.places?.fields ?? {}).filter((name) => this.takesFile(name));
    if (taking.length === 0) return "must be text: this operation takes no files";
    const names = taking.join(", ");
    return Object.hasOwn(this.places?.fields ?? {}, field)
      ? `must be text, not a file: files belong in ${names}`
      : `is no field of this operation: files belong in ${names}`;
  }

  #put({ part: { field }, index }: Arriving, value: unknown): void {
    const values = this.fields[field];
    if (Array.isArray(values)) values[index] = value;
    else this.fields[field] = value;
  }
}

/** Of all texts of a body: several fields with JSON of up to 64 KB fit. */
const MAX_TEXT_LENGTH = 512 * 1024;

const textTooLarge = (): GatewayProblem =>
  new GatewayProblem(
    "PayloadTooLarge",
    `The text fields of a body may have ${sizeOf(MAX_TEXT_LENGTH)} together`,
  );

/** Stands for a file until it is written. */
const NOT_SENT = "";

const NOT_A_FILE = "must be a file: send it with a file name (with curl: -F 'field=@photo.jpg')";

const fileTooLarge = (field: string, maxBytes: number): GatewayProblem =>
  new GatewayProblem("PayloadTooLarge", `${field} may have ${sizeOf(maxBytes)} at the most`);
