import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
	type Address,
	appendTransactionMessageInstructions,
	type Blockhash,
	compileTransaction,
	createTransactionMessage,
	getTransactionEncoder,
	pipe,
	setTransactionMessageFeePayer,
	setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import { type FlashLender, type LenderKind, quoteFlashLoan } from "../../../core/execution/flash-loan.ts";
import { decodeReserve } from "../../../core/execution/lenders/reserve.ts";
import { LARGEST_TRANSACTION_BYTES } from "../../../core/execution/transaction-size.ts";
import type { PoolDescriptor } from "../../../core/market/pool.ts";
import { raydiumAmmV4 } from "../../../core/market/venues/raydium-amm-v4/venue.ts";
import { raydiumCpmm } from "../../../core/market/venues/raydium-cpmm/venue.ts";
import type { AccountBytes, Direction } from "../../../core/market/venues/venue.ts";
import { readUint64 } from "../../../core/types/bytes.ts";
import { flashBorrow, flashRepay } from "../../../libs/solana/instructions/flash-loan.ts";
import { swapInstruction } from "../../../libs/solana/swaps/swap.ts";
import { ON_CHAIN_PROGRAMS, readProgram } from "../../../programs/load.ts";
import { lendingMarketAccounts } from "../../../services/localnet/genesis/klend.ts";
import { ammPoolAccounts } from "../../../services/localnet/genesis/raydium-amm-v4.ts";
import { cpmmConfigAccount, cpmmPoolAccounts } from "../../../services/localnet/genesis/raydium-cpmm.ts";
import { solendMarketAccounts } from "../../../services/localnet/genesis/solend.ts";
import type { GenesisAccount } from "../../../services/localnet/genesis/token.ts";
import { clockAt } from "../../support/chain-clock.ts";
import { marketOfAccounts } from "../../support/reserve-market.ts";
import {
	addressBytes,
	mintData,
	type Outcome,
	type PlainInstruction,
	testAddress,
	tokenAccountData,
	VirtualMachine,
} from "./virtual-machine.ts";

const NOW = 1_700_000_000n;
const TEN_PPM = 11_529_215_046_068n;
const FIVE_PPM_WAD = 5_000_000_000_000n;
const WALLET = testAddress(1);
const SOL = testAddress(2);
const USDC = testAddress(3);
const WALLET_SOL = testAddress(4);
const WALLET_USDC = testAddress(5);
const RESERVE = testAddress(7);
const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;
const LOAN = 2_000_000_000n;
const LENT = { reserve: RESERVE, mint: USDC, decimals: 6, availableAmount: 1_000_000_000_000n };

/** Each lends USDC. */
const MARKETS: Readonly<Record<LenderKind, () => ReturnType<typeof lendingMarketAccounts>>> = {
	klend: () =>
		lendingMarketAccounts({
			lendingMarket: testAddress(9),
			owner: WALLET,
			reserves: [{ ...LENT, symbol: "USDC", flashFeeScaled: TEN_PPM }],
		}),
	solend: () =>
		solendMarketAccounts({
			lendingMarket: testAddress(9),
			owner: WALLET,
			reserves: [{ ...LENT, flashFeeWad: FIVE_PPM_WAD, hostFeePercentage: 20 }],
		}),
};

