import type { MarketTable } from "../../core/market/market-table.ts";
import {
	readTickBatchHeader,
	readTicks,
	type Tick,
	type TickBatchHeader,
	TickBatchWriter,
} from "../../core/market/tick-batch.ts";

const HEADER: TickBatchHeader = {
	catalogEpoch: 0,
	sequence: 0,
	slot: 0,
	receivedAtMicros: 0,
	decodedAtMicros: 0,
	snapshot: false,
	chainSeconds: 0,
	epoch: 0,
};

/** A tick that stays as it is when the batch is read on. */
function copyTick(tick: Tick): Tick {
	if (tick.kind === "account") return { ...tick, data: tick.data === null ? null : Uint8Array.from(tick.data) };
	if (tick.kind === "status") return tick;
	const { kind, poolIndex, slot, stale, reserveA, reserveB, openTimeSeconds, swapEnabled } = tick;
	return { kind, poolIndex, slot, stale, reserveA, reserveB, openTimeSeconds, swapEnabled };
}

/** Packs a batch. */
export function encodeTickBatch(header: TickBatchHeader, ticks: readonly Tick[]): Uint8Array {
	const writer = new TickBatchWriter();
	for (const tick of ticks) writer.add(tick);
	return writer.finish(header);
}

/** The ticks of a batch. */
export function ticksOf(batch: Uint8Array): Tick[] {
	const header = readTickBatchHeader(batch);
	if (!header.ok) throw new Error(header.error);
	const ticks: Tick[] = [];
	readTicks(batch, (tick) => ticks.push(copyTick(tick)));
	return ticks;
}

/** What changed in the table, as far as it goes into one batch. */
export function changedTicks(table: MarketTable): Tick[] {
	const writer = new TickBatchWriter();
	table.takeChanged(writer);
	return ticksOf(writer.finish(HEADER));
}

/** The whole table from a row on, as far as it goes into one batch. */
export function allTicks(
	table: MarketTable,
	from = 0,
): { readonly ticks: readonly Tick[]; readonly next: number | null } {
	const writer = new TickBatchWriter();
	const next = table.writeAll(writer, from);
	return { ticks: ticksOf(writer.finish(HEADER)), next };
}
