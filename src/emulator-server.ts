import { ConfigError, loadEmulatorConfig } from "./config.ts";
import { ConnectionLost, createEmulator, SANDBOX_ACCOUNTS } from "./emulator/index.ts";

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

function readConfig(): { port: number; host: string } {
  try {
    return loadEmulatorConfig(process.env);
  } catch (error) {
    return stop(error instanceof ConfigError ? error.message : String(error));
  }
}

/** A little more than the largest video, in bytes: what is larger is refused by the emulator. */
const LARGEST_BODY = 700 * 2 ** 20;

/** Breaks the connection where the emulator was told to lose its answer. */
function broken(error: unknown): Response {
  if (!(error instanceof ConnectionLost)) throw error;
  return new Response(new ReadableStream({ start: (controller) => controller.error(error) }));
}

function listen({ host: hostname, port }: { port: number; host: string }) {
  const emulator = createEmulator();
  try {
    return Bun.serve({
      hostname,
      port,
      maxRequestBodySize: LARGEST_BODY,
      // A long upload may pause for longer than Bun's default of 10 s. 255 is Bun's maximum.
      idleTimeout: 255,
      fetch: (request) => emulator.handle(request).catch(broken),
    });
  } catch (error) {
    const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
    return stop(
      taken
        ? `Port ${port} on ${hostname} is taken: set EMULATOR_PORT to another one`
        : `Cannot listen on ${hostname}:${port}: ${error instanceof Error ? error.message : error}`,
    );
  }
}

const server = listen(readConfig());
console.log(`Instagram emulator: ${server.url}`);
for (const { username, password, behaviour } of SANDBOX_ACCOUNTS) {
  console.log(`  ${username} / ${password}: ${behaviour}`);
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, async () => {
    await server.stop(true);
    process.exit(0);
  });
}
