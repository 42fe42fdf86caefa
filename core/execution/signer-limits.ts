import type { Address } from "../types/address.ts";
import { parseDecimal } from "../types/decimal.ts";
import { failure, type Result, success } from "../types/result.ts";
import type { NotionalCap, SignerLimits } from "./signer-policy.ts";

/** The limits of the signer as the configuration gives them: lamports, and amounts in whole units by symbol. */
export interface SignerSettings {
	readonly max_fee_lamports: number;
	readonly max_tip_lamports: number;
	readonly max_hourly_lamports: number;
	readonly max_hourly_signatures: number;
	readonly caps: readonly { readonly asset: string; readonly per_transaction: string; readonly per_hour: string }[];
}

export interface SignerLimitsOptions {
	readonly settings: SignerSettings;
	readonly assets: readonly { readonly symbol: string; readonly mint: string; readonly decimals: number }[];
	readonly tipAccounts: readonly string[];
}

/** The limits in base units, or everything that is wrong with them, in one line each. */
export function signerLimitsFrom(options: SignerLimitsOptions): Result<SignerLimits, readonly string[]> {
	const { settings, assets, tipAccounts } = options;
	const problems: string[] = [];
	const notional = new Map<Address, NotionalCap>();
	settings.caps.forEach(({ asset: symbol, per_transaction, per_hour }, index) => {
		const asset = assets.find((known) => known.symbol === symbol);
		if (!asset) {
			problems.push(`security.caps.${index}.asset: expected a symbol listed under assets, got "${symbol}"`);
			return;
		}
		const perTransaction = parseDecimal(per_transaction, asset.decimals);
		const perHour = parseDecimal(per_hour, asset.decimals);
		if (!perTransaction.ok)
			problems.push(`security.caps.${index}.per_transaction: finer than ${symbol} can be divided`);
		if (!perHour.ok) problems.push(`security.caps.${index}.per_hour: finer than ${symbol} can be divided`);
		if (!perTransaction.ok || !perHour.ok) return;
		notional.set(asset.mint as Address, { perTransaction: perTransaction.value, perHour: perHour.value });
	});
	if (problems.length > 0) return failure(problems);
	return success({
		maxFeeLamports: BigInt(settings.max_fee_lamports),
		maxTipLamports: BigInt(settings.max_tip_lamports),
		maxHourlyLamports: BigInt(settings.max_hourly_lamports),
		maxHourlySignatures: settings.max_hourly_signatures,
		notional,
		tipAccounts: new Set(tipAccounts as readonly Address[]),
	});
}
