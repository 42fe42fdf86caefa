import type { Context, ServiceBroker, ServiceSchema } from "moleculer";
import { Bus } from "../../../broker/bus.ts";
import type { ExecutorEvents } from "../../../broker/contracts/executor.ts";
import type { FeedEvents } from "../../../broker/contracts/feed.ts";
import type { RiskEvents, TradingStateChange } from "../../../broker/contracts/risk.ts";
import { runtimeOf } from "../../../broker/runtime.ts";
import { hearsTradingState } from "../../../mixins/trading-state.ts";
import { ORDER_LIST_STATES, type OrderDesk } from "./order-desk.ts";
import { OrderKeeper, type OrderKeeperOptions } from "./order-keeper.ts";

const NO_PARAMETERS = { $$strict: true };
const ID_PARAMETERS = { orderId: { type: "string", min: 1, max: 64 }, $$strict: true };
const LIST_PARAMETERS = {
	state: { type: "enum", values: [...ORDER_LIST_STATES], optional: true },
	limit: { type: "number", integer: true, min: 1, max: 500, optional: true },
	$$strict: true,
};
const CHANGE_PARAMETERS = {
	by: { type: "string", min: 1, max: 128 },
	reason: { type: "string", min: 1, max: 512 },
	$$strict: true,
};

/**
 * The executor side's order desk. Every executor node runs this service; the one that holds the orders' folder serves
 * the actions `orders.*`, the others stand by for it.
 */
export default function orderKeeper(
	broker: ServiceBroker,
	options: Pick<OrderKeeperOptions, "openSegment"> = {},
): ServiceSchema {
	const keeper = new OrderKeeper({
		...options,
		runtime: runtimeOf(broker),
		bus: new Bus(broker),
		log: broker.getLogger("orders"),
		onHeld: (desk) => void broker.createService(ordersService(desk)),
	});
	return {
		name: "order-keeper",
		mixins: [hearsTradingState((record) => keeper.desk?.onTradingState(record)) as ServiceSchema],
		events: {
			"risk.settlement.booked": ({ params }: Context<RiskEvents["risk.settlement.booked"]>) =>
				keeper.desk?.onBooked(params.settlement),
			"risk.settlement.reversed": ({ params }: Context<RiskEvents["risk.settlement.reversed"]>) =>
				keeper.desk?.onReversed(params),
			"executor.route.measured": ({ params }: Context<ExecutorEvents["executor.route.measured"]>) =>
				keeper.desk?.onRouteMeasured(params),
			"feed.fees.changed": ({ params }: Context<FeedEvents["feed.fees.changed"]>) => keeper.desk?.onFeesChanged(params),
			"feed.catalog.changed": ({ params }: Context<FeedEvents["feed.catalog.changed"]>) =>
				keeper.desk?.onCatalogChanged(params),
			"feed.lenders.changed": ({ params }: Context<FeedEvents["feed.lenders.changed"]>) =>
				keeper.desk?.onLendersChanged(params),
			"feed.slot.advanced": ({ params }: Context<FeedEvents["feed.slot.advanced"]>) =>
				keeper.desk?.onSlotAdvanced(params),
		},
		started: async () => keeper.start(),
		stopped: () => keeper.stop(),
	};
}

/** The actions of the desk that holds the orders. */
function ordersService(desk: OrderDesk): ServiceSchema {
	return {
		name: "orders",
		metadata: { description: "market, limit, stop and stop-limit orders" },
		actions: {
			// What an order may look like is checked by the desk, whose answer names the field.
			submit: { retryPolicy: { enabled: false }, handler: (ctx: Context) => desk.submit(ctx.params) },
			cancel: {
				params: ID_PARAMETERS,
				handler: (ctx: Context<{ readonly orderId: string }>) => desk.cancel(ctx.params.orderId),
			},
			list: {
				params: LIST_PARAMETERS,
				handler: (ctx: Context<{ readonly state?: string; readonly limit?: number }>) => desk.list(ctx.params),
			},
			get: {
				params: ID_PARAMETERS,
				handler: (ctx: Context<{ readonly orderId: string }>) => desk.get(ctx.params.orderId),
			},
			submitFlashLoanArbitrage: {
				retryPolicy: { enabled: false },
				handler: (ctx: Context) => desk.submitFlashLoanArbitrage(ctx.params),
			},
			positions: { params: NO_PARAMETERS, handler: (ctx: Context) => new Bus(ctx).call("risk.positions") },
			emergencyStop: {
				params: CHANGE_PARAMETERS,
				handler: (ctx: Context<TradingStateChange>) => desk.emergencyStop(ctx.params),
			},
			status: { params: NO_PARAMETERS, handler: () => desk.status() },
		},
	};
}
