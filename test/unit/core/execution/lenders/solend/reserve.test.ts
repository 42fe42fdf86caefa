import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeReserve } from "../../../../../../core/execution/lenders/reserve.ts";
import {
	SOLEND_RESERVE_OFFSET as AT,
	SOLEND_LENDING_MARKET_OFFSET,
	SOLEND_LENDING_MARKET_SIZE,
	SOLEND_PROGRAM,
	SOLEND_RESERVE_SIZE,
} from "../../../../../../core/execution/lenders/solend/layout.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { encodeBase58 } from "../../../../../../core/types/base58.ts";
import { writeUint64 } from "../../../../../../core/types/bytes.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const FEE = 3_000_000_000_000_000n;

function reserve(change: (data: Uint8Array) => void = () => undefined) {
	const data = new Uint8Array(SOLEND_RESERVE_SIZE);
	data[AT.version] = 1;
	data[AT.hostFeePercentage] = 20;
	writeUint64(data, AT.availableAmount, 77n);
	writeUint64(data, AT.flashLoanFeeWad, FEE);
	for (const [index, field] of (
		["lendingMarket", "liquidityMint", "liquiditySupply", "feeReceiver"] as const
	).entries()) {
		data.fill(index + 1, AT[field], AT[field] + 32);
	}
	change(data);
	const address = "Reserve1111111111111111111111111111111111111" as Address;
	const lendingMarketAuthority = "Authority111111111111111111111111111111111" as Address;
	return { address, owner: SOLEND_PROGRAM, data, lendingMarketAuthority };
}

const run = (byte: number) => encodeBase58(new Uint8Array(32).fill(byte));

describe("a Solend reserve", () => {
	test("is of one size", () => {
		for (const size of [0, SOLEND_LENDING_MARKET_SIZE, SOLEND_RESERVE_SIZE - 1, SOLEND_RESERVE_SIZE + 1]) {
			const detail = `reserve ${reserve().address} has ${size} bytes, expected ${SOLEND_RESERVE_SIZE}`;
			const data = new Uint8Array(size).fill(1, 0, 1);
			expect(decodeReserve({ ...reserve(), data })).toEqual({ ok: false, error: { code: "wrongSize", detail } });
		}
	});

	test.each<[string, string, (data: Uint8Array) => void]>([
		["wrongVersion", "version 0, expected 1", (data) => data.set([0], AT.version)],
		["wrongVersion", "version 2, expected 1", (data) => data.set([2], AT.version)],
		["impossibleValue", "staleness 2, expected 0 or 1", (data) => data.set([2], AT.lastUpdateStale)],
		["impossibleValue", "type 2, expected 0 or 1", (data) => data.set([2], AT.reserveType)],
		["impossibleValue", "extra market price flag 2, expected 0 or 1", (data) => data.set([2], AT.extraMarketPriceFlag)],
		["impossibleValue", "host fee percentage 101, expected 0 to 100", (data) => data.set([101], AT.hostFeePercentage)],
		["flashLoansDisabled", "flash loans switched off", (data) => writeUint64(data, AT.flashLoanFeeWad, U64_MAX)],
	])("is refused as %s: %s", (code, has, change) => {
		const account = reserve(change);
		const error = { code, detail: `reserve ${account.address} has ${has}` };
		expect(decodeReserve(account)).toEqual({ ok: false, error });
	});

	test("lends with every field at its largest, and whether it is stale or not", () => {
		for (const stale of [0, 1]) {
			const largest = reserve((data) => {
				for (const field of [AT.reserveType, AT.extraMarketPriceFlag]) data[field] = 1;
				data[AT.lastUpdateStale] = stale;
				data[AT.hostFeePercentage] = 100;
				writeUint64(data, AT.flashLoanFeeWad, U64_MAX - 1n);
			});
			expect(decodeReserve(largest)).toMatchObject({ value: { feeNumerator: U64_MAX - 1n, minimumFee: 2n } });
		}
	});

	test("reads a lender", () => {
		const account = reserve();
		expect(decodeReserve(account)).toEqual({
			ok: true,
			value: {
				kind: "solend",
				program: SOLEND_PROGRAM,
				reserve: account.address,
				lendingMarketAuthority: account.lendingMarketAuthority,
				lendingMarket: run(1),
				mint: run(2),
				supplyVault: run(3),
				feeVault: run(4),
				tokenProgram: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
				feeNumerator: FEE,
				feeDenominator: 10n ** 18n,
				minimumFee: 2n,
				availableAmount: 77n,
			},
		});
		const hostless = reserve((data) => data.set([0], AT.hostFeePercentage));
		expect(decodeReserve(hostless)).toMatchObject({ value: { minimumFee: 1n } });
	});

	test("answers, and never throws, on any bytes", () => {
		const change = fc.tuple(fc.nat(SOLEND_RESERVE_SIZE - 1), fc.nat(255));
		const property = fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
			const result = decodeReserve(
				reserve((data) => {
					for (const [offset, value] of changes) data[offset] = value;
				}),
			);
			if (!result.ok) expect(result.error.detail).not.toBe("");
		});
		fc.assert(property, { seed: 619, numRuns: 300 });
	});
});

/** The fields' widths in the order in which the program packs them (`Pack for Reserve`, `Pack for LendingMarket`). */
const RESERVE_WIDTHS = [
	...[1, 8, 1, 32, 32, 1, 32, 32, 32, 8, 16, 16, 16, 32, 8, 32, 1, 1, 1, 1, 1, 1, 1, 8, 8, 1, 8, 8, 32, 1, 1],
	...[16, 56, 8, 16, 1, 1, 8, 1, 1, 8, 32, 1, 16, 16, 8, 8, 49],
];
const LENDING_MARKET_WIDTHS = [1, 1, 32, 32, 32, 32, 32, 56, 32, 32, 8];

test.each<[string, readonly number[], Readonly<Record<string, number>>, number]>([
	["reserve", RESERVE_WIDTHS, AT, SOLEND_RESERVE_SIZE],
	["lending market", LENDING_MARKET_WIDTHS, SOLEND_LENDING_MARKET_OFFSET, SOLEND_LENDING_MARKET_SIZE],
])("every field of a %s stands right behind the one before", (_, widths, offsets, size) => {
	let offset = 0;
	const expected = widths.map((width) => {
		offset += width;
		return offset - width;
	});
	expect(Object.values(offsets)).toEqual(expected);
	expect(offset).toBe(size);
});
