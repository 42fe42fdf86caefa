import { describe, expect, test } from "@jest/globals";
import { createNoopSigner, type Instruction } from "@solana/web3.js";
import { getCreateAssociatedTokenIdempotentInstruction } from "@solana-program/token";
import { type SignerLimits, SignerPolicy } from "../../../../core/execution/signer-policy.ts";
import { SignerSpending } from "../../../../core/execution/signer-spending.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash } from "../../../../core/types/identifiers.ts";
import { createTable, extendTable } from "../../../../libs/solana/instructions/lookup-table.ts";
import { memo } from "../../../../libs/solana/memo.ts";
import { compileMessage } from "../../../../libs/solana/message-template.ts";
import { anyAddress, BONK, exampleWallet, TOKEN_PROGRAM, USDC } from "../../libs/solana/example-route.ts";

const HOUR_MICROS = 3_600_000_000;
const MINUTE_MICROS = 60_000_000;
const wallet = exampleWallet();
const own = (mint: Address) => wallet.tokenAccounts.get(mint) as Address;
const context = {
	wallet: wallet.address,
	ownAccounts: new Map([...wallet.tokenAccounts].map(([mint, account]) => [account, mint])),
	counterparties: new Set<never>(),
	lookupTables: new Map(),
};
const LIMITS: SignerLimits = {
	maxFeeLamports: 5_000n,
	maxTipLamports: 0n,
	maxHourlyLamports: 2n ** 64n,
	maxHourlySignatures: 1_000,
	notional: new Map(),
	tipAccounts: new Set(),
};

/** Why a message is not signed, or what it counted as. */
function admit(policy: SignerPolicy, instructions: readonly Instruction[], nowMicros = 0): string | bigint {
	const message = compileMessage({
		instructions,
		feePayer: wallet.address,
		blockhash: anyAddress() as string as Blockhash,
		lastValidBlockHeight: 1,
	});
	const checked = policy.check(message, context);
	if (!checked.ok) throw new Error(checked.error);
	const admitted = policy.admit(message, checked.value, nowMicros);
	return admitted.ok ? admitted.value.lamports : admitted.error;
}

const account = (mint: Address) =>
	getCreateAssociatedTokenIdempotentInstruction({
		payer: createNoopSigner(wallet.address),
		ata: own(mint),
		owner: wallet.address,
		mint,
		tokenProgram: TOKEN_PROGRAM,
	});

describe("rents count against the hour", () => {
	test("two token accounts take two rents: signed at the limit, and not by one lamport less", () => {
		const two = [memo("setup"), account(USDC), account(BONK)];
		const most = 5_000n + 2n * 328n * 6_960n;
		expect(admit(new SignerPolicy({ ...LIMITS, maxHourlyLamports: most - 1n }), two)).toBe(
			`fees, tips and rents of the last hour would be ${most} lamports, at most ${most - 1n}`,
		);
		const policy = new SignerPolicy({ ...LIMITS, maxHourlyLamports: most });
		expect(admit(policy, two)).toBe(most);
		expect(admit(policy, [memo("x")])).toMatch(/last hour would be/);
	});

	test("a token account of SPL Token costs less than it counts", () => {
		const rentOfChain = 2_039_280n;
		expect(admit(new SignerPolicy(LIMITS), [account(USDC)])).toBeGreaterThan(5_000n + rentOfChain);
	});

	test("a lookup table takes its own rent and that of every entry", async () => {
		const { instruction: create } = await createTable({ wallet: wallet.address, recentSlot: 5n });
		expect(admit(new SignerPolicy(LIMITS), [create])).toBe(5_000n + (56n + 128n) * 6_960n);
		const extend = (count: number) =>
			extendTable({ wallet: wallet.address, table: anyAddress(), entries: Array.from({ length: count }, anyAddress) });
		expect(admit(new SignerPolicy(LIMITS), [extend(1)])).toBe(5_000n + 32n * 6_960n);
		expect(admit(new SignerPolicy(LIMITS), [extend(9)])).toBe(5_000n + 9n * 32n * 6_960n);
	});
});

describe("an earlier life", () => {
	test("leaves no room that it has used, until its hour has passed", () => {
		const limits = { ...LIMITS, maxHourlySignatures: 2 };
		const earlier = new SignerSpending();
		for (const minute of [0, 30]) {
			earlier.add({ atMicros: minute * MINUTE_MICROS, lamports: 5_000n, notional: 0n, mint: null });
		}
		const policy = new SignerPolicy(limits);
		policy.recall(earlier.record);
		const signed = (minutes: number) => admit(policy, [memo("x")], minutes * MINUTE_MICROS);
		expect(signed(31)).toBe("2 signatures were made in the last hour");
		expect(signed(60)).toBe("2 signatures were made in the last hour");
		expect(signed(61)).toBe(5_000n);
		expect(signed(62)).toBe("2 signatures were made in the last hour");
	});

	test("counts lamports and notional by mint", () => {
		const spending = new SignerSpending();
		spending.add({ atMicros: 0, lamports: 7n, notional: 3n, mint: USDC });
		spending.add({ atMicros: MINUTE_MICROS, lamports: 8n, notional: 4n, mint: USDC });
		spending.add({ atMicros: MINUTE_MICROS, lamports: 9n, notional: 5n, mint: BONK });
		const again = new SignerSpending(spending.record);
		for (const [at, sums] of [
			[MINUTE_MICROS, [24n, 3n, 7n, 5n]],
			[HOUR_MICROS + MINUTE_MICROS, [17n, 2n, 4n, 5n]],
			[2 * HOUR_MICROS, [0n, 0n, 0n, 0n]],
		] as const) {
			const { lamports, signatures, notional } = {
				lamports: again.lamports(at),
				signatures: again.signatures(at),
				notional: [again.notional(USDC, at), again.notional(BONK, at)],
			};
			expect([lamports, signatures, ...notional]).toEqual(sums);
		}
		expect(again.record).toEqual(spending.record);
	});
});
