import type { ServiceBroker } from "moleculer";
import { Bus } from "../bus.ts";

interface NodeInfo {
	readonly id: string;
	readonly available: boolean;
	readonly local: boolean;
	readonly services?: readonly { readonly name: string }[];
	readonly client?: { readonly langVersion?: string };
}

/** The REPL command `status`: all nodes, their actors, and how the trading stands. */
export const statusCommand = {
	command: "status",
	description: "Show all nodes, their actors and how the trading stands",
	async action(broker: ServiceBroker): Promise<void> {
		process.stdout.write(`${await describeCluster(broker)}\n`);
	},
};

export async function describeCluster(broker: ServiceBroker): Promise<string> {
	const nodes = (await broker.call("$node.list", { withServices: true })) as readonly NodeInfo[];
	const lines = ["", "node                              state  actors"];
	for (const node of nodes) {
		const actors = (node.services ?? []).map(({ name }) => name).filter((name) => !name.startsWith("$"));
		const name = node.local ? `${node.id} (this one)` : node.id;
		lines.push(`${name.padEnd(34)}${(node.available ? "up" : "DOWN").padEnd(7)}${actors.sort().join(" ")}`);
	}
	lines.push("", ...(await describeTrading(broker)), "");
	return lines.join("\n");
}

async function describeTrading(broker: ServiceBroker): Promise<string[]> {
	try {
		const status = await new Bus(broker).call("monitor.status", undefined, { timeout: 2_000 });
		return [
			`trading ${status.tradingState}   slot ${status.slot}   pools ${status.feed.pools} (${status.feed.stalePools} stale)`,
			`intents ${status.strategy.intents}   approved ${status.risk.approved}   denied ${status.risk.denied}`,
			...status.strategy.strategies.map(
				({ name, intents, waitingFor }) =>
					`strategy ${name.padEnd(14)} intents ${intents}   ${waitingFor ?? "running"}`,
			),
			`landed ${status.executor.landed}   reverted ${status.executor.reverted}   expired ${status.executor.expired}   unknown ${status.executor.unknown}`,
			...status.books.map((line) => `books ${line.symbol.padEnd(6)} difference ${line.difference}`),
		];
	} catch (error) {
		return [`no monitor answers: ${(error as Error).message}`];
	}
}
