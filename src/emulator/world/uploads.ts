import type { Person } from "../seed/people.ts";
import type { FileRoom } from "../store/files.ts";
import { Recent } from "../store/recent.ts";
import type { StoredFile } from "../store/stored-file.ts";
import type { ChooseFault } from "../upload-faults.ts";
import type { Clock } from "./clock.ts";

/** Most uploads of one world that no post was made of yet; the oldest one is dropped. */
const MOST = 100;

/** How long an upload is kept for a post to be made of it, in milliseconds. */
const KEPT_MS = 3_600_000;

/** No video is transcoded longer than that. */
const LONGEST_TRANSCODE_MS = 10_000;

const FIRST_ATTACHMENT = 17_850_000_000_000_001n;

/** A JPEG that was uploaded. */
export interface UploadedPhoto {
  readonly file: StoredFile;
  /** In pixels. */
  readonly width: number;
  readonly height: number;
}

/** A video or a voice message that was uploaded. */
export interface UploadedVideo {
  readonly file: StoredFile;
  /** What the app said of it, in pixels; 0 for a voice message. */
  readonly width: number;
  readonly height: number;
  readonly durationMs: number;
  /** When it will be transcoded, unix milliseconds. */
  readonly readyAt: number;
}

/** What was uploaded under one upload id. */
export interface Upload {
  readonly id: string;
  /** Unix milliseconds. */
  readonly at: number;
  /** The photo, or the cover of the video. */
  readonly photo?: UploadedPhoto;
  readonly video?: UploadedVideo;
}

/** A file that is on its way. Its bytes that have arrived are kept when the connection breaks. */
export interface Transfer {
  readonly file: StoredFile;
  /** Unix milliseconds. */
  readonly at: number;
  /** True when all of it has arrived: its file belongs to the upload then. */
  isComplete: boolean;
  /** The id that the file got for messages. */
  attachmentId?: bigint;
}

/** What accounts of one world have uploaded and not posted yet. Uploads of one account are unknown to others. */
export class Uploads {
  readonly #transfers: Kept<Transfer>;
  readonly #uploads: Kept<Upload>;
  /** Faults that have happened. */
  readonly #happened = new Recent<true>();
  #streams = 0;
  #attachments = 0;

  constructor(
    readonly files: FileRoom,
    readonly clock: Clock,
    /** How long a second of a video is transcoded, in milliseconds. */
    readonly transcodeRate: number,
    readonly chooseFault: ChooseFault | undefined,
  ) {
    this.#transfers = new Kept(clock, ({ file, isComplete }) => {
      if (!isComplete) file.drop();
    });
    this.#uploads = new Kept(clock, ({ photo, video }) => {
      photo?.file.drop();
      video?.file.drop();
    });
  }

  /** True for a text that was not asked about before. */
  isFirst(text: string): boolean {
    if (this.#happened.get(text)) return false;
    this.#happened.set(text, true);
    return true;
  }

  /** What an account has uploaded under an id; undefined where that is nothing, or not any more. */
  find(owner: Person, id: string): Upload | undefined {
    const upload = this.#uploads.get(keyOf(owner, id));
    const isGone = upload?.photo?.file.isGone || upload?.video?.file.isGone;
    return isGone ? undefined : upload;
  }

  /** Adds a photo, of which all has arrived, to the upload with an id. */
  putPhoto(owner: Person, id: string, photo: UploadedPhoto): void {
    const known = this.#uploads.get(keyOf(owner, id));
    if (known?.photo?.file !== photo.file) known?.photo?.file.drop();
    this.#uploads.set(keyOf(owner, id), { ...known, id, at: this.clock.now, photo });
  }

  /** As putPhoto(), for a video, which is transcoded from now on. */
  putVideo(owner: Person, id: string, video: Omit<UploadedVideo, "readyAt">): void {
    const known = this.#uploads.get(keyOf(owner, id));
    if (known?.video?.file !== video.file) known?.video?.file.drop();
    const { now } = this.clock;
    const duration = Math.min(
      (video.durationMs / 1_000) * this.transcodeRate,
      LONGEST_TRANSCODE_MS,
    );
    const readyAt = now + duration;
    this.#uploads.set(keyOf(owner, id), { ...known, id, at: now, video: { ...video, readyAt } });
  }

  /** The id of a file that is to be attached to messages, past 2^53 as the upstream's are. */
  attachmentId(transfer: Transfer): bigint {
    transfer.attachmentId ??= FIRST_ATTACHMENT + 2n * BigInt(this.#attachments++);
    return transfer.attachmentId;
  }

  /** Says that a video is transcoded, however long that would have taken. */
  finish(owner: Person, { id, video, ...upload }: Upload): void {
    if (video === undefined) return;
    const { now } = this.clock;
    this.#uploads.set(keyOf(owner, id), { ...upload, id, video: { ...video, readyAt: now } });
  }

  /** Forgets an upload whose files belong to a post now. */
  take(owner: Person, { id, photo, video }: Upload): void {
    this.#uploads.forget(keyOf(owner, id));
    this.#transfers.forgetWhere(({ file }) => file === photo?.file || file === video?.file);
  }

  /** The transfer of a file by the name that the app gave to it. */
  transfer(owner: Person, name: string): Transfer | undefined {
    const transfer = this.#transfers.get(keyOf(owner, name));
    return transfer?.file.isGone ? undefined : transfer;
  }

  /** Begins the transfer of a file, in place of one with the same name. Throws a Refusal (503). */
  begin(owner: Person, name: string): Transfer {
    this.drop(owner, name);
    const transfer = { file: this.files.create(), at: this.clock.now, isComplete: false };
    this.#transfers.set(keyOf(owner, name), transfer);
    return transfer;
  }

  /** Begins the transfer of a file that comes in segments. Returns the name of the transfer. */
  beginStream(owner: Person): string {
    const name = `${this.clock.now}${this.#streams++ % 1_000}`;
    this.begin(owner, name).file.release();
    return name;
  }

  /** Notes that all of a file has arrived. */
  end(owner: Person, name: string): void {
    const transfer = this.#transfers.get(keyOf(owner, name));
    if (transfer !== undefined) transfer.isComplete = true;
  }

  /** Forgets a transfer with its file. */
  drop(owner: Person, name: string): void {
    this.#transfers.drop(keyOf(owner, name));
  }
}

const keyOf = (owner: Person, name: string): string => `${owner.pk} ${name}`;

/** The newest of things that are kept for a while. */
class Kept<Value extends { readonly at: number }> {
  readonly #values = new Map<string, Value>();

  constructor(
    readonly clock: Clock,
    /** Is told of each that is dropped. */
    readonly onDrop: (value: Value) => void,
  ) {}

  get(key: string): Value | undefined {
    const value = this.#values.get(key);
    if (value === undefined || this.clock.now - value.at < KEPT_MS) return value;
    this.drop(key);
    return undefined;
  }

  set(key: string, value: Value): void {
    this.#values.delete(key);
    this.#values.set(key, value);
    for (const [oldest, { at }] of this.#values) {
      if (this.#values.size <= MOST && this.clock.now - at < KEPT_MS) return;
      this.drop(oldest);
    }
  }

  forget(key: string): void {
    this.#values.delete(key);
  }

  forgetWhere(isMeant: (value: Value) => boolean): void {
    for (const [key, value] of this.#values) if (isMeant(value)) this.#values.delete(key);
  }

  drop(key: string): void {
    const value = this.#values.get(key);
    this.#values.delete(key);
    if (value !== undefined) this.onDrop(value);
  }
}
