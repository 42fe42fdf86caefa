import { createNoopSigner, type Instruction } from "@solana/web3.js";
import { getSetComputeUnitLimitInstruction, getSetComputeUnitPriceInstruction } from "@solana-program/compute-budget";
import { getTransferSolInstruction } from "@solana-program/system";
import type { FlashLender } from "../../core/execution/flash-loan.ts";
import type { PoolDescriptor } from "../../core/market/pool.ts";
import type { Direction } from "../../core/market/venues/venue.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { Address } from "../../core/types/address.ts";
import { FLASH_LOAN_AMOUNT_OFFSETS, flashBorrow, flashRepay } from "./instructions/flash-loan.ts";
import { memo } from "./memo.ts";
import { SWAP_BUILDERS, swapInstruction } from "./swaps/swap.ts";

/** The way of a trade, without its amounts: what a message is compiled for. */
export interface Route {
	/** Null: the trade spends what the wallet has. */
	readonly lender: FlashLender | null;
	readonly legs: readonly RouteLeg[];
	/** Null: no tip is paid. */
	readonly tipAccount: Address | null;
}

export interface RouteLeg {
	readonly pool: PoolDescriptor;
	readonly direction: Direction;
	/** The arrays that the swap has to name, in the program's order. */
	readonly arrays: readonly Address[];
}

/** The wallet of a route, and its token account for every mint on the way. */
export interface RouteWallet {
	readonly address: Address;
	readonly tokenAccounts: ReadonlyMap<Address, Address>;
}

/** The values of one trade over a route. */
export type RouteValues = Pick<OrderIntent, "intentId" | "computeUnitLimit" | "computeUnitPriceMicroLamports"> & {
	readonly loan: Pick<NonNullable<OrderIntent["loan"]>, "amount"> | null;
	readonly tip: Pick<NonNullable<OrderIntent["tip"]>, "lamports"> | null;
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
	readonly loan: { readonly borrowAmount: DataPosition; readonly repayAmount: DataPosition } | null;
	readonly legs: readonly { readonly amountIn: DataPosition; readonly minimumAmountOut: DataPosition }[];
	readonly tipLamports: DataPosition | null;
}

export interface RouteInstructions {
	readonly instructions: readonly Instruction[];
	readonly positions: RoutePositions;
}

/** After one byte of tag (ComputeBudget program, `ComputeBudgetInstruction`, borsh). */
const COMPUTE_BUDGET_VALUE_OFFSET = 1;
/** After four bytes of tag (System program, `SystemInstruction::Transfer`, bincode). */
const TRANSFER_LAMPORTS_OFFSET = 4;
/** Compute unit limit, compute unit price and memo stand before all else. */
const LEADING_INSTRUCTIONS = 3;

/**
 * The instructions of a trade in order: compute unit limit, compute unit price, memo of the intent id, flash borrow, the
 * swaps, flash repay, tip. Loan and tip are left out where the route has none.
 *
 * @throws Error when the wallet has no token account for a mint on the way, or the route's loan or tip has no amount
 */
export function routeInstructions(route: Route, wallet: RouteWallet, values: RouteValues): RouteInstructions {
	const borrowIndex = LEADING_INSTRUCTIONS;
	const firstLeg = borrowIndex + (route.lender ? 1 : 0);
	const afterLegs = firstLeg + route.legs.length;
	const swaps = swapInstructions(route, wallet, values);
	const loan = loanInstructions(route, wallet, { values, borrowIndex });
	const tip = tipInstructions(route, wallet, values);
	const tipIndex = afterLegs + loan.repay.length;
	return {
		instructions: [
			getSetComputeUnitLimitInstruction({ units: values.computeUnitLimit }),
			getSetComputeUnitPriceInstruction({ microLamports: values.computeUnitPriceMicroLamports }),
			memo(values.intentId),
			...loan.borrow,
			...swaps,
			...loan.repay,
			...tip,
		],
		positions: {
			computeUnitLimit: { instruction: 0, offset: COMPUTE_BUDGET_VALUE_OFFSET },
			computeUnitPrice: { instruction: 1, offset: COMPUTE_BUDGET_VALUE_OFFSET },
			memo: { instruction: 2, offset: 0 },
			loan: route.lender && {
				borrowAmount: { instruction: borrowIndex, offset: FLASH_LOAN_AMOUNT_OFFSETS[route.lender.kind].borrow },
				repayAmount: { instruction: afterLegs, offset: FLASH_LOAN_AMOUNT_OFFSETS[route.lender.kind].repay },
			},
			legs: route.legs.map(({ pool }, index) => {
				const { amountIn, minimumAmountOut } = SWAP_BUILDERS[pool.venue].amountOffsets;
				const instruction = firstLeg + index;
				return {
					amountIn: { instruction, offset: amountIn },
					minimumAmountOut: { instruction, offset: minimumAmountOut },
				};
			}),
			tipLamports: route.tipAccount && { instruction: tipIndex, offset: TRANSFER_LAMPORTS_OFFSET },
		},
	};
}

function swapInstructions(route: Route, wallet: RouteWallet, values: RouteValues): Instruction[] {
	return route.legs.map(({ pool, direction, arrays }, index) => {
		const [mintIn, mintOut] = direction === "aToB" ? [pool.mintA, pool.mintB] : [pool.mintB, pool.mintA];
		const amounts = values.legs[index];
		if (!amounts) throw new Error(`leg ${index} of the route through ${pool.address} has no amounts`);
		return swapInstruction({
			pool,
			direction,
			arrays,
			owner: wallet.address,
			inputTokenAccount: tokenAccount(wallet, mintIn),
			outputTokenAccount: tokenAccount(wallet, mintOut),
			...amounts,
		});
	});
}

function loanInstructions(
	{ lender }: Route,
	wallet: RouteWallet,
	{ values, borrowIndex }: { readonly values: RouteValues; readonly borrowIndex: number },
): { readonly borrow: readonly Instruction[]; readonly repay: readonly Instruction[] } {
	if (!lender) return { borrow: [], repay: [] };
	if (!values.loan) throw new Error(`the route borrows from ${lender.reserve}, and the trade has no loan`);
	const loan = {
		lender,
		userTransferAuthority: wallet.address,
		userLiquidity: tokenAccount(wallet, lender.mint),
		amount: values.loan.amount,
	};
	return { borrow: [flashBorrow(loan)], repay: [flashRepay({ ...loan, borrowInstructionIndex: borrowIndex })] };
}

function tipInstructions({ tipAccount }: Route, wallet: RouteWallet, { tip }: RouteValues): readonly Instruction[] {
	if (!tipAccount) return [];
	if (!tip) throw new Error(`the route tips ${tipAccount}, and the trade has no tip`);
	const source = createNoopSigner(wallet.address);
	return [getTransferSolInstruction({ source, destination: tipAccount, amount: tip.lamports })];
}

function tokenAccount(wallet: RouteWallet, mint: Address): Address {
	const account = wallet.tokenAccounts.get(mint);
	if (account === undefined) throw new Error(`wallet ${wallet.address} has no token account for mint ${mint}`);
	return account;
}
