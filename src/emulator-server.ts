import { ConfigError, loadEmulatorConfig } from "./config.ts";
import { createEmulator, SANDBOX_ACCOUNTS } from "./emulator/index.ts";

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

function listen({ host: hostname, port }: { port: number; host: string }) {
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
