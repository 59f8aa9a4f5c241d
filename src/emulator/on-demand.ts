import type { Emulator } from "./index.ts";

/** An emulator that is loaded and built for its first request. */
export function createEmulatorOnDemand(): Emulator {
  let loading: Promise<Emulator> | null = null;
  let loaded: Emulator | null = null;

  async function load(): Promise<Emulator> {
    const { createEmulator } = await import("./index.ts");
    loaded = createEmulator();
    return loaded;
  }

  return {
    handle(request, world) {
      if (loaded !== null) return loaded.handle(request, world);
      loading ??= load();
      return loading.then((emulator) => emulator.handle(request, world));
    },
  };
}
