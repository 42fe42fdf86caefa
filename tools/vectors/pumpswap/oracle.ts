import { createRequire } from "node:module";
import type { Scenario } from "./scenario.ts";

/** What the official client says a swap gives, or why it would not. */
export type Said =
	| { readonly ok: true; readonly amountIn: bigint; readonly amountOut: bigint; readonly net: bigint }
	| { readonly ok: false; readonly error: string };

/** As much of bn.js as is called here. */
interface Big {
	toString(): string;
}
type BigConstructor = new (text: string) => Big;
type Fields = Readonly<Record<string, unknown>>;

/** As much of @pump-fun/pump-swap-sdk as is called here. */
interface Sdk {
	readonly PUMP_AMM_SDK: {
		decodePool(account: { readonly data: Buffer }): Fields & { readonly virtualQuoteReserves: Big };
		decodeGlobalConfig(account: { readonly data: Buffer }): Fields;
		decodeFeeConfig(account: { readonly data: Buffer }): Fields;
	};
	buyQuoteInput(input: Fields): { readonly base: Big; readonly internalQuoteWithoutFees: Big };
	buyBaseInput(input: Fields): { readonly uiQuote: Big; readonly internalQuoteAmount: Big };
	sellBaseInput(input: Fields): { readonly uiQuote: Big; readonly internalQuoteAmountOut: Big };
	sellQuoteInput(input: Fields): { readonly base: Big };
}

const MOST_ROUNDED = 3n;

/** The official client, installed in a folder outside this repository: it reads the accounts and computes the swap. */
export class Oracle {
	readonly version: string;
	readonly #sdk: Sdk;
	readonly #big: BigConstructor;

	constructor(folder: string) {
		const load = createRequire(`${folder}/package.json`);
		this.#sdk = load("@pump-fun/pump-swap-sdk") as Sdk;
		this.#big = load("bn.js") as BigConstructor;
		this.version = (load(`${folder}/node_modules/@pump-fun/pump-swap-sdk/package.json`) as { version: string }).version;
	}

	run(scenario: Scenario): Said {
		try {
			return this.#run(scenario);
		} catch (error) {
			return { ok: false, error: error instanceof Error ? error.message : String(error) };
		}
	}

	#run(scenario: Scenario): Said {
		const { direction, exact, amount } = scenario;
		const state = this.#state(scenario);
		const value = this.#of(amount);
		if (direction === "bToA" && exact === "in") {
			const { base, internalQuoteWithoutFees } = this.#sdk.buyQuoteInput({ ...state, quote: value });
			const net = number(internalQuoteWithoutFees);
			// The client goes on with a negative input, which the program's unsigned numbers do not have (error 6039).
			if (net < 1n) return { ok: false, error: "Not enough quote tokens to cover for fees." };
			return { ok: true, amountIn: amount, amountOut: number(base), net };
		}
		if (direction === "bToA") {
			const { uiQuote, internalQuoteAmount } = this.#sdk.buyBaseInput({ ...state, base: value });
			return { ok: true, amountIn: number(uiQuote), amountOut: amount, net: number(internalQuoteAmount) };
		}
		if (exact === "in") {
			const { uiQuote, internalQuoteAmountOut } = this.#sdk.sellBaseInput({ ...state, base: value });
			return { ok: true, amountIn: amount, amountOut: number(uiQuote), net: number(internalQuoteAmountOut) };
		}
		return this.#soldFor(state, amount);
	}

	/** The client's own inverse falls short where the fees are rounded up: it is asked for more until the sale gives enough. */
	#soldFor(state: Fields, amount: bigint): Said {
		for (let aim = amount; aim <= amount + MOST_ROUNDED; aim++) {
			const { base } = this.#sdk.sellQuoteInput({ ...state, quote: this.#of(aim) });
			try {
				const { uiQuote, internalQuoteAmountOut } = this.#sdk.sellBaseInput({ ...state, base });
				if (number(uiQuote) < amount) continue;
				return { ok: true, amountIn: number(base), amountOut: number(uiQuote), net: number(internalQuoteAmountOut) };
			} catch (error) {
				if (!(error instanceof Error && error.message.startsWith("Fees exceed"))) throw error;
			}
		}
		return { ok: false, error: "No sale gives that." };
	}

	#state({ pool, global, feeConfig, baseMint, vaultA, vaultB }: Scenario): Fields {
		const read = this.#sdk.PUMP_AMM_SDK;
		const decoded = read.decodePool({ data: Buffer.from(pool) });
		return {
			slippage: 0,
			baseReserve: this.#of(vaultA),
			quoteReserve: this.#of(vaultB),
			virtualQuoteReserves: decoded.virtualQuoteReserves,
			globalConfig: read.decodeGlobalConfig({ data: Buffer.from(global) }),
			feeConfig: read.decodeFeeConfig({ data: Buffer.from(feeConfig) }),
			baseMintAccount: { supply: Buffer.from(baseMint).readBigUInt64LE(36) },
			baseMint: decoded["baseMint"],
			quoteMint: decoded["quoteMint"],
			coinCreator: decoded["coinCreator"],
			creator: decoded["creator"],
			isMayhemMode: decoded["isMayhemMode"],
			creatorFeeBps: decoded["creatorFeeBps"],
		};
	}

	#of(value: bigint): Big {
		return new this.#big(value.toString());
	}
}

function number(big: Big): bigint {
	return BigInt(big.toString());
}
