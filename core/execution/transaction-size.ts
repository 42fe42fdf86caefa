import type { PoolDescriptor, VenueId } from "../market/pool.ts";
import { AMM_AUTHORITY, RAYDIUM_AMM_V4_PROGRAM } from "../market/venues/raydium-amm-v4/layout.ts";
import { CPMM_AUTHORITY, RAYDIUM_CPMM_PROGRAM } from "../market/venues/raydium-cpmm/layout.ts";
import { INTENT_ID_LENGTH } from "../types/identifiers.ts";
import type { FlashLender, LenderKind } from "./flash-loan.ts";

/** Solana's limit: what fits an IPv6 packet (`PACKET_DATA_SIZE`). */
export const LARGEST_TRANSACTION_BYTES = 1_232;

/** What a trade's transaction consists of. */
export interface SizedRoute {
	readonly lender: FlashLender | null;
	/** One for every leg. */
	readonly pools: readonly PoolDescriptor[];
	readonly isTipped: boolean;
}

/** Count of signatures, one signature, version, header, count of keys, blockhash, counts of instructions and tables. */
const FRAME_BYTES = 1 + 64 + 1 + 3 + 1 + 32 + 1 + 1;
const KEY_BYTES = 32;
/** An instruction's program and its two counts. */
const INSTRUCTION_BYTES = 3;
const COMPUTE_BUDGET_BYTES = INSTRUCTION_BYTES + 5 + INSTRUCTION_BYTES + 9;
const TIP_ACCOUNTS = 2;
const TIP_DATA = 12;
const SPL_TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA";

interface InstructionSize {
	readonly accounts: number;
	readonly data: number;
}

const LOANS: Readonly<Record<LenderKind, { readonly borrow: InstructionSize; readonly repay: InstructionSize }>> = {
	klend: { borrow: { accounts: 12, data: 16 }, repay: { accounts: 12, data: 17 } },
	solend: { borrow: { accounts: 7, data: 9 }, repay: { accounts: 9, data: 10 } },
};

const SWAPS: Readonly<Record<VenueId, InstructionSize>> = {
	"raydium-cpmm": { accounts: 13, data: 24 },
	"raydium-amm-v4": { accounts: 17, data: 17 },
};

/** Bytes of a trade's transaction without lookup tables, exactly. */
export function transactionBytes({ lender, pools, isTipped }: SizedRoute): number {
	const keys = new Set<string>(["wallet", "compute budget", "memo"]);
	let bytes = FRAME_BYTES + COMPUTE_BUDGET_BYTES + INSTRUCTION_BYTES + INTENT_ID_LENGTH;
	for (const pool of pools) {
		bytes += instructionBytes(SWAPS[pool.venue]);
		for (const key of poolKeys(pool)) keys.add(key);
		keys.add(`of the wallet: ${pool.mintA}`);
		keys.add(`of the wallet: ${pool.mintB}`);
	}
	if (lender) {
		bytes += instructionBytes(LOANS[lender.kind].borrow) + instructionBytes(LOANS[lender.kind].repay);
		for (const key of lenderKeys(lender)) keys.add(key);
	}
	if (isTipped) {
		bytes += instructionBytes({ accounts: TIP_ACCOUNTS, data: TIP_DATA });
		keys.add("system");
		keys.add("tip");
	}
	return bytes + keys.size * KEY_BYTES;
}

/** Whether a trade's transaction fits without lookup tables. */
export function fitsPacket(route: SizedRoute): boolean {
	return transactionBytes(route) <= LARGEST_TRANSACTION_BYTES;
}

function instructionBytes({ accounts, data }: InstructionSize): number {
	return INSTRUCTION_BYTES + accounts + data;
}

function poolKeys({ venue, address, vaultA, vaultB, mintA, mintB, swapAccounts }: PoolDescriptor): readonly string[] {
	const own = [address, vaultA, vaultB];
	if (venue === "raydium-amm-v4") return [...own, RAYDIUM_AMM_V4_PROGRAM, AMM_AUTHORITY, SPL_TOKEN];
	const { ammConfig, token0Program, token1Program, observationState } = swapAccounts;
	const named = [ammConfig, token0Program, token1Program, observationState].filter((key) => key !== undefined);
	return [...own, RAYDIUM_CPMM_PROGRAM, CPMM_AUTHORITY, mintA, mintB, ...named];
}

function lenderKeys(lender: FlashLender): readonly string[] {
	const { program, reserve, lendingMarket, lendingMarketAuthority, supplyVault, feeVault, tokenProgram } = lender;
	const keys = [program, reserve, lendingMarket, lendingMarketAuthority, supplyVault, feeVault, tokenProgram];
	return lender.kind === "klend" ? [...keys, "instructions", lender.mint] : [...keys, "instructions"];
}
