import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ServiceBroker } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import { brokerOptions } from "../../broker/options.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/schema.ts";
import { systemClock } from "../../libs/clock.ts";
import { systemRandom } from "../../libs/random.ts";
import { freePorts } from "./ports.ts";

const SERVICES = resolve(__dirname, "../../services");
export const ACTORS = ["localnet", "feed", "strategy", "risk", "executor", "monitor", "gateway"] as const;
export type ActorName = (typeof ACTORS)[number];

/** One node of the product inside this process, with the product's own broker options. */
export interface MachineNode {
	readonly broker: ServiceBroker;
	readonly bus: Bus;
	readonly config: Config;
	/** What a person would have been told. */
	readonly notices: readonly string[];
}

/** A machine of one or several nodes over one data folder and one embedded chain. */
export class Machine {
	readonly folder = mkdtempSync(join(tmpdir(), "mojo-machine-"));
	readonly #environment: Record<string, string>;
	readonly #nodes: MachineNode[] = [];

	private constructor(environment: Record<string, string>) {
		this.#environment = environment;
	}

	static async open(environment: Readonly<Record<string, string>> = {}): Promise<Machine> {
		const [rpc, ws] = await freePorts(2);
		const machine: Machine = new Machine({
			MOJO__LOCALNET__RPC_PORT: String(rpc),
			MOJO__LOCALNET__WS_PORT: String(ws),
			MOJO__LOCALNET__SLOT_MS: "100",
			MOJO__CHAIN__RPC_URL: `http://127.0.0.1:${rpc}`,
			MOJO__CHAIN__WS_URL: `ws://127.0.0.1:${ws}`,
			MOJO__NETWORKING__HTTP_PORT: "0",
			MOJO__MONITORING__METRICS_PORT: "0",
			MOJO__MONITORING__CONSOLE: "false",
			MOJO_LOG_LEVEL: "fatal",
			...environment,
		});
		machine.#environment["MOJO_DATA_FOLDER"] = machine.folder;
		machine.#environment["MOJO_WALLET"] = join(machine.folder, "wallet.json");
		return machine;
	}

	get rpcUrl(): string {
		return this.#environment["MOJO__CHAIN__RPC_URL"]!;
	}

	get wsUrl(): string {
		return this.#environment["MOJO__CHAIN__WS_URL"]!;
	}

	async start(
		actors: readonly ActorName[] = ACTORS,
		environment: Readonly<Record<string, string>> = {},
	): Promise<MachineNode> {
		const config = loadConfig({ environment: { ...this.#environment, ...environment } });
		const notices: string[] = [];
		const options = brokerOptions({
			config,
			clock: systemClock,
			random: systemRandom,
			fatal: (error) => {
				throw error;
			},
			notice: (line) => notices.push(line),
		});
		const broker = new ServiceBroker({ ...options, skipProcessEventRegistration: true });
		for (const actor of actors) broker.loadService(join(SERVICES, actor, `${actor}.service.ts`));
		await broker.start();
		const node = { broker, bus: new Bus(broker), config, notices };
		this.#nodes.push(node);
		return node;
	}

	/** Stops every node, the last started first, and deletes the data. */
	async close(): Promise<void> {
		for (const { broker } of this.#nodes.splice(0).reverse()) await broker.stop();
		rmSync(this.folder, { recursive: true, force: true });
	}
}
