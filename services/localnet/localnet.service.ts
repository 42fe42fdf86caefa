import type { ServiceBroker, ServiceSchema } from "moleculer";
import type { LocalnetStatus } from "../../broker/contracts/localnet.ts";
import { runtimeOf } from "../../broker/runtime.ts";
import { Localnet } from "./localnet.ts";

/** The embedded chain and its market. Does nothing where the configuration trades another chain. */
export default function localnetService(broker: ServiceBroker): ServiceSchema {
	const runtime = runtimeOf(broker);
	const { config, clock, random } = runtime;
	let localnet: Localnet | null = null;
	return {
		name: "localnet",
		actions: {
			status(): LocalnetStatus | null {
				return localnet?.status() ?? null;
			},
		},
		async started() {
			if (!config.localnet.enabled) return;
			const { logger } = this;
			try {
				localnet = await Localnet.start({ config, clock, random, onNotice: (message) => logger.warn(message) });
			} catch (error) {
				runtime.fatal(error as Error);
			}
		},
		async stopped() {
			await localnet?.stop();
		},
	};
}
