import type { Context, ServiceSchema } from "moleculer";
import type { TradingState, TradingStateRecord } from "../core/risk/trading-state.ts";

const STATES: ReadonlySet<unknown> = new Set<TradingState>(["active", "reducing", "halted"]);

/**
 * For actors that act only while trading is on: hears risk's trading state, which is sent on every change and again each
 * second. Anything that is not a trading state is told as null, so that the actor can doubt what it knew.
 */
export function hearsTradingState(onRecord: (record: TradingStateRecord | null) => void): Partial<ServiceSchema> {
	return {
		events: {
			"risk.state.changed": (ctx: Context<unknown>) => onRecord(isTradingStateRecord(ctx.params) ? ctx.params : null),
		},
	};
}

/** Whether something from the bus is a trading state. */
export function isTradingStateRecord(value: unknown): value is TradingStateRecord {
	const record = value as Partial<TradingStateRecord> | null | undefined;
	return (
		STATES.has(record?.state) &&
		Number.isFinite(record?.changedAtMicros) &&
		typeof record?.changedBy === "string" &&
		typeof record.reason === "string"
	);
}
