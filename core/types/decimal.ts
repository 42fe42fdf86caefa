import { failure, type Result, success } from "./result.ts";

/** Why a text is not an amount of an asset: not digits with at most one point, or finer than the asset's base unit. */
export type DecimalErrorCode = "malformed" | "tooPrecise";

const DECIMAL_PATTERN = /^(\d+)(?:\.(\d+))?$/;

/**
 * A non-negative amount in whole units, such as "12.5", as base units of an asset with `decimals` places. Exact: what
 * the asset cannot hold is refused, never rounded.
 */
export function parseDecimal(text: string, decimals: number): Result<bigint, DecimalErrorCode> {
	const match = DECIMAL_PATTERN.exec(text);
	if (!match) return failure("malformed");
	const fraction = (match[2] ?? "").replace(/0+$/, "");
	if (fraction.length > decimals) return failure("tooPrecise");
	return success(BigInt(`${match[1]}${fraction.padEnd(decimals, "0")}`));
}
