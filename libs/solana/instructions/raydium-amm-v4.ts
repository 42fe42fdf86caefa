import { AccountRole, type Address } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { AMM_AUTHORITY, RAYDIUM_AMM_V4_PROGRAM } from "../../../core/market/venues/raydium-amm-v4/layout.ts";
import { writeUint64 } from "../../../core/types/bytes.ts";
import type { WholeInstruction } from "./whole-instruction.ts";

/** Instruction tags (raydium-amm, instruction.rs `AmmInstruction::unpack`). */
const TAG_SWAP_BASE_IN = 9;
const TAG_SWAP_BASE_OUT = 11;

/** Bytes of either swap instruction's data: tag, u64, u64. */
export const AMM_SWAP_DATA_SIZE = 17;

/** Where the amounts stand in `swapBaseIn` data, as little-endian u64. */
export const SWAP_BASE_IN_OFFSET = { amountIn: 1, minimumAmountOut: 9 } as const;

/** Where the amounts stand in `swapBaseOut` data, as little-endian u64. */
export const SWAP_BASE_OUT_OFFSET = { maximumAmountIn: 1, amountOut: 9 } as const;

/**
 * The order book's accounts. The program reads none of them while a pool stands at `SwapOnly`, so that without them the
 * pool's own address fills their places and the transaction carries no further keys.
 */
export interface AmmOrderBookAccounts {
	readonly openOrders: Address;
	readonly marketProgram: Address;
	readonly market: Address;
	readonly bids: Address;
	readonly asks: Address;
	readonly eventQueue: Address;
	readonly coinVault: Address;
	readonly pcVault: Address;
	readonly vaultSigner: Address;
}

/** Accounts of a swap, from the pool's descriptor and the trader. */
export interface AmmSwapAccounts {
	readonly pool: Address;
	readonly coinVault: Address;
	readonly pcVault: Address;
	readonly userSource: Address;
	readonly userDestination: Address;
	readonly userOwner: Address;
	/** With it the list has 18 accounts, without it 17: the program takes both. */
	readonly targetOrders?: Address;
	readonly orderBook?: AmmOrderBookAccounts;
}

/** Swap of an exact input. Amounts in base units, 0 ≤ amount < 2^64. */
export interface SwapBaseIn extends AmmSwapAccounts {
	readonly amountIn: bigint;
	readonly minimumAmountOut: bigint;
}

/** Swap for an exact output. Amounts in base units, 0 ≤ amount < 2^64. */
export interface SwapBaseOut extends AmmSwapAccounts {
	readonly maximumAmountIn: bigint;
	readonly amountOut: bigint;
}

/** Raydium AMM v4 `SwapBaseIn`, tag 9 (raydium-amm, processor.rs `process_swap_base_in`). */
export function swapBaseIn(swap: SwapBaseIn): WholeInstruction {
	return instruction(swap, encode(TAG_SWAP_BASE_IN, swap.amountIn, swap.minimumAmountOut));
}

/** Raydium AMM v4 `SwapBaseOut`, tag 11 (raydium-amm, processor.rs `process_swap_base_out`). */
export function swapBaseOut(swap: SwapBaseOut): WholeInstruction {
	return instruction(swap, encode(TAG_SWAP_BASE_OUT, swap.maximumAmountIn, swap.amountOut));
}

function encode(tag: number, first: bigint, second: bigint): Uint8Array {
	const data = new Uint8Array(AMM_SWAP_DATA_SIZE);
	data[0] = tag;
	writeUint64(data, 1, first);
	writeUint64(data, 9, second);
	return data;
}

function instruction(swap: AmmSwapAccounts, data: Uint8Array): WholeInstruction {
	const writable = (address: Address) => ({ address, role: AccountRole.WRITABLE });
	const readonly = (address: Address) => ({ address, role: AccountRole.READONLY });
	return {
		programAddress: RAYDIUM_AMM_V4_PROGRAM,
		accounts: [
			readonly(TOKEN_PROGRAM_ADDRESS),
			writable(swap.pool),
			readonly(AMM_AUTHORITY),
			writable(swap.orderBook?.openOrders ?? swap.pool),
			...(swap.targetOrders === undefined ? [] : [writable(swap.targetOrders)]),
			writable(swap.coinVault),
			writable(swap.pcVault),
			readonly(swap.orderBook?.marketProgram ?? swap.pool),
			writable(swap.orderBook?.market ?? swap.pool),
			writable(swap.orderBook?.bids ?? swap.pool),
			writable(swap.orderBook?.asks ?? swap.pool),
			writable(swap.orderBook?.eventQueue ?? swap.pool),
			writable(swap.orderBook?.coinVault ?? swap.pool),
			writable(swap.orderBook?.pcVault ?? swap.pool),
			readonly(swap.orderBook?.vaultSigner ?? swap.pool),
			writable(swap.userSource),
			writable(swap.userDestination),
			{ address: swap.userOwner, role: AccountRole.READONLY_SIGNER },
		],
		data,
	};
}
