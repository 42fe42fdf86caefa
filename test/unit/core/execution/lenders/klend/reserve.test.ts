import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
	KLEND_PROGRAM,
	RESERVE_DISCRIMINATOR,
	RESERVE_OFFSET,
	RESERVE_SIZE,
} from "../../../../../../core/execution/lenders/klend/layout.ts";
import { decodeReserve } from "../../../../../../core/execution/lenders/reserve.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { encodeBase58 } from "../../../../../../core/types/base58.ts";
import { writeUint64 } from "../../../../../../core/types/bytes.ts";

const U64_MAX = 0xffff_ffff_ffff_ffffn;
const TEN_PPM = 11_529_215_046_068n;
const RECORDED = join(
	import.meta.dirname,
	"../../../../../../../shared/data/mainnet-accounts/marginfi/test-utils/src/fixtures/kamino_usdc_reserve.json",
);

function reserve(change: (data: Uint8Array) => void = () => undefined) {
	const data = new Uint8Array(RESERVE_SIZE);
	data.set(RESERVE_DISCRIMINATOR);
	writeUint64(data, RESERVE_OFFSET.version, 1n);
	writeUint64(data, RESERVE_OFFSET.totalAvailableAmount, 77n);
	writeUint64(data, RESERVE_OFFSET.flashLoanFeeScaled, TEN_PPM);
	const fields = ["lendingMarket", "liquidityMint", "supplyVault", "feeVault", "tokenProgram"] as const;
	for (const [index, field] of fields.entries()) {
		data.fill(index + 1, RESERVE_OFFSET[field], RESERVE_OFFSET[field] + 32);
	}
	change(data);
	const address = "Reserve1111111111111111111111111111111111111" as Address;
	const lendingMarketAuthority = "Authority111111111111111111111111111111111" as Address;
	return { address, owner: KLEND_PROGRAM, data, lendingMarketAuthority };
}

const run = (byte: number) => encodeBase58(new Uint8Array(32).fill(byte));

describe("a klend reserve", () => {
	test("is of one size", () => {
		for (const size of [0, RESERVE_SIZE - 1, RESERVE_SIZE + 1]) {
			const detail = `reserve ${reserve().address} has ${size} bytes, expected ${RESERVE_SIZE}`;
			const data = new Uint8Array(size);
			expect(decodeReserve({ ...reserve(), data })).toEqual({ ok: false, error: { code: "wrongSize", detail } });
		}
	});

	test.each<[string, string, (data: Uint8Array) => void]>([
		["wrongDiscriminator", "account $ is not a klend Reserve", (data) => data.fill(0, 7, 8)],
		["wrongVersion", "reserve $ has version 0, expected 1", (data) => writeUint64(data, RESERVE_OFFSET.version, 0n)],
		["obsolete", "reserve $ is obsolete", (data) => data.set([1], RESERVE_OFFSET.configStatus)],
		[
			"impossibleValue",
			"reserve $ has status 3, expected 0 to 2",
			(data) => data.set([3], RESERVE_OFFSET.configStatus),
		],
		[
			"flashLoansDisabled",
			"reserve $ has flash loans switched off",
			(data) => writeUint64(data, RESERVE_OFFSET.flashLoanFeeScaled, U64_MAX),
		],
	])("is refused as %s: %s", (code, detail, change) => {
		const account = reserve(change);
		const error = { code, detail: detail.replace("$", account.address) };
		expect(decodeReserve(account)).toEqual({ ok: false, error });
	});

	test("reads a lender, hidden ones too", () => {
		const hidden = reserve((data) => data.set([2], RESERVE_OFFSET.configStatus));
		expect(decodeReserve(hidden)).toEqual({
			ok: true,
			value: {
				kind: "klend",
				program: KLEND_PROGRAM,
				reserve: hidden.address,
				lendingMarketAuthority: hidden.lendingMarketAuthority,
				lendingMarket: run(1),
				mint: run(2),
				supplyVault: run(3),
				feeVault: run(4),
				tokenProgram: run(5),
				feeNumerator: TEN_PPM,
				feeDenominator: 1n << 60n,
				minimumFee: 1n,
				availableAmount: 77n,
			},
		});
	});

	test("answers, and never throws, on any bytes", () => {
		const change = fc.tuple(fc.nat(RESERVE_SIZE - 1), fc.nat(255));
		const changed = fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
			const account = reserve((data) => {
				for (const [offset, value] of changes) data[offset] = value;
			});
			const result = decodeReserve(account);
			if (!result.ok) expect(result.error.detail).not.toBe("");
		});
		fc.assert(changed, { seed: 8_624, numRuns: 300 });
		const any = fc.property(fc.uint8Array({ maxLength: 9_000 }), (data) => !decodeReserve({ ...reserve(), data }).ok);
		fc.assert(any, { seed: 8_625, numRuns: 100 });
	});

	test("carries Anchor's discriminator", () => {
		const digest = createHash("sha256").update("account:Reserve").digest();
		expect([...RESERVE_DISCRIMINATOR]).toEqual([...digest.subarray(0, 8)]);
	});

	test("reads a recorded mainnet reserve", () => {
		if (!existsSync(RECORDED)) {
			process.stdout.write(`recorded accounts not found at ${RECORDED}: the mainnet reserve was not read\n`);
			return;
		}
		const recorded = JSON.parse(readFileSync(RECORDED, "utf8"));
		const data = new Uint8Array(Buffer.from(recorded.account.data[0], "base64"));
		const { lendingMarketAuthority } = reserve();
		expect(
			decodeReserve({ address: recorded.pubkey, owner: recorded.account.owner, data, lendingMarketAuthority }),
		).toMatchObject({
			ok: true,
			value: {
				lendingMarket: "7u3HeHxYDLhnCoErrtycNokbQYbWGzLs6JSDqGAv5PfF",
				mint: "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v",
				supplyVault: "Bgq7trRgVMeq33yt235zM2onQ4bRDBsY5EWiTetF4qw6",
				feeVault: "BbDUrk1bVtSixgQsPLBJFZEF7mwGstnD5joA1WzYvYFX",
				tokenProgram: "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA",
				availableAmount: 129_639_221_256_987n,
				feeNumerator: TEN_PPM,
			},
		});
		const name = data.subarray(RESERVE_OFFSET.tokenName, RESERVE_OFFSET.tokenName + 32);
		expect(new TextDecoder().decode(name).replace(/\0+$/, "")).toBe("USDC");
	});
});
