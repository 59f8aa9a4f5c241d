import { Type } from "@sinclair/typebox";
import { type Operation, operations, withAdministrator } from "../http/route.ts";
import { MACHINE_STATES, type MachineView } from "../sessions/leases/holders.ts";
import { Instant, operatorOnly } from "./administration.ts";

const { get } = operations("Admin");

const MachineSchema = Type.Object(
  {
    machine: Type.String(),
    region: Type.Union([Type.String(), Type.Null()], { nullable: true }),
    state: Type.Union(MACHINE_STATES.map((state) => Type.Literal(state))),
    since: Instant(),
    sessions: Type.Integer(),
    lease_seconds: Type.Integer(),
    alone: Type.Boolean(),
  },
  { title: "Machine" },
);

export interface MachinesDependencies {
  /** The processes that serve sessions. */
  listMachines: () => Promise<MachineView[]>;
}

/** `/admin/machines`: who serves the sessions. For the operator. */
export const machineRoutes = ({ listMachines }: MachinesDependencies): Operation[] => [
  get(
    "/admin/machines",
    {
      operationId: "getAdminMachines",
      summary: "List the machines that serve sessions",
      description:
        "The machines that share the sessions of this database, those that have ended or were lost in the last day included. Empty where machines have no FLY_MACHINE_ID. GET /session tells which of them uses a session.",
      access: withAdministrator,
      returns: Type.Object({ items: Type.Array(MachineSchema) }, { title: "MachineList" }),
    },
    async ({ administrator }) => {
      operatorOnly(administrator);
      return { items: await listMachines() };
    },
  ),
];
