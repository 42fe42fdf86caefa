import { quoteExactIn } from "../../core/market/venues/raydium-cpmm/quote.ts";
import { seededRandom } from "../../libs/random.ts";
import { pool as benchPool } from "../market.ts";
import type { Quoted, QuotePeer } from "./peer.ts";

const RESERVE_A = 48_123_456_789_012n;
const RESERVE_B = 7_412_345_678_901n;
const RATES = ["tradeFeeRate", "creatorFeeRate", "protocolFeeRate", "fundFeeRate"] as const;
const SEED = 5;
const COUNT = 256;

interface Sdk {
	readonly CurveCalculator: {
		swapBaseInput(...terms: unknown[]): { readonly outputAmount: Quoted };
	};
}

type BigNumber = new (digits: string) => object;

/** raydium-sdk-v2, `CurveCalculator.swapBaseInput`: the curve alone, from numbers that are already big numbers. */
export const raydiumCpmm: QuotePeer = {
	name: "Raydium CPMM",
	cases(load) {
		const { CurveCalculator } = load("@raydium-io/raydium-sdk-v2/lib/raydium/cpmm/curve/calculator.js") as Sdk;
		const Bn = load("bn.js") as BigNumber;
		const pool = benchPool(seededRandom(SEED), "raydium-cpmm");
		const state = { reserveA: RESERVE_A, reserveB: RESERVE_B, swapEnabled: true, openTimeSeconds: 0n };
		const clock = { slot: 1n, epoch: 1n, unixSeconds: 10n };
		const big = (value: bigint) => new Bn(value.toString());
		const reserves = [big(RESERVE_A), big(RESERVE_B)];
		const rates = RATES.map((rate) => big(pool.parameters[rate] as bigint));
		return Array.from({ length: COUNT }, (_, index) => {
			const amount = 977_002_931n * BigInt(index + 1);
			const request = { pool, state, direction: "aToB", amount, clock } as const;
			const input = big(amount);
			return {
				ours() {
					const quote = quoteExactIn(request);
					return quote.ok ? quote.value.amountOut : quote.error;
				},
				theirs: () => CurveCalculator.swapBaseInput(input, ...reserves, ...rates, true).outputAmount,
			};
		});
	},
};
