import { type FeePolicy, type FeeQuote, routeName } from "../execution/fee-policy.ts";
import { tipAccountOf, tipLamports } from "../execution/tip.ts";
import type { Tip } from "../strategy/order-intent.ts";
import type { OrderRoute } from "./order-route.ts";

/** What an attempt pays, beside what it trades. */
export interface OrderPayment {
	readonly fee: FeeQuote;
	/** Null: no tip is paid. */
	readonly tip: Tip | null;
}

/**
 * What to pay for a route by the policy of now. A tip is a share of a profit, and an order has none to share: it tips the
 * least that the terms allow, and what does not land pays no tip.
 */
export function payForOrder(route: OrderRoute, fees: FeePolicy): OrderPayment {
	const legs = route.map(({ row, direction }) => ({ pool: row.pool.address, direction }));
	const name = routeName(null, legs);
	const fee = fees.quote({ name, pools: legs.map(({ pool }) => pool) });
	const { tip: terms } = fees;
	const lamports = terms && tipLamports(terms, { profitLamports: 0n, roomLamports: terms.maximumLamports });
	return { fee, tip: lamports ? { account: tipAccountOf(name, terms.accounts), lamports } : null };
}
