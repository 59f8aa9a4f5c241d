import { readFileSync } from "node:fs";

/**
 * The floor, which the gateway is compared with: a bare server that makes the same upstream request,
 * parses the answer and serialises it again. `bun bench/floor.ts <request.json>`.
 */
export interface FloorRequest {
  url: string;
  headers: Record<string, string>;
}

if (import.meta.main) {
  const { url, headers }: FloorRequest = JSON.parse(readFileSync(Bun.argv[2] ?? "", "utf8"));
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch() {
      const answer = await fetch(url, { headers });
      if (!answer.ok) return new Response(await answer.text(), { status: 502 });
      return Response.json(JSON.parse(await answer.text()));
    },
  });
  console.log(`floor listens on ${server.url.origin}`);
}
