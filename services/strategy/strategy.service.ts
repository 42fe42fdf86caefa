import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import type { ExecutorEvents } from "../../broker/contracts/executor.ts";
import type { FeedEvents } from "../../broker/contracts/feed.ts";
import type { RiskEvents } from "../../broker/contracts/risk.ts";
import type { Reload, StrategyChoice, StrategyReloadRequest } from "../../broker/contracts/strategy.ts";
import { runtimeOf } from "../../broker/runtime.ts";
import { hearsTradingState } from "../../mixins/trading-state.ts";
import { StrategyActor, type StrategyActorOptions } from "./strategy-actor.ts";

const NO_PARAMETERS = { $$strict: true };
const CHOICE = { strategy: { type: "string", min: 1, max: 128, optional: true }, $$strict: true };

const REQUEST = {
	by: { type: "string", min: 1, max: 128 },
	reason: { type: "string", min: 1, max: 512 },
	$$strict: true,
};

export interface StrategyServiceOptions
	extends Pick<StrategyActorOptions, "definitions" | "readTables" | "genesisHash"> {
	/** Tells of SIGHUP; the process unless given. */
	readonly signals?: Pick<NodeJS.Process, "on" | "off">;
}

/** The strategy actor: plug-ins find opportunities in a replica of the market, and risk is asked for them. */
export default function strategy(
	broker: ServiceBroker,
	{ signals = process, ...options }: StrategyServiceOptions = {},
): ServiceSchema {
	const actor = new StrategyActor({
		...options,
		runtime: runtimeOf(broker),
		bus: new Bus(broker),
		log: broker.getLogger("strategy"),
	});
	const onSignal = (): void => void actor.reload({ by: "signal", reason: `SIGHUP to process ${process.pid}` });
	const reload = (request: StrategyReloadRequest): Reload => {
		const outcome = actor.reload(request);
		if (outcome.status === "applied") new Bus(broker).broadcast("strategy.reloaded", request);
		return outcome;
	};
	return {
		name: "strategy",
		mixins: [hearsTradingState((record) => actor.onTradingState(record)) as ServiceSchema],
		actions: {
			status: { params: NO_PARAMETERS, handler: () => actor.status() },
			pause: { params: CHOICE, handler: ({ params }: Context<StrategyChoice>) => actor.pause(params) },
			resume: { params: CHOICE, handler: ({ params }: Context<StrategyChoice>) => actor.resume(params) },
			reload: { params: REQUEST, handler: ({ params }: Context<StrategyReloadRequest>) => reload(params) },
		},
		events: {
			"feed.catalog.changed": (ctx: Context<FeedEvents["feed.catalog.changed"]>) => actor.onCatalogChanged(ctx.params),
			"feed.lenders.changed": (ctx: Context<FeedEvents["feed.lenders.changed"]>) => actor.onLendersChanged(ctx.params),
			"feed.slot.advanced": (ctx: Context<FeedEvents["feed.slot.advanced"]>) => actor.onSlotAdvanced(ctx.params),
			"risk.settlement.booked": (ctx: Context<RiskEvents["risk.settlement.booked"]>) =>
				actor.onBooked(ctx.params.settlement),
			"risk.settlement.reversed": (ctx: Context<RiskEvents["risk.settlement.reversed"]>) =>
				actor.onReversed(ctx.params),
			"feed.fees.changed": (ctx: Context<FeedEvents["feed.fees.changed"]>) => actor.onFeesChanged(ctx.params),
			"strategy.reloaded": (ctx: Context<StrategyReloadRequest>) => {
				if (ctx.nodeID !== broker.nodeID) actor.reload(ctx.params);
			},
			"executor.ready": (ctx: Context<ExecutorEvents["executor.ready"]>) => actor.onExecutorReady(ctx.params),
			"executor.route.measured": (ctx: Context<ExecutorEvents["executor.route.measured"]>) =>
				actor.onRouteMeasured(ctx.params),
		},
		started: async () => {
			actor.start();
			// At a terminal SIGHUP says that it is gone, and ends the process as ever.
			if (signals !== process || !process.stdin.isTTY) signals.on("SIGHUP", onSignal);
		},
		stopped: async () => {
			signals.off("SIGHUP", onSignal);
			await actor.stop();
		},
	};
}
