import { createEmulator, SANDBOX_ACCOUNTS } from "./emulator/index.ts";

/** Where the emulator listens. */
interface EmulatorConfig {
  readonly hostname: string;
  readonly port: number;
}

/** EMULATOR_PORT (9099) and HOST (127.0.0.1); ends the process with one line where they are wrong. */
function readEmulatorConfig(): EmulatorConfig {
  const text = process.env.EMULATOR_PORT ?? "9099";
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    stop(`EMULATOR_PORT must be a port number (0..65535), not "${text}"`);
  }
  return { hostname: process.env.HOST || "127.0.0.1", port };
}

function stop(message: string): never {
  console.error(message);
  process.exit(1);
}

function listen({ hostname, port }: EmulatorConfig) {
  const emulator = createEmulator();
  try {
    return Bun.serve({
      hostname,
      port,
      fetch: (request) => emulator.handle(request),
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

const server = listen(readEmulatorConfig());
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
