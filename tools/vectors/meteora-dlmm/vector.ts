import {
	BIN_OFFSET,
	BITMAP_EXTENSION_SIZE,
	PAIR_OFFSET,
	PAIR_SIZE,
} from "../../../core/market/venues/meteora-dlmm/accounts.ts";
import { binStart } from "../../../core/market/venues/meteora-dlmm/bin-array.ts";
import { binPrice } from "../../../core/market/venues/meteora-dlmm/bin-price.ts";
import type { Address } from "../../../core/types/address.ts";
import { decodeBase58 } from "../../../core/types/base58.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { type ArrayContent, type BinContent, binArrayBytes } from "./bytes.ts";
import { AFTER_BIN_FIELDS } from "./compare.ts";
import type { Accounts, Ran } from "./machine.ts";
import type { Scenario } from "./scenario.ts";

/** A swap as it is recorded: bytes in base64 without the zeros at their end, numbers as decimal strings. */
export interface Vector {
	readonly scenario: Omit<Scenario, "pair">;
	readonly address: Address;
	readonly pair: string;
	readonly extension: string | null;
	readonly result:
		| { readonly error: string }
		| {
				readonly amountIn: bigint;
				readonly amountOut: bigint;
				readonly pair: string;
				/** By array, by bin of its content, the fields of {@link AFTER_BIN_FIELDS}, and on which side orders stand. */
				readonly bins: readonly (readonly [index: number, readonly (readonly (string | number)[])[]])[];
		  };
}

/** What is kept of a swap that the program ran. */
export function vectorOf({ pair: _pair, ...scenario }: Scenario, accounts: Accounts, ran: Ran): Vector {
	const { address, pair, extension } = accounts;
	const common = { scenario, address, pair: trimmed(pair), extension: extension && trimmed(extension) };
	if (!ran.ok) return { ...common, result: { error: ran.error } };
	const bins = scenario.arrays.map(({ index, bins: before }) => {
		const data = ran.arrays.get(index) as Uint8Array;
		return [index, before.map(([slot]) => fieldsOf(data, slot))] as const;
	});
	return { ...common, result: { amountIn: ran.amountIn, amountOut: ran.amountOut, pair: trimmed(ran.pair), bins } };
}

/** The swap, its accounts and what the program did, out of a recorded vector whose numbers are strings. */
export function fromVector(vector: Vector): { scenario: Scenario; accounts: Accounts; ran: Ran } {
	const { address, result } = vector;
	const pair = restored(vector.pair, PAIR_SIZE);
	const scenario = numbersOf({ ...vector.scenario, pair });
	const binStep = new DataView(pair.buffer).getUint16(PAIR_OFFSET.binStep, true);
	const addressBytes = decodeBase58(address) as Uint8Array;
	const bytesOf = (content: ArrayContent) =>
		binArrayBytes(content, addressBytes, (slot) => binPrice(content.index * 70 + slot, binStep) ?? 0n);
	const extension = vector.extension === null ? null : restored(vector.extension, BITMAP_EXTENSION_SIZE);
	const arrays = new Map(scenario.arrays.map((content) => [content.index, bytesOf(content)]));
	const accounts = { address, pair, extension, arrays };
	if ("error" in result) return { scenario, accounts, ran: { ok: false, error: result.error, logs: [] } };
	const after = new Map([...arrays].map(([index, data]) => [index, data.slice()]));
	for (const [index, fields] of result.bins) {
		const slots = scenario.arrays.find((content) => content.index === index)?.bins ?? [];
		for (const [at, values] of fields.entries()) {
			writeFields(after.get(index) as Uint8Array, (slots[at] as BinContent)[0], values);
		}
	}
	const amountIn = BigInt(result.amountIn);
	const amountOut = BigInt(result.amountOut);
	return {
		scenario,
		accounts,
		ran: { ok: true, amountIn, amountOut, pair: restored(result.pair, PAIR_SIZE), arrays: after },
	};
}

/** For JSON. */
export function jsonOf(_key: string, value: unknown): unknown {
	return typeof value === "bigint" ? value.toString() : value;
}

function fieldsOf(data: Uint8Array, slot: number): (string | number)[] {
	const start = binStart(slot);
	const amounts = AFTER_BIN_FIELDS.map((field) => readUint64(data, start + BIN_OFFSET[field]).toString());
	return [...amounts, data[start + BIN_OFFSET.orderAskSide] as number];
}

function writeFields(data: Uint8Array, slot: number, values: readonly (string | number)[]): void {
	const start = binStart(slot);
	for (const [at, field] of AFTER_BIN_FIELDS.entries()) {
		writeUint64(data, start + BIN_OFFSET[field], BigInt(values[at] as string));
	}
	data[start + BIN_OFFSET.orderAskSide] = Number(values[AFTER_BIN_FIELDS.length]);
}

function numbersOf(scenario: Scenario): Scenario {
	const fee = (one: Scenario["transferFeeX"]): Scenario["transferFeeX"] => {
		if (one === null) return null;
		const part = ([basisPoints, maximum]: readonly [bigint, bigint]) => [BigInt(basisPoints), BigInt(maximum)] as const;
		return { from: BigInt(one.from), older: part(one.older), newer: part(one.newer) };
	};
	const bin = ([slot, x, y, open, processing, remaining, side]: BinContent): BinContent => {
		return [slot, BigInt(x), BigInt(y), BigInt(open), BigInt(processing), BigInt(remaining), side];
	};
	return {
		...scenario,
		arrays: scenario.arrays.map((content) => ({ ...content, bins: content.bins.map(bin) })),
		amount: BigInt(scenario.amount),
		slot: BigInt(scenario.slot),
		epoch: BigInt(scenario.epoch),
		unixSeconds: BigInt(scenario.unixSeconds),
		transferFeeX: fee(scenario.transferFeeX),
		transferFeeY: fee(scenario.transferFeeY),
	};
}

function trimmed(bytes: Uint8Array): string {
	let end = bytes.length;
	while (end > 0 && bytes[end - 1] === 0) end--;
	return Buffer.from(bytes.subarray(0, end)).toString("base64");
}

function restored(text: string, size: number): Uint8Array {
	const data = new Uint8Array(size);
	data.set(Buffer.from(text, "base64"));
	return data;
}
