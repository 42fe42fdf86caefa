import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import type { ExecutorEvents } from "../../broker/contracts/executor.ts";
import type { FeedEvents } from "../../broker/contracts/feed.ts";
import type { RiskEvents } from "../../broker/contracts/risk.ts";
import type { StrategyChoice } from "../../broker/contracts/strategy.ts";
import { runtimeOf } from "../../broker/runtime.ts";
import { hearsTradingState } from "../../mixins/trading-state.ts";
import { StrategyActor, type StrategyActorOptions } from "./strategy-actor.ts";

const NO_PARAMETERS = { $$strict: true };
const CHOICE = { strategy: { type: "string", min: 1, max: 128, optional: true }, $$strict: true };

/** The strategy actor: plug-ins find opportunities in a replica of the market, and risk is asked for them. */
export default function strategy(
	broker: ServiceBroker,
	options: Pick<StrategyActorOptions, "definitions"> = {},
): ServiceSchema {
	const actor = new StrategyActor({
		...options,
		runtime: runtimeOf(broker),
		bus: new Bus(broker),
		log: broker.getLogger("strategy"),
	});
	return {
		name: "strategy",
		mixins: [hearsTradingState((record) => actor.onTradingState(record)) as ServiceSchema],
		actions: {
			status: { params: NO_PARAMETERS, handler: () => actor.status() },
			pause: { params: CHOICE, handler: ({ params }: Context<StrategyChoice>) => actor.pause(params) },
			resume: { params: CHOICE, handler: ({ params }: Context<StrategyChoice>) => actor.resume(params) },
		},
		events: {
			"feed.catalog.changed": (ctx: Context<FeedEvents["feed.catalog.changed"]>) => actor.onCatalogChanged(ctx.params),
			"feed.lenders.changed": (ctx: Context<FeedEvents["feed.lenders.changed"]>) => actor.onLendersChanged(ctx.params),
			"feed.slot.advanced": (ctx: Context<FeedEvents["feed.slot.advanced"]>) => actor.onSlotAdvanced(ctx.params),
			"risk.settlement.booked": (ctx: Context<RiskEvents["risk.settlement.booked"]>) =>
				actor.onBooked(ctx.params.settlement),
			"feed.fees.changed": (ctx: Context<FeedEvents["feed.fees.changed"]>) => actor.onFeesChanged(ctx.params),
			"executor.ready": (ctx: Context<ExecutorEvents["executor.ready"]>) => actor.onExecutorReady(ctx.params),
			"executor.route.measured": (ctx: Context<ExecutorEvents["executor.route.measured"]>) =>
				actor.onRouteMeasured(ctx.params),
		},
		started: async () => actor.start(),
		stopped: async () => actor.stop(),
	};
}