describe.each(["klend", "solend"] as const)("a loan of %s through two venues in one v0 transaction", (kind) => {
	const vm = new VirtualMachine();
	const accounts: GenesisAccount[] = [];
	let cpmm: PoolDescriptor;
	let amm: PoolDescriptor;
	let lender: FlashLender;

	beforeAll(async () => {
		for (const { name, programId } of ON_CHAIN_PROGRAMS) vm.addProgram(programId, readProgram(name));
		vm.setUnixTimestamp(NOW);
		vm.setAccount(WALLET, SYSTEM_PROGRAM, new Uint8Array(0), 1_000_000_000_000n);
		vm.setAccount(SOL, TOKEN_PROGRAM_ADDRESS, mintData(9, 1n << 60n));
		vm.setAccount(USDC, TOKEN_PROGRAM_ADDRESS, mintData(6, 1n << 60n));
		const config = await cpmmConfigAccount({ index: 0, tradeFeeRate: 2_500n });
		// SOL costs 150 USDC in the one pool and 156 in the other.
		const cpmmPool = await cpmmPoolAccounts({
			config: config.address,
			token0: { mint: SOL, decimals: 9, vaultAmount: 1_000_000_000_000n },
			token1: { mint: USDC, decimals: 6, vaultAmount: 150_000_000_000n },
		});
		const ammPool = await ammPoolAccounts({
			market: testAddress(8),
			coin: { mint: SOL, decimals: 9, vaultAmount: 1_000_000_000_000n },
			pc: { mint: USDC, decimals: 6, vaultAmount: 156_000_000_000n },
		});
		const market = await MARKETS[kind]();
		accounts.push(config, ...cpmmPool.accounts, ...ammPool.accounts, ...market.accounts);
		const find = (of: Address) => accounts.find(({ address }) => address === of) as AccountBytes;
		cpmm = unwrap(raydiumCpmm.describe(find(cpmmPool.pool), [config]));
		amm = unwrap(raydiumAmmV4.describe(find(ammPool.pool), []));
		lender = unwrap(decodeReserve({ ...find(RESERVE), lendingMarketAuthority: market.lendingMarketAuthority }));
	});

	beforeEach(() => {
		for (const { address, owner, data, lamports } of accounts) vm.setAccount(address, owner, data, lamports);
		vm.setAccount(WALLET_SOL, TOKEN_PROGRAM_ADDRESS, tokenAccountData(SOL, WALLET, 0n));
		vm.setAccount(WALLET_USDC, TOKEN_PROGRAM_ADDRESS, tokenAccountData(USDC, WALLET, 0n));
	});

	function unwrap<T>(result: { ok: true; value: T } | { ok: false; error: unknown }): T {
		if (!result.ok) throw new Error(JSON.stringify(result.error));
		return result.value;
	}

	const tokens = (of: Address): bigint => readUint64(vm.accountData(addressBytes(of)), 64);

	function quote(pool: PoolDescriptor, direction: Direction, amount: bigint): bigint {
		const bytes = (of: Address): Uint8Array => vm.accountData(addressBytes(of));
		const accounts = { pool: bytes(pool.address), vaultA: bytes(pool.vaultA), vaultB: bytes(pool.vaultB) };
		return unwrap(marketOfAccounts(pool, accounts).quoteExactIn(direction, amount, clockAt(NOW))).amountOut;
	}

	/** Borrows, buys SOL in `buy`, sells all of it in `sell` for at least `minimum`, repays. */
	function trade(buy: PoolDescriptor, sell: PoolDescriptor, minimum: bigint): { outcome: Outcome; size: number } {
		const bought = quote(buy, "bToA", LOAN);
		const wallet = { userTransferAuthority: WALLET, userLiquidity: WALLET_USDC };
		const usdcToSol = { inputTokenAccount: WALLET_USDC, outputTokenAccount: WALLET_SOL };
		const solToUsdc = { inputTokenAccount: WALLET_SOL, outputTokenAccount: WALLET_USDC };
		const owner = WALLET;
		const instructions: PlainInstruction[] = [
			flashBorrow({ lender, ...wallet, amount: LOAN }),
			swapInstruction({
				pool: buy,
				direction: "bToA",
				arrays: [],
				owner,
				...usdcToSol,
				amountIn: LOAN,
				minimumAmountOut: bought,
			}),
			swapInstruction({
				pool: sell,
				direction: "aToB",
				arrays: [],
				owner,
				...solToUsdc,
				amountIn: bought,
				minimumAmountOut: minimum,
			}),
			flashRepay({ lender, ...wallet, amount: LOAN, borrowInstructionIndex: 0 }),
		];
		const blockhash = testAddress(99) as string as Blockhash;
		const message = pipe(
			createTransactionMessage({ version: 0 }),
			(empty) => setTransactionMessageFeePayer(WALLET, empty),
			(paid) => setTransactionMessageLifetimeUsingBlockhash({ blockhash, lastValidBlockHeight: 0n }, paid),
			(living) => appendTransactionMessageInstructions(instructions, living),
		);
		const bytes = new Uint8Array(getTransactionEncoder().encode(compileTransaction(message)));
		return { outcome: vm.send({ bytes, dataOffsets: [] }), size: bytes.length };
	}

	test("reverts whole when the last leg would not pay for loan, fee and profit", () => {
		const { fee } = unwrap(quoteFlashLoan(lender, LOAN));
		const before = accounts.map(({ address }) => Buffer.from(vm.accountData(addressBytes(address))).toString("hex"));
		const loss = trade(amm, cpmm, LOAN + fee + 1n).outcome;
		expect(loss).toMatchObject({ ok: false, error: 6005 });
		const greedy = trade(cpmm, amm, LOAN * 2n).outcome;
		expect(greedy).toMatchObject({ ok: false, error: 30 });
		const unguarded = trade(amm, cpmm, 0n).outcome;
		expect(unguarded).toMatchObject({ ok: false, error: 1 });
		const after = accounts.map(({ address }) => Buffer.from(vm.accountData(addressBytes(address))).toString("hex"));
		expect(after).toEqual(before);
		expect([tokens(WALLET_SOL), tokens(WALLET_USDC)]).toEqual([0n, 0n]);
	});

	test("earns, to the unit, what the quotes and the fee promise, from a wallet that holds none of the loan's mint", () => {
		const { fee } = unwrap(quoteFlashLoan(lender, LOAN));
		const sold = quote(amm, "aToB", quote(cpmm, "bToA", LOAN));
		const { outcome, size } = trade(cpmm, amm, sold);
		expect(outcome).toMatchObject({ ok: true });
		expect([tokens(WALLET_SOL), tokens(WALLET_USDC)]).toEqual([0n, sold - LOAN - fee]);
		expect(sold).toBeGreaterThan(LOAN + fee);
		expect(tokens(lender.feeVault)).toBe(fee);
		expect(size).toBeLessThanOrEqual(LARGEST_TRANSACTION_BYTES);
		expect(outcome.ok && outcome.computeUnits).toBeLessThan(60_000);
	});
});
