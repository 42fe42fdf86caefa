import { RAYDIUM_CLMM_PROGRAM } from "../../core/market/venues/raydium-clmm/pool-account.ts";
import { quoteExactIn } from "../../core/market/venues/raydium-clmm/quote.ts";
import { seededRandom } from "../../libs/random.ts";
import {
	arrayData,
	configData,
	extensionData,
	MINTS,
	POOL,
	poolData,
} from "../../tools/vectors/raydium-clmm/accounts.ts";
import { opened, quoted } from "../../tools/vectors/raydium-clmm/compare.ts";
import { type Scenario, ScenarioSource } from "../../tools/vectors/raydium-clmm/scenario.ts";
import type { QuoteCase, Quoted, QuotePeer } from "./peer.ts";

const SEED = 5;
const COUNT = 24;

interface Layout {
	decode(data: Buffer): object;
}

interface Sdk {
	readonly PoolInfoLayout: Layout;
	readonly ClmmConfigLayout: Layout;
	readonly TickArrayBitmapExtensionLayout: Layout;
	readonly TickArrayLayout: Layout;
	getPdaTickArrayAddress(...seeds: unknown[]): { readonly publicKey: object };
	readonly PoolUtils: {
		getOutputAmountAndRemainAccounts(...terms: unknown[]): { readonly expectedAmountOut: Quoted };
	};
}

interface Packages {
	readonly sdk: Sdk;
	readonly Key: new (address: string) => object;
	readonly Bn: new (digits: string) => object;
}

/** raydium-sdk-v2, `PoolUtils.getOutputAmountAndRemainAccounts`: what its users call for a quote. */
export const raydiumClmm: QuotePeer = {
	name: "Raydium CLMM",
	cases(load) {
		const { PublicKey } = load("@solana/web3.js") as { readonly PublicKey: Packages["Key"] };
		const packages = {
			sdk: load("@raydium-io/raydium-sdk-v2") as Sdk,
			Key: PublicKey,
			Bn: load("bn.js") as Packages["Bn"],
		};
		const source = new ScenarioSource(seededRandom(SEED));
		const cases: QuoteCase[] = [];
		while (cases.length < COUNT) {
			const one = caseOf(source.next(), packages);
			if (one !== null) cases.push(one);
		}
		return cases;
	},
};

/** Null: no such swap, or one of the two refuses it or gives something else for an amount that is left over. */
function caseOf(scenario: Scenario, { sdk, Key, Bn }: Packages): QuoteCase | null {
	const { amount, arrays, direction, epoch, exact, transferFeeA, transferFeeB, unixSeconds } = scenario;
	if (exact !== "in" || transferFeeA || transferFeeB || amount < 1_000n) return null;
	const market = opened(scenario);
	if (!quoted(scenario, market).ok) return null;
	const request = { ...market, direction, amount, clock: { slot: 0n, epoch, unixSeconds } };
	const programId = new Key(RAYDIUM_CLMM_PROGRAM);
	const id = new Key(POOL);
	const known: Record<number, object> = {};
	for (const start of arrays) {
		const address = sdk.getPdaTickArrayAddress(programId, id, start).publicKey;
		known[start] = { ...sdk.TickArrayLayout.decode(Buffer.from(arrayData(scenario, start))), address };
	}
	const info = {
		programId,
		id,
		accInfo: sdk.PoolInfoLayout.decode(Buffer.from(poolData(scenario))),
		ammConfig: sdk.ClmmConfigLayout.decode(Buffer.from(configData(scenario))),
		mintA: { address: MINTS[0] },
		mintB: { address: MINTS[1] },
	};
	const extension = sdk.TickArrayBitmapExtensionLayout.decode(Buffer.from(extensionData(scenario)));
	const input = new Key(direction === "aToB" ? MINTS[0] : MINTS[1]);
	const terms = [info, extension, known, input, new Bn(amount.toString()), Number(unixSeconds)];
	const theirs = () => sdk.PoolUtils.getOutputAmountAndRemainAccounts(...terms).expectedAmountOut;
	const ours = () => {
		const quote = quoteExactIn(request);
		return quote.ok ? quote.value.amountOut : quote.error;
	};
	try {
		return theirs().toString() === ours().toString() ? { ours, theirs } : null;
	} catch {
		// The SDK refuses some swaps that the program takes.
		return null;
	}
}
