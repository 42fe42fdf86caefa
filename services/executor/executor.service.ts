import { type Context, Errors, type ServiceBroker, type ServiceSchema } from "moleculer";
import { Bus } from "../../broker/bus.ts";
import type { FeedEvents } from "../../broker/contracts/feed.ts";
import type { RiskEvents } from "../../broker/contracts/risk.ts";
import { runtimeOf } from "../../broker/runtime.ts";
import { hearsTradingState } from "../../mixins/trading-state.ts";
import { ExecutorActor, type ExecutorActorOptions } from "./executor-actor.ts";

/** Signs, sends and follows what risk approved. Any number of them may run; calls balance over them. */
export default function executor(
	broker: ServiceBroker,
	options: Pick<ExecutorActorOptions, "openSegment"> = {},
): ServiceSchema {
	const actor = new ExecutorActor({ ...options, runtime: runtimeOf(broker), bus: new Bus(broker), log: broker.logger });
	return {
		name: "executor",
		mixins: [hearsTradingState((record) => record && actor.onTradingState(record)) as ServiceSchema],
		actions: {
			execute: {
				// A second call would be answered alike, but nobody shall rely on it.
				retryPolicy: { enabled: false },
				handler: (ctx: Context) => actor.execute(ctx.params),
			},
			describe: () => actor.describe() ?? starting(),
			status: () => actor.status() ?? starting(),
		},
		events: {
			"risk.settlement.booked": (ctx: Context<RiskEvents["risk.settlement.booked"]>) =>
				actor.onBooked(ctx.params.settlement.intentId),
			"executor.arming.signed": (ctx: Context) => actor.onArming(ctx.params),
			"executor.arming.withdrawn": () => actor.onDisarming(),
			"risk.lease.renewed": (ctx: Context) => actor.onLease(ctx.params),
			"feed.slot.advanced": (ctx: Context<FeedEvents["feed.slot.advanced"]>) =>
				actor.onBlockHeight(ctx.params.blockHeight),
			"feed.catalog.changed": () => actor.onCatalogChanged(),
			"feed.lenders.changed": (ctx: Context<FeedEvents["feed.lenders.changed"]>) =>
				actor.onLendersChanged(ctx.params.shard, ctx.params.lenders),
			"strategy.table.wanted": () => actor.onTableWanted(),
			"$node.connected": () => actor.announce(),
			"$node.disconnected": () => actor.onNodeGone(),
		},
		started: () => actor.start(),
		stopped: () => actor.stop(),
	};
}

function starting(): never {
	throw new Errors.MoleculerRetryableError("The executor is starting: ask again.", 503, "EXECUTOR_STARTING", null);
}
