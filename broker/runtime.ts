import type { ServiceBroker } from "moleculer";
import type { Config } from "../config/schema.ts";
import type { Clock, Random } from "../core/types/clock.ts";
import { KillSwitch } from "../libs/kill-switch.ts";
import { openSecrets } from "../libs/secrets/open-secrets.ts";
import { Vault } from "../libs/secrets/vault.ts";
import type { TickStream } from "./tick-stream.ts";

/** What every actor of a process is given besides the bus. */
export interface Runtime {
	readonly config: Config;
	readonly clock: Clock;
	readonly random: Random;
	readonly ticks: TickStream;
	/** Name of this node, stable over restarts only if the configuration gives it. */
	readonly nodeID: string;
	/** Stops all signing of this machine, without the bus. */
	readonly killSwitch: KillSwitch;
	/** Every secret comes through here, and none is printed afterwards. */
	readonly vault: Vault;
	/** Ends the process with one clear line: for what a person must mend. Tests let it throw. */
	readonly fatal: (error: Error) => never;
}

const RUNTIME = Symbol.for("mojo.runtime");

type Carrier = ServiceBroker & { [RUNTIME]?: Runtime };

/** What a runtime is made of. What is left out is made from the configuration. */
export type RuntimeParts = Omit<Runtime, "killSwitch" | "vault"> & Partial<Runtime>;

/** Hands a runtime to a broker: once, before its services are created. */
export function attachRuntime(broker: ServiceBroker, parts: RuntimeParts): void {
	const { config, clock } = parts;
	const killSwitch = parts.killSwitch ?? new KillSwitch({ dataFolder: config.data_folder, clock });
	const vault = parts.vault ?? new Vault({ provider: openSecrets(config.secrets, {}) });
	(broker as Carrier)[RUNTIME] = { ...parts, killSwitch, vault };
}

/** The runtime of a broker. Throws when the broker was not built by `brokerOptions`. */
export function runtimeOf(broker: ServiceBroker): Runtime {
	const runtime = (broker as Carrier)[RUNTIME];
	if (!runtime) throw new Error("This broker has no runtime: build its options with broker/options.ts.");
	return runtime;
}
