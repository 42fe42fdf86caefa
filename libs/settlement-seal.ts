import type { Fill, SealedSettlement, Settlement } from "../core/execution/submission.ts";
import { type MessageMac, TAG_BYTES } from "./message-mac.ts";

/** Characters of 32 bytes in base64. */
const SEAL_LENGTH = 44;
/** Sets a settlement apart from an approval and a lease, which the same key seals. */
const DOMAIN = "mojo.settlement.1\0";

/**
 * An executor's word on how a submission ended, authenticated. Executors and risk share the key, and nobody else has it:
 * an end that somebody else puts on the bus frees no reservation and books nothing.
 */
export class SettlementSeal {
	readonly #mac: MessageMac;

	constructor(mac: MessageMac) {
		this.#mac = mac;
	}

	seal(settlement: Settlement): SealedSettlement {
		const tag = Buffer.alloc(TAG_BYTES);
		this.#mac.authenticate(bytesOf(settlement), tag);
		return { ...settlement, seal: tag.toString("base64") };
	}

	/** Whether an executor told exactly this. Takes a settlement whose shape was checked. */
	isGenuine(settlement: Settlement & { readonly seal?: unknown }): boolean {
		const { seal } = settlement;
		if (typeof seal !== "string" || seal.length !== SEAL_LENGTH) return false;
		const tag = Buffer.from(seal, "base64");
		return tag.length === TAG_BYTES && this.#mac.isAuthentic(bytesOf(settlement), tag);
	}
}

/** Everything that is told, each value at its place: two settlements have the same bytes only if they are the same. */
function bytesOf({ intentId, outcome, signature, fill, executor, timings }: Settlement): Buffer {
	const told = [
		intentId,
		outcome,
		signature,
		executor,
		Object.entries(timings ?? {}).sort(byName),
		fill && partsOf(fill),
	];
	return Buffer.from(
		DOMAIN + JSON.stringify(told, (_name, value) => (typeof value === "bigint" ? { n: `${value}` } : value)),
	);
}

function partsOf({
	intentId,
	signature,
	slot,
	reverted,
	error,
	legs,
	changes,
	computeUnits,
}: Fill): readonly unknown[] {
	return [
		[intentId, signature, slot, reverted, error, computeUnits],
		legs.map(({ pool, mintIn, mintOut, amountIn, amountOut }) => [pool, mintIn, mintOut, amountIn, amountOut]),
		changes.map(({ mint, fill, loanFee, networkFee, tip, balanceAfter }) => [
			mint,
			fill,
			loanFee,
			networkFee,
			tip,
			balanceAfter,
		]),
	];
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
	return a < b ? -1 : 1;
}
