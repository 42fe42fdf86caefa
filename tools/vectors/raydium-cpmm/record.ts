/**
 * Records swaps of the real Raydium CPMM program as test vectors, and compares the project's quotes with many more.
 * Usage: node tools/vectors/raydium-cpmm/record.ts <program.so> [--compare <swaps>] [--out <vectors.json.gz>]
 * The dump is not part of this repository.
 */
import { U64_MAX } from "../../../core/market/constant-product.ts";
import { AMM_CONFIG_SIZE, RAYDIUM_CPMM_PROGRAM } from "../../../core/market/venues/raydium-cpmm/layout.ts";
import { raydiumCpmm } from "../../../core/market/venues/raydium-cpmm/venue.ts";
import type { Random } from "../../../core/types/clock.ts";
import {
	ABORT,
	amountUpTo,
	NOW,
	oneIn,
	type Pair,
	PoolUnderTest,
	type State,
	type Swap,
} from "../../../test/unit/programs/raydium-cpmm-pool.ts";
import { anySwap, main, type ReserveRecorder } from "../reserve-recorder.ts";
import type { ReserveRun, ReserveSwap } from "../reserve-swap.ts";

const USUAL_RATES = [100n, 2_500n, 10_000n, 40_000n] as const;

await main(async (elf): Promise<ReserveRecorder> => {
	const machine = await PoolUnderTest.create(elf);
	/** The swap that a scenario stands for: it is run as soon as it was drawn. */
	let drawn: { readonly state: State; readonly swap: Swap } | null = null;
	return {
		venue: raydiumCpmm,
		fixture: "test/fixtures/vectors/raydium-cpmm.json.gz",
		source: "mainnet's program of February 2025",
		notCovered:
			"creator's fees, and rates of 0 together with one, which that program does not have; exact outputs for less than " +
			"one unit, which it rounded otherwise; Token-2022 mints with fees, which are not traded",
		refusals: {
			2505: ["zeroInput", "zeroOutput"],
			6000: ["swapDisabled", "notOpenYet", "zeroOutput"],
			// Nobody holds so much: Token's own refusals.
			1: ["amountOverflow"],
			14: ["amountOverflow"],
			[ABORT]: ["insufficientLiquidity", "amountOverflow", "zeroOutput"],
		},
		/** `checked_ceil_div` of then: below a half it gave nothing. */
		isOutdated({ direction, exact, amount }): boolean {
			if (exact === "in") return false;
			const { reserveA, reserveB } = machine.reserves();
			const [reserveIn, reserveOut] = direction === "aToB" ? [reserveA, reserveB] : [reserveB, reserveA];
			return reserveIn > 0n && amount > 0n && amount < reserveOut && reserveIn * amount < reserveOut - amount;
		},
		next(random): ReserveSwap {
			const { kind, state } = anyState(random);
			const swap = anySwap(random, state.vaults);
			drawn = { state, swap };
			machine.load(state);
			const { address } = machine.descriptor;
			const config = machine.configData();
			if (config.length !== AMM_CONFIG_SIZE) throw new Error(`the configuration has ${config.length} bytes`);
			return {
				kind,
				pool: { address, owner: RAYDIUM_CPMM_PROGRAM, data: machine.poolData() },
				configurations: [{ address: machine.config, owner: RAYDIUM_CPMM_PROGRAM, data: config }],
				vaults: state.vaults,
				...swap,
				unixSeconds: NOW,
			};
		},
		run(): ReserveRun {
			if (drawn === null) throw new Error("draw a scenario first");
			const { state, swap } = drawn;
			const [vaultIn] = swap.direction === "aToB" ? state.vaults : [state.vaults[1]];
			// Vault and trader hold parts of one supply.
			const most = U64_MAX - vaultIn;
			const balance = swap.exact === "in" ? swap.amount : most;
			const outcome = machine.run(swap, swap.exact === "in" ? 0n : U64_MAX, balance);
			if (!outcome.ok) return { ok: false, error: String(outcome.error) };
			const { vault0, vault1, user0, user1 } = machine.snapshot() as Record<string, bigint>;
			const [userIn, userOut] = swap.direction === "aToB" ? [user0, user1] : [user1, user0];
			const vaults = [vault0!, vault1!] as const;
			return { ok: true, amountIn: balance - userIn!, amountOut: userOut!, pool: machine.poolData(), vaults };
		},
	};
});

function anyState(random: Random): { readonly kind: string; readonly state: State } {
	const kinds = ["usual", "usual", "lopsided", "tiny", "huge", "owing", "dear", "insolvent", "closed", "early"];
	const kind = kinds[random.nextUint32() % kinds.length] as string;
	const bits = { tiny: 12, huge: 63, lopsided: 60 }[kind] ?? 48;
	const first = amountUpTo(random, bits);
	const second = kind === "lopsided" ? amountUpTo(random, 12) : amountUpTo(random, bits);
	const vaults: Pair = oneIn(random, 2) ? [first, second] : [second, first];
	const owed = (side: 0 | 1): bigint => {
		if (kind === "insolvent") return vaults[side] + amountUpTo(random, 20);
		return kind === "owing" || oneIn(random, 3) ? amountUpTo(random, 64) % (vaults[side] / 3n + 1n) : 0n;
	};
	const usual = USUAL_RATES[random.nextUint32() % USUAL_RATES.length] as bigint;
	const state: State = {
		status: kind === "closed" ? 4 | (random.nextUint32() & 3) : random.nextUint32() & 3,
		openTime: kind === "early" ? NOW + BigInt(random.nextUint32() % 3) - 1n : 0n,
		vaults,
		protocolFees: [owed(0), owed(1)],
		fundFees: kind === "insolvent" ? [0n, 0n] : [owed(0), owed(1)],
		creatorFees: [0n, 0n],
		creatorFeeOn: 0,
		enableCreatorFee: false,
		tradeFeeRate: kind === "dear" ? 1n + BigInt(random.nextUint32() % 999_998) : usual,
		protocolFeeRate: 120_000n,
		fundFeeRate: 40_000n,
		creatorFeeRate: 0n,
	};
	return { kind, state };
}
