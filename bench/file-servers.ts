/**
 * The two servers that downloads are measured with: `bun bench/file-servers.ts source <file>` answers
 * every request with the file; `bun bench/file-servers.ts floor <url>` is the bare server that the
 * gateway is compared with: it fetches the URL and pipes what comes.
 */
if (import.meta.main) {
  const [kind, target = ""] = Bun.argv.slice(2);
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async () =>
      kind === "source"
        ? new Response(Bun.file(target), { headers: { "Content-Type": "video/mp4" } })
        : new Response((await fetch(target)).body, { headers: { "Content-Type": "video/mp4" } }),
  });
  console.log(`${kind} listens on ${server.url.origin}`);
}
