import { backUp } from "../../db/backup.ts";
import type { Command } from "../command.ts";

/** The database as a whole. */
export const databaseCommands: Record<string, Command> = {
  migrate: {
    usage: "migrate",
    summary: "bring the database to this version (every other command does so first, too)",
    positionals: [],
    options: {},
    async run({ migrated, print }) {
      const { applied, newer } = migrated;
      const lines = [
        ...applied.map((name) => `applied ${name}`),
        ...newer.map((name) => `${name} is of a newer version, which this one works with`),
      ];
      print(lines.join("\n") || "nothing to do", { applied, newer });
      return 0;
    },
  },

  backup: {
    usage: "backup <file>",
    summary: "copy the whole database, also a remote one, into a new SQLite file",
    positionals: ["file"],
    options: {},
    async run({ config, print }, input) {
      const file = input.positional("file");
      await backUp(config.database, file);
      const { size: bytes } = Bun.file(file);
      print(`${file}: ${bytes} bytes, to be kept with ENCRYPTION_KEYS`, { file, bytes });
      return 0;
    },
  },
};
