import type { ExecutorActions, ExecutorEvents } from "./executor.ts";
import type { FeedActions, FeedEvents } from "./feed.ts";
import type { LocalnetActions } from "./localnet.ts";
import type { MonitorActions } from "./monitor.ts";
import type { OrderActions, OrderEvents } from "./orders.ts";
import type { RiskActions, RiskEvents } from "./risk.ts";
import type { StrategyActions, StrategyEvents } from "./strategy.ts";

/** Every action on the bus: its parameters and its result. */
export interface Actions
	extends FeedActions,
		StrategyActions,
		RiskActions,
		ExecutorActions,
		OrderActions,
		MonitorActions,
		LocalnetActions {}

/** Every event on the bus: its payload. */
export interface Events extends FeedEvents, StrategyEvents, RiskEvents, ExecutorEvents, OrderEvents {}

export type ActionName = keyof Actions;
export type EventName = keyof Events;
