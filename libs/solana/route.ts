import type { Instruction } from "@solana/web3.js";
import { getSetComputeUnitLimitInstruction, getSetComputeUnitPriceInstruction } from "@solana-program/compute-budget";
import type { FlashLender } from "../../core/execution/flash-loan.ts";
import type { PoolDescriptor } from "../../core/market/pool.ts";
import type { Direction } from "../../core/market/venues/venue.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { Address } from "../../core/types/address.ts";
import { FLASH_BORROW_OFFSET, FLASH_REPAY_OFFSET, flashBorrow, flashRepay } from "./instructions/klend.ts";
import { SWAP_AMOUNT_OFFSETS, swapInstruction } from "./instructions/swap.ts";
import { memo } from "./memo.ts";

/** The way of a trade, without its amounts: what a message is compiled for. */
export interface Route {
	readonly lender: FlashLender;
	readonly legs: readonly RouteLeg[];
}

export interface RouteLeg {
	readonly pool: PoolDescriptor;
	readonly direction: Direction;
}

/** The wallet of a route, and its token account for every mint on the way. */
export interface RouteWallet {
	readonly address: Address;
	readonly tokenAccounts: ReadonlyMap<Address, Address>;
}

/** The values of one trade over a route. */
export type RouteValues = Pick<OrderIntent, "intentId" | "computeUnitLimit" | "computeUnitPriceMicroLamports"> & {
	readonly loan: Pick<OrderIntent["loan"], "amount">;
	readonly legs: readonly Pick<OrderIntent["legs"][number], "amountIn" | "minimumAmountOut">[];
};

/** Where a value stands: in which instruction, and at which byte of its data. */
export interface DataPosition {
	readonly instruction: number;
	readonly offset: number;
}

/** The positions of every value that differs from trade to trade. */
export interface RoutePositions {
	/** u32. */
	readonly computeUnitLimit: DataPosition;
	/** u64, as all that follow but the memo. */
	readonly computeUnitPrice: DataPosition;
	/** ASCII text of fixed length. */
	readonly memo: DataPosition;
	readonly borrowAmount: DataPosition;
	readonly legs: readonly { readonly amountIn: DataPosition; readonly minimumAmountOut: DataPosition }[];
	readonly repayAmount: DataPosition;
}

export interface RouteInstructions {
	readonly instructions: readonly Instruction[];
	readonly positions: RoutePositions;
}

/** After one byte of tag (ComputeBudget program, `ComputeBudgetInstruction`, borsh). */
const COMPUTE_BUDGET_VALUE_OFFSET = 1;

/**
 * The instructions of a flash-loan trade in order: compute unit limit, compute unit price, memo of the intent id, flash
 * borrow, the swaps, flash repay.
 *
 * @throws Error when the wallet has no token account for a mint on the way
 */
export function routeInstructions(route: Route, wallet: RouteWallet, values: RouteValues): RouteInstructions {
	const { lender } = route;
	const loan = {
		lender,
		userTransferAuthority: wallet.address,
		userLiquidity: tokenAccount(wallet, lender.mint),
		amount: values.loan.amount,
	};
	const borrowIndex = 3;
	const swaps = route.legs.map(({ pool, direction }, index) => {
		const [mintIn, mintOut] = direction === "aToB" ? [pool.mintA, pool.mintB] : [pool.mintB, pool.mintA];
		const amounts = values.legs[index];
		if (!amounts) throw new Error(`leg ${index} of the route through ${pool.address} has no amounts`);
		return swapInstruction({
			pool,
			direction,
			owner: wallet.address,
			inputTokenAccount: tokenAccount(wallet, mintIn),
			outputTokenAccount: tokenAccount(wallet, mintOut),
			...amounts,
		});
	});
	const repayIndex = borrowIndex + 1 + swaps.length;
	return {
		instructions: [
			getSetComputeUnitLimitInstruction({ units: values.computeUnitLimit }),
			getSetComputeUnitPriceInstruction({ microLamports: values.computeUnitPriceMicroLamports }),
			memo(values.intentId),
			flashBorrow(loan),
			...swaps,
			flashRepay({ ...loan, borrowInstructionIndex: borrowIndex }),
		],
		positions: {
			computeUnitLimit: { instruction: 0, offset: COMPUTE_BUDGET_VALUE_OFFSET },
			computeUnitPrice: { instruction: 1, offset: COMPUTE_BUDGET_VALUE_OFFSET },
			memo: { instruction: 2, offset: 0 },
			borrowAmount: { instruction: borrowIndex, offset: FLASH_BORROW_OFFSET.amount },
			legs: route.legs.map(({ pool }, index) => {
				const { amountIn, minimumAmountOut } = SWAP_AMOUNT_OFFSETS[pool.venue];
				const instruction = borrowIndex + 1 + index;
				return {
					amountIn: { instruction, offset: amountIn },
					minimumAmountOut: { instruction, offset: minimumAmountOut },
				};
			}),
			repayAmount: { instruction: repayIndex, offset: FLASH_REPAY_OFFSET.amount },
		},
	};
}

function tokenAccount(wallet: RouteWallet, mint: Address): Address {
	const account = wallet.tokenAccounts.get(mint);
	if (account === undefined) throw new Error(`wallet ${wallet.address} has no token account for mint ${mint}`);
	return account;
}
