import { SOL_MINT } from "../execution/fill.ts";
import type { Address } from "../types/address.ts";
import { type Passage, PoolPassages } from "./pool-passages.ts";
import type { Reservation } from "./reservation.ts";
import { Tally } from "./tally.ts";

const NO_PASSAGES: readonly Passage[] = [];

/** What the open intents of one strategy claim. */
interface StrategyClaims {
	open: number;
	readonly notional: Tally<Address>;
	readonly loss: Tally<Address>;
}

/**
 * Sums over the open reservations, kept beside them because the gate asks for every intent. Adding one and removing it
 * leaves exactly what was before. Amounts in base units of their mint; fees and tips in lamports.
 */
export class OpenClaims {
	readonly passages = new PoolPassages();
	readonly #notional = new Tally<Address>();
	readonly #spent = new Tally<Address>();
	readonly #incoming = new Tally<Address>();
	readonly #loss = new Tally<Address>();
	readonly #strategies = new Map<string, StrategyClaims>();
	#fees = 0n;
	#tips = 0n;

	add(reservation: Reservation): void {
		this.#change(reservation, 1);
		this.passages.open(reservation.passages ?? NO_PASSAGES, reservation.slot ?? 0);
	}

	remove(reservation: Reservation): void {
		this.#change(reservation, -1);
		this.passages.close(reservation.passages ?? NO_PASSAGES);
	}

	/** What goes through open intents, borrowed or spent, by funding mint. */
	notional(mint: Address): bigint {
		return this.#notional.of(mint);
	}

	/** Everything that is in flight, by funding mint. */
	get notionals(): Iterable<readonly [Address, bigint]> {
		return this.#notional;
	}

	/** What open swaps take from the wallet's holdings, without fees. */
	spent(mint: Address): bigint {
		return this.#spent.of(mint);
	}

	/** What open swaps from holdings are expected to bring. */
	incoming(mint: Address): bigint {
		return this.#incoming.of(mint);
	}

	/**
	 * The most that everything open can still lose of a mint. A flash-loan cycle that lands has earned its minimum
	 * profit by the chain's own check, and one that reverts has cost its network fee; a swap from holdings can also lose
	 * what its guard leaves open. Tips are lost in SOL, but by cycles in SOL, whose guard covers them in the same mint.
	 */
	loss(mint: Address): bigint {
		return this.#loss.of(mint);
	}

	/** Network fees that everything open can cost. */
	get fees(): bigint {
		return this.#fees;
	}

	/** Tips that everything open can cost. */
	get tips(): bigint {
		return this.#tips;
	}

	notionalOf(strategy: string, mint: Address): bigint {
		return this.#strategies.get(strategy)?.notional.of(mint) ?? 0n;
	}

	lossOf(strategy: string, mint: Address): bigint {
		return this.#strategies.get(strategy)?.loss.of(mint) ?? 0n;
	}

	#change(reservation: Reservation, sign: 1 | -1): void {
		const { fundingMint, receives, strategy } = reservation;
		const notional = signed(reservation.notional, sign);
		const fee = signed(reservation.maximumFeeLamports, sign);
		const tip = signed(reservation.tipLamports ?? 0n, sign);
		const claims = this.#claimsOf(strategy);
		this.#notional.add(fundingMint, notional);
		claims.notional.add(fundingMint, notional);
		this.#fees += fee;
		this.#tips += tip;
		this.#loss.add(SOL_MINT, fee);
		claims.loss.add(SOL_MINT, fee);
		if (reservation.isFromHoldings === true) {
			const loss = signed(reservation.lossAtStake ?? 0n, sign);
			this.#spent.add(fundingMint, notional);
			this.#loss.add(fundingMint, loss);
			claims.loss.add(fundingMint, loss);
			if (receives) this.#incoming.add(receives.mint, signed(receives.amount, sign));
		}
		if (isTipAtStake(reservation)) {
			this.#loss.add(SOL_MINT, tip);
			claims.loss.add(SOL_MINT, tip);
		}
		claims.open += sign;
		if (claims.open === 0) this.#strategies.delete(strategy);
	}

	#claimsOf(strategy: string): StrategyClaims {
		let claims = this.#strategies.get(strategy);
		if (!claims) {
			claims = { open: 0, notional: new Tally(), loss: new Tally() };
			this.#strategies.set(strategy, claims);
		}
		return claims;
	}
}

/** Whether an intent's tip is a loss of SOL even when it lands as it should. */
export function isTipAtStake({
	fundingMint,
	isFromHoldings,
}: Pick<Reservation, "fundingMint" | "isFromHoldings">): boolean {
	return isFromHoldings === true || fundingMint !== SOL_MINT;
}

function signed(amount: bigint, sign: 1 | -1): bigint {
	return sign === 1 ? amount : -amount;
}
