import { decodePool, emptyState, readPoolState } from "../../core/market/venues/meteora-damm-v2/layout.ts";
import { DAMM_V2_PROGRAM } from "../../core/market/venues/meteora-damm-v2/pool-account.ts";
import { quoteExactIn } from "../../core/market/venues/meteora-damm-v2/quote.ts";
import { seededRandom } from "../../libs/random.ts";
import { addressed, POOL } from "../../tools/vectors/meteora-damm-v2/machine.ts";
import { type Scenario, ScenarioSource } from "../../tools/vectors/meteora-damm-v2/scenario.ts";
import type { QuoteCase, Quoted, QuotePeer } from "./peer.ts";

const SEED = 777;
const COUNT = 200;
const NO_FEES = { a: null, b: null };

interface Sdk {
	readonly cpAmmCoder: { readonly accounts: { decode(name: string, data: Buffer): object } };
	swapQuoteExactInput(...terms: unknown[]): { readonly outputAmount: Quoted };
}

type BigNumber = new (digits: string) => object;

/** cp-amm-sdk, `swapQuoteExactInput`, over pools of every kind that the vectors draw, without transfer fees. */
export const meteoraDammV2: QuotePeer = {
	name: "Meteora DAMM v2",
	cases(load) {
		const sdk = load("@meteora-ag/cp-amm-sdk") as Sdk;
		const Bn = load("bn.js") as BigNumber;
		const source = new ScenarioSource(seededRandom(SEED));
		const cases: QuoteCase[] = [];
		while (cases.length < COUNT) {
			const drawn = source.next();
			if (drawn.exact !== "in") continue;
			const one = caseOf({ ...drawn, pool: addressed(drawn.pool) }, sdk, Bn);
			if (one !== null) cases.push(one);
		}
		return cases;
	},
};

/** Null: one of the two refuses the swap. */
function caseOf(scenario: Scenario, sdk: Sdk, Bn: BigNumber): QuoteCase | null {
	const { direction, amount, slot, epoch, unixSeconds, hasReferral } = scenario;
	const pool = decodePool({ address: POOL, owner: DAMM_V2_PROGRAM, data: scenario.pool }, NO_FEES);
	const state = emptyState();
	if (!pool.ok || readPoolState(scenario.pool, pool.value, state) !== null) return null;
	const request = { pool: pool.value, state, direction, amount, clock: { slot, epoch, unixSeconds }, hasReferral };
	if (!quoteExactIn(request).ok) return null;
	const decoded = camelCased(sdk.cpAmmCoder.accounts.decode("Pool", Buffer.from(scenario.pool)));
	const point = new Bn((pool.value.isTimedBySlot ? slot : unixSeconds).toString());
	const terms = [decoded, point, new Bn(amount.toString()), 0, direction === "aToB", hasReferral, 6, 6];
	const theirs = () => sdk.swapQuoteExactInput(...terms).outputAmount;
	try {
		theirs();
	} catch {
		// The SDK refuses some swaps that the program takes.
		return null;
	}
	return {
		ours() {
			const quote = quoteExactIn(request);
			return quote.ok ? quote.value.amountOut : quote.error;
		},
		theirs,
	};
}

/** The SDK's coder gives names with underscores, its quotes read the others. */
function camelCased(value: unknown): unknown {
	if (value === null || typeof value !== "object" || value.constructor !== Object) return value;
	const entries = Object.entries(value).map(([name, inner]) => {
		return [name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()), camelCased(inner)];
	});
	return Object.fromEntries(entries);
}
