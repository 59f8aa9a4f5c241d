import type { Seed } from "./seed/seed.ts";
import { FileStore } from "./store/files.ts";
import { type UploadOptions, World } from "./world.ts";

/** All worlds of one emulator; the least recently used one is forgotten first. */
export class Worlds {
  readonly #worlds = new Map<string, World>();
  #latest: { readonly name: string; readonly world: World } | undefined;

  constructor(
    readonly seed: Seed,
    readonly capacity: number,
    readonly uploads: UploadOptions,
    /** The files that accounts of all worlds have uploaded. */
    readonly files = new FileStore(),
  ) {}

  get(name: string): World {
    // A tenant often asks many times in a row: the order changes only when another tenant asks.
    if (this.#latest?.name === name) return this.#latest.world;
    const world = this.#worlds.get(name) ?? new World(this.seed, this.files.room(), this.uploads);
    this.#worlds.delete(name);
    this.#worlds.set(name, world);
    if (this.#worlds.size > this.capacity) {
      const oldest = this.#worlds.keys().next();
      if (!oldest.done) this.#forget(oldest.value);
    }
    this.#latest = { name, world };
    return world;
  }

  #forget(name: string): void {
    this.#worlds.get(name)?.files.close();
    this.#worlds.delete(name);
  }
}
