import type { ReferencePrice } from "../market/reference-prices.ts";
import type { OrderIntent, SwapLeg } from "../strategy/order-intent.ts";
import { type Denial, deny } from "./gate-view.ts";
import type { PriceSource } from "./price-source.ts";

const BPS = 10_000n;
/** Doubles decide only what is further inside the collar than their rounding could ever be. */
const DOUBT = 1e-9;

/**
 * Whether every swap's price is near the reference of its pair: the least that it must bring not below it by more than
 * the collar, and what it is expected to bring not above it by more. The lower edge keeps an order from being filled at
 * a price that nobody meant, the upper one keeps a quote on a pool whose state is wrong from being believed.
 */
export function checkCollar({ legs }: OrderIntent, prices: PriceSource, collarBps: bigint): Denial | null {
	const share = Number(collarBps) / Number(BPS);
	for (let at = 0; at < legs.length; at++) {
		const leg = legs[at] as SwapLeg;
		const { mintIn, mintOut, amountIn, minimumAmountOut, expectedAmountOut } = leg;
		const reference = prices.price(mintIn, mintOut);
		if (!reference) return deny("noReference", `no fresh pool tells the price of ${mintIn} in ${mintOut}`);
		const fair = Number(amountIn) * reference.rough;
		const isFarInside =
			Number(minimumAmountOut) > fair * (1 - share + DOUBT) && Number(expectedAmountOut) < fair * (1 + share - DOUBT);
		if (isFarInside) continue;
		const outside = findOutside(leg, reference, collarBps);
		if (outside) return deny("priceCollar", `legs[${at}] ${outside}`);
	}
	return null;
}

/** To the unit: `amountOut / amountIn` against the reference's, without a division. */
function findOutside(leg: SwapLeg, { amountIn, amountOut }: ReferencePrice, collarBps: bigint): string | null {
	const fair = leg.amountIn * amountOut;
	const unit = BPS * amountIn;
	const away = `more than ${collarBps} bps from the reference of ${fair / amountIn}`;
	if (leg.minimumAmountOut * unit < fair * (BPS - collarBps)) return `may bring ${leg.minimumAmountOut}, ${away}`;
	if (leg.expectedAmountOut * unit > fair * (BPS + collarBps)) {
		return `is expected to bring ${leg.expectedAmountOut}, ${away}`;
	}
	return null;
}

/**
 * What a swap from holdings can lose by its guard, in base units of the funding mint: what it spends less what the
 * least that it must bring is worth at the reference, rounded up; 0 when the guard is above the reference.
 *
 * @throws Error when a price is missing: the collar is checked before
 */
export function lossByGuard({ legs }: OrderIntent, prices: PriceSource): bigint {
	const first = legs[0] as SwapLeg;
	let worth = (legs[legs.length - 1] as SwapLeg).minimumAmountOut;
	for (let at = legs.length - 1; at >= 0; at--) {
		const { mintIn, mintOut } = legs[at] as SwapLeg;
		const reference = prices.price(mintIn, mintOut);
		if (!reference) throw new Error(`${mintIn} has no reference: the collar is checked before losses`);
		worth = (worth * reference.amountIn) / reference.amountOut;
	}
	return worth < first.amountIn ? first.amountIn - worth : 0n;
}
