/** An order as the gateway tells it: amounts are digits. */
export interface OrderAnswer {
	readonly orderId: string;
	readonly side: string;
	readonly type: string;
	readonly timeInForce: string;
	readonly baseMint: string;
	readonly quoteMint: string;
	readonly amount: string;
	readonly limitPrice: string | null;
	readonly stopPrice: string | null;
	readonly status: string;
	readonly spent: string;
	readonly received: string;
	readonly isFinal: boolean;
	readonly reversals: number;
	readonly end: { readonly code: string; readonly detail: string } | null;
}

export interface PositionAnswer {
	readonly symbol: string;
	readonly decimals: number;
	readonly balance: string;
	readonly reserved: string;
}

export interface KnownAsset {
	readonly symbol: string;
	readonly mint: string;
	readonly decimals: number;
}

/** An order in one line; what a fork can still take back says so. */
export function orderLine(order: OrderAnswer, assets: readonly KnownAsset[]): string {
	const { orderId, side, type, timeInForce, baseMint, quoteMint, limitPrice, stopPrice, end } = order;
	const of = (mint: string) => assets.find((asset) => asset.mint === mint) ?? { symbol: mint, decimals: 0 };
	const [given, taken] = side === "buy" ? [of(quoteMint), of(baseMint)] : [of(baseMint), of(quoteMint)];
	const parts = [
		orderId,
		order.status.padEnd(9),
		`${side} ${of(baseMint).symbol}/${of(quoteMint).symbol} ${type} ${timeInForce}`,
		...(limitPrice === null ? [] : [`limit ${limitPrice}`]),
		...(stopPrice === null ? [] : [`stop ${stopPrice}`]),
		`${decimal(order.spent, given.decimals)} of ${decimal(order.amount, given.decimals)} ${given.symbol}`,
		`for ${decimal(order.received, taken.decimals)} ${taken.symbol}`,
		...(end === null || end.code === order.status ? [] : [`(${end.code}: ${end.detail})`]),
		...(order.isFinal ? [] : ["not final yet"]),
		...(order.reversals > 0 ? [`taken back by forks: ${order.reversals}`] : []),
	];
	return parts.join("  ");
}

export function positionLine({ symbol, decimals, balance, reserved }: PositionAnswer): string {
	return `${symbol.padEnd(8)}  ${decimal(balance, decimals)}  reserved ${decimal(reserved, decimals)}`;
}

/** Digits of base units as a decimal in whole units, exact. */
function decimal(units: string, decimals: number): string {
	const sign = units.startsWith("-") ? "-" : "";
	const digits = units.slice(sign.length).padStart(decimals + 1, "0");
	const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "");
	const whole = digits.slice(0, digits.length - decimals);
	return `${sign}${whole}${decimals > 0 && fraction !== "" ? `.${fraction}` : ""}`;
}
