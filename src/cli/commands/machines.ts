import { listMachines } from "../../sessions/leases/holders.ts";
import type { Command } from "../command.ts";
import { table } from "../output.ts";

/** Who serves the sessions. */
export const machineCommands: Record<string, Command> = {
  machines: {
    usage: "machines",
    summary:
      "list the machines that serve sessions: region, sessions in use, how their lease stands",
    positionals: [],
    options: {},
    async run({ db, print }) {
      const machines = await listMachines(db);
      const rows = machines.map(
        ({ machine, region, state, since, sessions, lease_seconds: left }) => [
          machine,
          region ?? "-",
          state,
          since,
          String(sessions),
          `${left} s`,
        ],
      );
      print(table(["MACHINE", "REGION", "STATE", "SINCE", "SESSIONS", "LEASE"], rows), machines);
      return 0;
    },
  },
};
