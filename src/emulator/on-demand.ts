import type { Emulator } from "./index.ts";

/** An emulator that is loaded when it is asked for something, so that no start waits for it. */
export interface EmulatorOnDemand extends Emulator {
  /** Loads it ahead of the first request. */
  load(): Promise<void>;
}

export function createEmulatorOnDemand(): EmulatorOnDemand {
  let loading: Promise<Emulator> | null = null;
  let loaded: Emulator | null = null;

  function load(): Promise<Emulator> {
    loading ??= import("./index.ts").then(({ createEmulator }) => {
      loaded = createEmulator();
      return loaded;
    });
    return loading;
  }

  return {
    handle: (request, world) =>
      loaded === null
        ? load().then((emulator) => emulator.handle(request, world))
        : loaded.handle(request, world),
    load: async () => {
      await load();
    },
  };
}
