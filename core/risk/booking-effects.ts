import type { Address } from "../types/address.ts";
import type { BookedChange, Booking } from "./booking.ts";
import type { PositionChange, Positions } from "./positions.ts";
import type { Reservation } from "./reservation.ts";
import { Tally } from "./tally.ts";

/** What a booking does besides the sums of the books. With the other sign it is taken back exactly. */
export interface BookingEffects {
	/** Profit and loss of a trade by mint, network fees and tips in them. */
	readonly realised: readonly (readonly [Address, bigint])[];
	/** The same as {@link realised}, with costs where a guard covers them; see `Equity`. */
	readonly earned: readonly (readonly [Address, bigint])[];
	readonly positions: readonly PositionChange[];
}

/** Deposits, withdrawals and rents earn nothing. */
export const NO_EFFECTS: BookingEffects = { realised: [], earned: [], positions: [] };

/** What a transaction that traded did. Without its reservation it counts as a cycle: every change is profit or loss. */
export function tradeEffects(
	booking: Booking,
	reservation: Reservation | null,
	positions: Pick<Positions, "effectsOf">,
): BookingEffects {
	return reservation?.isFromHoldings === true
		? holdingSwapEffects(booking, reservation, positions)
		: cycleEffects(booking, reservation);
}

function cycleEffects({ changes }: Booking, reservation: Reservation | null): BookingEffects {
	const realised = new Tally<Address>();
	const earned = new Tally<Address>();
	// The chain let it pass: so its guard has paid for the network in the funding mint.
	const isCovered =
		reservation !== null && changes.some(({ mint, fill }) => mint === reservation.fundingMint && fill > 0n);
	for (const change of changes) {
		const costs = change.networkFee + (change.tip ?? 0n);
		realised.add(change.mint, netOf(change));
		earned.add(
			change.mint,
			isCovered && change.mint !== reservation.fundingMint ? netOf(change) + costs : netOf(change),
		);
	}
	const covered = isCovered ? (reservation.networkCost ?? 0n) : 0n;
	const isPaidElsewhere = !changes.some(({ mint, networkFee }) => mint === reservation?.fundingMint && networkFee > 0n);
	if (reservation && isPaidElsewhere) earned.add(reservation.fundingMint, -covered);
	return { realised: [...realised], earned: [...earned], positions: [] };
}

function holdingSwapEffects(
	{ changes }: Booking,
	{ fundingMint, receives, cash = [] }: Reservation,
	positions: Pick<Positions, "effectsOf">,
): BookingEffects {
	const realised = new Tally<Address>();
	for (const { mint, networkFee, tip = 0n, loanFee } of changes) realised.add(mint, -networkFee - tip - loanFee);
	const amountIn = -fillOf(changes, fundingMint);
	const amountOut = receives ? fillOf(changes, receives.mint) : 0n;
	if (!receives || amountIn <= 0n || amountOut <= 0n) {
		return { realised: [...realised], earned: [...realised], positions: [] };
	}
	const swap = positions.effectsOf({ mintIn: fundingMint, mintOut: receives.mint, amountIn, amountOut, cash });
	for (const [mint, amount] of swap.realised) realised.add(mint, amount);
	return { realised: [...realised], earned: [...realised], positions: swap.positions };
}

function fillOf(changes: readonly BookedChange[], mint: Address): bigint {
	return changes.find((change) => change.mint === mint)?.fill ?? 0n;
}

function netOf({ fill, loanFee, networkFee, tip = 0n }: BookedChange): bigint {
	return fill - loanFee - networkFee - tip;
}
