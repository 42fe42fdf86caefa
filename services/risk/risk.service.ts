import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import type { ExecutorEvents } from "../../broker/contracts/executor.ts";
import type { FeedEvents, MarketFreshness, SlotAdvanced } from "../../broker/contracts/feed.ts";
import type { StrategyEnabling, TradingStateChange } from "../../broker/contracts/risk.ts";
import { runtimeOf } from "../../broker/runtime.ts";
import { limitsFrom } from "../../core/risk/limits.ts";
import { enabledStrategies } from "../../core/strategy/read-parameters.ts";
import { STRATEGIES } from "../../core/strategy/registry.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
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
	const limits = limitsFrom({
		assets: config.assets,
		risk: config.risk,
		execution: config.execution,
		strategies: enabledStrategies(STRATEGIES, config.strategies),
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
			reduce: {
				params: CHANGE_PARAMETERS,
				handler: (context: Context<TradingStateChange>) => desk.reduce(context.params),
			},
			resetPeak: {
				params: CHANGE_PARAMETERS,
				handler: (context: Context<TradingStateChange>) => desk.resetPeak(context.params),
			},
			enableStrategy: {
				params: { ...CHANGE_PARAMETERS, strategy: { type: "string", min: 1, max: 128 } },
				handler: (context: Context<StrategyEnabling>) => desk.enableStrategy(context.params),
			},
			tradingState: { params: NO_PARAMETERS, handler: () => desk.tradingState() },
			status: { params: NO_PARAMETERS, handler: () => desk.status() },
			books: { params: NO_PARAMETERS, handler: () => desk.books() },
			positions: { params: NO_PARAMETERS, handler: () => desk.positions() },
			outcome: {
				params: { intentId: { type: "string", pattern: /^[0-9a-z]{16}$/ }, $$strict: true },
				handler: (context: Context<{ readonly intentId: IntentId }>) => desk.outcome(context.params.intentId),
			},
		},
		events: {
			"executor.submission.settled": (context: Context) => desk.settled(context.params),
			"executor.ready": ({ params }: Context<ExecutorEvents["executor.ready"]>) =>
				desk.executorReady(params.executor, params.wallet, params.lookupTable),
			"executor.chain.disagreed": ({ params }: Context<ExecutorEvents["executor.chain.disagreed"]>) =>
				desk.executorDisagreed(String(params?.executor), String(params?.detail)),
			"feed.slot.advanced": ({ params }: Context<SlotAdvanced>) => desk.slotAdvanced(params),
			"feed.market.changed": ({ params }: Context<MarketFreshness>) => desk.marketChanged(params),
			"feed.catalog.changed": ({ params }: Context<FeedEvents["feed.catalog.changed"]>) => desk.catalogChanged(params),
		},
		started: () => desk.start(),
		stopped: () => desk.stop(),
	};
}
