import type { Config } from "../../../config/schema.ts";
import type { FeePolicyParameters } from "../../../core/execution/fee-policy.ts";
import { readFeeSettings } from "../../../core/execution/fee-settings.ts";
import type { ComputeBudget } from "../../../core/strategy/network-cost.ts";
import type { Address } from "../../../core/types/address.ts";
import { parseDecimal } from "../../../core/types/decimal.ts";
import { failure, type Result, success } from "../../../core/types/result.ts";
import { blockEngineUrls } from "../../../libs/block-engine/urls.ts";

/** What the desk is told by the configuration, in base units. */
export interface OrderSettings {
	readonly maximumOpen: number;
	readonly maximumFailures: number;
	readonly defaultSlippageBps: number;
	readonly minimumPartBps: number;
	readonly retryMs: number;
	readonly deadlineMs: number;
	/** Of an arbitrage by hand. */
	readonly budget: ComputeBudget;
	readonly fees: FeePolicyParameters;
	readonly mintBySymbol: ReadonlyMap<string, Address>;
	/** The most that risk lets through at once, by the mint given. A mint that is absent has no limits, and is refused there. */
	readonly maximumPart: ReadonlyMap<Address, bigint>;
}

/** Reads the desk's settings, or every reason why there are none, a line each. */
export function orderSettings(
	config: Pick<Config, "assets" | "risk" | "execution" | "chain" | "block_engine">,
): Result<OrderSettings, readonly string[]> {
	const { assets, risk, execution } = config;
	const problems: string[] = [];
	const maximumPart = new Map<Address, bigint>();
	for (const { asset: symbol, max_intent_notional, max_order_size } of risk.limits) {
		const asset = assets.find((candidate) => candidate.symbol === symbol);
		const amounts = [max_intent_notional, max_order_size].map((text) => parseDecimal(text, asset?.decimals ?? 0));
		const [notional, size] = amounts;
		if (!asset || !notional?.ok || !size?.ok) {
			problems.push(`risk.limits of ${symbol} name no amounts of a listed asset`);
			continue;
		}
		const isSizeLess = size.value < notional.value;
		maximumPart.set(asset.mint as Address, (isSizeLess ? size : notional).value);
	}
	const fees = readFeeSettings(config, blockEngineUrls(config).length > 0);
	if (!fees.ok) return failure([...problems, ...fees.error]);
	if (problems.length > 0) return failure(problems);
	const { orders } = execution;
	return success({
		maximumOpen: orders.max_open,
		maximumFailures: orders.max_failures,
		defaultSlippageBps: orders.default_slippage_bps,
		minimumPartBps: orders.minimum_part_bps,
		retryMs: orders.retry_ms,
		deadlineMs: execution.intent_deadline_ms,
		budget: {
			computeUnitLimit: execution.compute_unit_limit,
			computeUnitPriceMicroLamports: BigInt(execution.compute_unit_price_micro_lamports),
		},
		fees: fees.value,
		mintBySymbol: new Map(assets.map(({ symbol, mint }) => [symbol, mint as Address])),
		maximumPart,
	});
}
