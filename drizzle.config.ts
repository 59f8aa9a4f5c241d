import { defineConfig } from "drizzle-kit";

// Only for drizzle-kit's studio and checks on a development database: migrations are plain SQL files
// applied by src/db/migrate.ts, never by `push`.
export default defineConfig({
  dialect: "turso",
  schema: ["./src/db/schema.ts", "./src/db/audit-schema.ts"],
  out: "./migrations",
  dbCredentials: { url: "file:./data/gramway.db" },
});
