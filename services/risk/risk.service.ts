import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import type { ExecutorEvents } from "../../broker/contracts/executor.ts";
import type { MarketFreshness, SlotAdvanced } from "../../broker/contracts/feed.ts";
import type { TradingStateChange } from "../../broker/contracts/risk.ts";
import { runtimeOf } from "../../broker/runtime.ts";
import { limitsFrom } from "../../core/risk/limits.ts";
import { Risk, type RiskOptions } from "./risk.ts";

const NO_PARAMETERS = { $$strict: true };
const CHANGE_PARAMETERS = {
	by: { type: "string", min: 1, max: 128 },
	reason: { type: "string", min: 1, max: 512 },
	$$strict: true,
};

/** The risk actor: nothing is signed without its approval, and its books equal the chain. */
export default function risk(broker: ServiceBroker, options: Pick<RiskOptions, "openSegment"> = {}): ServiceSchema {
	const runtime = runtimeOf(broker);
	const { config } = runtime;
	const { cross_venue } = config.strategies;
	const limits = limitsFrom({
		assets: config.assets,
		risk: config.risk,
		execution: config.execution,
		fundingAssets: cross_venue.enabled ? Object.keys(cross_venue.minimum_profit) : [],
	});
	if (!limits.ok) return runtime.fatal(new Error(limits.error.join("\n")));
	const desk = new Risk({
		...options,
		runtime,
		bus: new Bus(broker),
		limits: limits.value,
		logger: broker.getLogger("risk"),
	});
	return {
		name: "risk",
		metadata: { description: "limits, ledger, books, kill switch" },
		actions: {
			// The intent's shape is checked by the gate, whose answer names what is wrong.
			submitIntent: { handler: (context: Context) => desk.submit(context.params) },
			halt: { params: CHANGE_PARAMETERS, handler: (context: Context<TradingStateChange>) => desk.halt(context.params) },
			resume: {
				params: CHANGE_PARAMETERS,
				handler: (context: Context<TradingStateChange>) => desk.resume(context.params),
			},
			tradingState: { params: NO_PARAMETERS, handler: () => desk.tradingState() },
			status: { params: NO_PARAMETERS, handler: () => desk.status() },
			books: { params: NO_PARAMETERS, handler: () => desk.books() },
			positions: { params: NO_PARAMETERS, handler: () => desk.positions() },
		},
		events: {
			"executor.submission.settled": (context: Context) => desk.settled(context.params),
			"executor.ready": ({ params }: Context<ExecutorEvents["executor.ready"]>) =>
				desk.executorReady(params.executor, params.wallet),
			"feed.slot.advanced": ({ params }: Context<SlotAdvanced>) => desk.slotAdvanced(params),
			"feed.market.changed": ({ params }: Context<MarketFreshness>) => desk.marketChanged(params),
			"feed.catalog.changed": () => desk.catalogChanged(),
		},
		started: () => desk.start(),
		stopped: () => desk.stop(),
	};
}
