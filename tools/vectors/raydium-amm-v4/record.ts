/**
 * Records swaps of the real Raydium AMM v4 program as test vectors, and compares the project's quotes with many more.
 * Usage: node tools/vectors/raydium-amm-v4/record.ts <program.so> [--compare <swaps>] [--out <vectors.json.gz>]
 * The dump is not part of this repository.
 */
import { U64_MAX } from "../../../core/market/constant-product.ts";
import { AMM_INFO_OFFSET, RAYDIUM_AMM_V4_PROGRAM } from "../../../core/market/venues/raydium-amm-v4/layout.ts";
import { raydiumAmmV4 } from "../../../core/market/venues/raydium-amm-v4/venue.ts";
import { readUint64 } from "../../../core/types/bytes.ts";
import type { Random } from "../../../core/types/clock.ts";
import { type PoolFields, PoolMachine } from "../../../test/unit/programs/raydium-amm-v4-pool.ts";
import { amountUpTo, NOW, oneIn } from "../../../test/unit/programs/raydium-cpmm-pool.ts";
import { anySwap, main, type ReserveRecorder } from "../reserve-recorder.ts";
import type { ReserveRun, ReserveSwap } from "../reserve-swap.ts";

await main(async (elf): Promise<ReserveRecorder> => {
	const machine = await PoolMachine.open(elf, NOW);
	return {
		venue: raydiumAmmV4,
		fixture: "test/fixtures/vectors/raydium-amm-v4.json.gz",
		source: "mainnet's program before raydium-amm 78c6a81",
		notCovered:
			"pools with orders in OpenBook, whose amounts no account here tells; fees and inputs below half a unit, which that " +
			"program rounded otherwise than raydium-amm does since 78c6a81",
		refusals: {
			// Of statuses that trade by the order book it wants accounts that nobody here names.
			10: ["swapDisabled", "zeroInput", "zeroOutput"],
			22: ["swapDisabled", "notOpenYet", "zeroInput", "zeroOutput"],
			29: ["zeroInput", "zeroOutput"],
			32: ["insufficientLiquidity", "zeroInput", "zeroOutput"],
			40: ["insufficientLiquidity", "amountOverflow"],
			ProgramFailedToComplete: ["insufficientLiquidity", "amountOverflow", "zeroInput", "zeroOutput"],
		},
		/** `checked_ceil_div` of then: below a half it gave nothing. */
		isOutdated({ direction, exact, amount, pool, vaults }): boolean {
			const field = (name: keyof typeof AMM_INFO_OFFSET) => readUint64(pool.data, AMM_INFO_OFFSET[name]);
			const reserves = [vaults[0] - field("needTakePnlCoin"), vaults[1] - field("needTakePnlPc")] as const;
			const [reserveIn, reserveOut] = direction === "aToB" ? reserves : [reserves[1], reserves[0]];
			if (exact === "out")
				return reserveIn > 0n && amount < reserveOut && 2n * reserveIn * amount < reserveOut - amount;
			const fee = amount * field("swapFeeNumerator");
			return fee > 0n && 2n * fee < field("swapFeeDenominator");
		},
		next(random): ReserveSwap {
			const { kind, fields, vaults } = anyPool(random);
			machine.set(fields, vaults);
			return {
				kind,
				pool: { address: machine.address, owner: RAYDIUM_AMM_V4_PROGRAM, data: machine.data },
				configurations: [],
				vaults,
				...anySwap(random, vaults),
				unixSeconds: NOW,
			};
		},
		run({ direction, exact, amount, vaults }): ReserveRun {
			// Vault and trader hold parts of one supply.
			const most = U64_MAX - vaults[direction === "aToB" ? 0 : 1];
			const balance = exact === "in" && amount < most ? amount : most;
			const { outcome, left, got } = machine.run({ direction, exact, amount }, balance);
			if (!outcome.ok) return { ok: false, error: String(outcome.error) };
			return { ok: true, amountIn: balance - left, amountOut: got, pool: machine.data, vaults: machine.vaults };
		},
	};
});

interface AnyPool {
	readonly kind: string;
	readonly fields: PoolFields;
	readonly vaults: readonly [bigint, bigint];
}

function anyPool(random: Random): AnyPool {
	const kinds = [
		"usual",
		"usual",
		"lopsided",
		"tiny",
		"huge",
		"owing",
		"free",
		"dear",
		"insolvent",
		"closed",
		"waiting",
	];
	const kind = kinds[random.nextUint32() % kinds.length] as string;
	const bits = { tiny: 12, huge: 62, lopsided: 60 }[kind] ?? 48;
	const first = amountUpTo(random, bits);
	const second = kind === "lopsided" ? amountUpTo(random, 12) : amountUpTo(random, bits);
	const vaults = oneIn(random, 2) ? ([first, second] as const) : ([second, first] as const);
	const owed = (vault: bigint): bigint => {
		if (kind === "insolvent") return vault + amountUpTo(random, 20);
		return kind === "owing" || oneIn(random, 3) ? amountUpTo(random, 62) % (vault / 2n + 1n) : 0n;
	};
	const isWaiting = kind === "waiting";
	const fields: PoolFields = {
		status: kind === "closed" ? BigInt(1 + (random.nextUint32() % 5)) : isWaiting ? 7n : 6n,
		poolOpenTime: isWaiting ? NOW + BigInt(random.nextUint32() % 3) - 1n : 0n,
		needTakePnlCoin: owed(vaults[0]),
		needTakePnlPc: owed(vaults[1]),
		swapFeeNumerator: kind === "free" ? 0n : kind === "dear" ? BigInt(random.nextUint32() % 10_000) : 25n,
		swapFeeDenominator: 10_000n,
	};
	return { kind, fields, vaults };
}
