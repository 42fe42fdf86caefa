import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AccountRole, type Address } from "@solana/web3.js";
import { TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";
import type { FlashLender } from "../../../core/execution/flash-loan.ts";
import { decodeReserve } from "../../../core/execution/lenders/reserve.ts";
import { SOLEND_PROGRAM, SOLEND_RESERVE_OFFSET } from "../../../core/execution/lenders/solend/layout.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { solendFlashBorrow, solendFlashRepay } from "../../../libs/solana/instructions/solend.ts";
import type { WholeInstruction } from "../../../libs/solana/instructions/whole-instruction.ts";
import { solendMarketAccounts } from "../../../services/localnet/genesis/solend.ts";
import {
	addressBytes,
	mintData,
	type Outcome,
	type PlainInstruction,
	testAddress,
	tokenAccountData,
	VirtualMachine,
	wireTransaction,
} from "./virtual-machine.ts";

export const U64_MAX = 0xffff_ffff_ffff_ffffn;
/** The slot that the machine's clock shows. */
export const SLOT = 1_000n;
/** Five parts in a million. */
const FEE_WAD = 5_000_000_000_000n;
const HOST_PERCENTAGE = 20;
export const PAYER = testAddress(1);
const MINT = testAddress(2);
export const MARKET = testAddress(3);
export const RESERVE = testAddress(4);
export const OTHER_RESERVE = testAddress(5);
/** The borrower's token account. */
export const USER = testAddress(6);
export const STRANGER = testAddress(7);
export const OTHER_MARKET = testAddress(8);
const SYSTEM_PROGRAM = "11111111111111111111111111111111" as Address;
/** The place of the host who shares the fee among a repay's accounts. */
export const HOST_RECEIVER = 3;
/** Passes an instruction on to the program that is its first account. */
export const RELAY = testAddress(9);
const NOW = 1_700_000_000n;
const RELAY_FILE = join(import.meta.dirname, "../../fixtures/programs/cpi-relay.so");

export interface LenderState {
	/** What the reserves have, and what the borrower holds; base units. */
	readonly available: bigint;
	readonly user: bigint;
	readonly feeWad?: bigint;
	readonly hostFeePercentage?: number;
	/** Further changes to either reserve's bytes. */
	readonly change?: (data: Uint8Array) => void;
}

/** Two reserves of one market in a machine of their own, and a borrower. */
export class SolendLender {
	readonly vm = new VirtualMachine();
	readonly genesis: ReadonlyMap<Address, { readonly data: Uint8Array }>;
	readonly lender: FlashLender;
	readonly other: FlashLender;
	readonly #bytes = new Map<Address, Uint8Array>();
	readonly #tokens = new Map<Address, Uint8Array>();

	private constructor(elf: Uint8Array, genesis: SolendLender["genesis"], lenders: readonly [FlashLender, FlashLender]) {
		this.genesis = genesis;
		[this.lender, this.other] = lenders;
		const { vm } = this;
		vm.addProgram(SOLEND_PROGRAM, elf);
		vm.addProgram(RELAY, new Uint8Array(readFileSync(RELAY_FILE)));
		vm.setUnixTimestamp(NOW);
		vm.setAccount(PAYER, SYSTEM_PROGRAM, new Uint8Array(0), 1_000_000_000_000n);
		vm.setAccount(STRANGER, SYSTEM_PROGRAM, new Uint8Array(0));
		vm.setAccount(MINT, TOKEN_PROGRAM_ADDRESS, mintData(6, U64_MAX));
		for (const [address, { data }] of genesis) vm.setAccount(address, SOLEND_PROGRAM, data);
	}

	/** @param elf the program under test */
	static async open(elf: Uint8Array): Promise<SolendLender> {
		const common = { mint: MINT, decimals: 6, availableAmount: 0n, flashFeeWad: FEE_WAD, hostFeePercentage: 0 };
		const reserves = [RESERVE, OTHER_RESERVE].map((reserve) => ({ ...common, reserve }));
		const market = await solendMarketAccounts({ lendingMarket: MARKET, owner: PAYER, reserves });
		const second = await solendMarketAccounts({ lendingMarket: OTHER_MARKET, owner: PAYER, reserves: [] });
		const accounts = [...market.accounts, ...second.accounts].filter(({ owner }) => owner === SOLEND_PROGRAM);
		const genesis = new Map(accounts.map((account) => [account.address, account]));
		const decode = (address: Address): FlashLender => {
			const decoded = decodeReserve({ ...market, ...genesis.get(address)! });
			if (!decoded.ok) throw new Error(decoded.error.detail);
			return decoded.value;
		};
		return new SolendLender(elf, genesis, [decode(RESERVE), decode(OTHER_RESERVE)]);
	}

	/** Puts the market, the reserves, their vaults and the borrower's account into a state. */
	set({ available, user, feeWad = FEE_WAD, hostFeePercentage = HOST_PERCENTAGE, change }: LenderState): void {
		for (const each of [this.lender, this.other]) {
			const data = this.genesis.get(each.reserve)!.data.slice();
			writeUint64(data, SOLEND_RESERVE_OFFSET.availableAmount, available);
			writeUint64(data, SOLEND_RESERVE_OFFSET.flashLoanFeeWad, feeWad);
			data[SOLEND_RESERVE_OFFSET.hostFeePercentage] = hostFeePercentage;
			change?.(data);
			this.vm.setAccountBytes(this.#bytesOf(each.reserve), this.#bytesOf(SOLEND_PROGRAM), data);
			this.setTokens(each.supplyVault, each.lendingMarketAuthority, available);
			this.setTokens(each.feeVault, each.lendingMarketAuthority, 0n);
		}
		this.setTokens(USER, PAYER, user);
	}

	/** Puts a changed market there. */
	setMarket(change: (data: Uint8Array) => Uint8Array | undefined, owner: Address = SOLEND_PROGRAM): void {
		const data = this.genesis.get(MARKET)!.data.slice();
		this.vm.setAccount(MARKET, owner, change(data) ?? data);
	}

	setTokens(address: Address, owner: Address, amount: bigint): void {
		const data = this.#tokens.get(address) ?? tokenAccountData(MINT, owner, 0n);
		this.#tokens.set(address, data);
		writeUint64(data, 64, amount);
		this.vm.setAccountBytes(this.#bytesOf(address), this.#bytesOf(TOKEN_PROGRAM_ADDRESS), data);
	}

	borrow(amount: bigint, lender = this.lender): WholeInstruction {
		return solendFlashBorrow({ lender, userTransferAuthority: PAYER, userLiquidity: USER, amount });
	}

	repay(amount: bigint, borrowInstructionIndex = 0, lender = this.lender): WholeInstruction {
		const wallet = { userTransferAuthority: PAYER, userLiquidity: USER };
		return solendFlashRepay({ lender, ...wallet, amount, borrowInstructionIndex });
	}

	/** The instruction as another program would pass it on. */
	relayed({ accounts, data }: WholeInstruction): PlainInstruction {
		const program = { address: SOLEND_PROGRAM, role: AccountRole.READONLY };
		return { programAddress: RELAY, accounts: [program, ...accounts], data };
	}

	send(...instructions: PlainInstruction[]): Outcome {
		return this.vm.send(wireTransaction(PAYER, instructions));
	}

	tokens(of: Address): bigint {
		return readUint64(this.vm.accountData(this.#bytesOf(of)), 64);
	}

	reserveData(): Uint8Array {
		return this.vm.accountData(this.#bytesOf(RESERVE));
	}

	/** Addresses in bytes, each converted once. */
	#bytesOf(address: Address): Uint8Array {
		const known = this.#bytes.get(address) ?? addressBytes(address);
		this.#bytes.set(address, known);
		return known;
	}
}

/** The instruction with another account in one place. */
export function withAccount(
	instruction: WholeInstruction,
	index: number,
	change: { readonly address?: Address; readonly role?: AccountRole },
): WholeInstruction {
	return {
		...instruction,
		accounts: instruction.accounts.map((account, place) => (place === index ? { ...account, ...change } : account)),
	};
}

/** `count` random bits, the highest of them set. */
export function randomBits(random: { nextUint32(): number }, count: number): bigint {
	const word = (BigInt(random.nextUint32()) << 32n) | BigInt(random.nextUint32());
	return count === 0 ? 0n : (word >> BigInt(64 - count)) | (1n << BigInt(count - 1));
}
