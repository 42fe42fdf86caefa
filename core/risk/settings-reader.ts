import { parseDecimal } from "../types/decimal.ts";

/** An asset as the configuration lists it. */
export interface Asset {
	readonly symbol: string;
	readonly mint: string;
	readonly decimals: number;
}

const SOL_DECIMALS = 9;

/** Turns the configuration's texts into base units, and keeps a line for everything that is wrong with them. */
export class SettingsReader {
	readonly problems: string[] = [];
	readonly #assets: ReadonlyMap<string, Asset>;

	constructor(assets: readonly Asset[]) {
		this.#assets = new Map(assets.map((asset) => [asset.symbol, asset]));
	}

	asset(symbol: string): Asset | undefined {
		return this.#assets.get(symbol);
	}

	report(problem: string): void {
		this.problems.push(problem);
	}

	/** An amount in whole units of an asset as base units; 0 when it is none, or the asset is unknown. */
	amount(text: string, symbol: string, what: string): bigint {
		const asset = this.asset(symbol);
		return asset ? this.#parse(text, asset.decimals, what) : 0n;
	}

	/** An amount in SOL as lamports; 0 when it is none. */
	lamports(text: string, what: string): bigint {
		return this.#parse(text, SOL_DECIMALS, what);
	}

	#parse(text: string, decimals: number, what: string): bigint {
		const parsed = parseDecimal(text, decimals);
		if (parsed.ok) return parsed.value;
		const why = parsed.error === "tooPrecise" ? `has more than ${decimals} digits behind the point` : "is no decimal";
		this.report(`${what}: "${text}" ${why}`);
		return 0n;
	}
}
