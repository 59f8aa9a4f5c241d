import type { Server } from "bun";
import { IgApiClient } from "instagram-private-api";
import { createEmulator } from "../../src/emulator/index.ts";

/** The emulator over plain HTTP, with a world of its own. */
export function emulatorServer(): Server<undefined> {
  const emulator = createEmulator();
  return Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => emulator.handle(request),
  });
}

/** The client of `instagram-private-api`, unchanged but for its base URL, which is the server's. */
export function thirdPartyClient({ url }: Server<undefined>, username: string): IgApiClient {
  const ig = new IgApiClient();
  ig.state.generateDevice(username);
  // Cookies are looked up by this URL; without it they would be kept but never found.
  Object.assign(ig.state.constants, { HOST: url.href });
  const send = ig.request.send.bind(ig.request);
  ig.request.send = (options, onlyCheckHttpStatus) =>
    send({ ...options, baseUrl: url.href }, onlyCheckHttpStatus);
  return ig;
}
