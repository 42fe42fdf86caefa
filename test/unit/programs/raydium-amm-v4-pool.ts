import { AMM_INFO_OFFSET, RAYDIUM_AMM_V4_PROGRAM } from "../../../core/market/venues/raydium-amm-v4/layout.ts";
import type { Address } from "../../../core/types/address.ts";
import { readUint64, writeUint64 } from "../../../core/types/bytes.ts";
import { swapBaseIn, swapBaseOut } from "../../../libs/solana/instructions/raydium-amm-v4.ts";
import { ammPoolAccounts } from "../../../services/localnet/genesis/raydium-amm-v4.ts";
import type { Swap } from "./raydium-cpmm-pool.ts";
import {
	addressBytes,
	mintData,
	type Outcome,
	testAddress,
	tokenAccountData,
	VirtualMachine,
	wireTransaction,
} from "./virtual-machine.ts";

const SYSTEM = "11111111111111111111111111111111" as Address;
const TOKEN = "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA" as Address;
const [PAYER, COIN_MINT, PC_MINT, USER_COIN, USER_PC] = [1, 2, 3, 4, 5].map(testAddress) as [
	Address,
	Address,
	Address,
	Address,
	Address,
];
const AMOUNT_OFFSET = 64;
const U64_MAX = 0xffff_ffff_ffff_ffffn;
const LAMPORTS = 1_000_000_000_000n;

/** The fields of a pool that a scenario sets. */
export type PoolFields = Readonly<Partial<Record<keyof typeof AMM_INFO_OFFSET, bigint>>>;

/** The program on a virtual machine, and one pool whose accounts each scenario sets anew. */
export class PoolMachine {
	readonly #vm = new VirtualMachine();
	readonly #genesis: Awaited<ReturnType<typeof ammPoolAccounts>>;

	private constructor(elf: Uint8Array, genesis: Awaited<ReturnType<typeof ammPoolAccounts>>, unixSeconds: bigint) {
		this.#genesis = genesis;
		this.#vm.addProgram(RAYDIUM_AMM_V4_PROGRAM, elf);
		this.#vm.setUnixTimestamp(unixSeconds);
		this.#vm.setAccount(PAYER, SYSTEM, new Uint8Array(), LAMPORTS);
		this.#vm.setAccount(COIN_MINT, TOKEN, mintData(9, U64_MAX));
		this.#vm.setAccount(PC_MINT, TOKEN, mintData(6, U64_MAX));
	}

	static async open(elf: Uint8Array, unixSeconds: bigint): Promise<PoolMachine> {
		const side = { decimals: 6, vaultAmount: 0n };
		const pool = { market: testAddress(9), coin: { ...side, mint: COIN_MINT }, pc: { ...side, mint: PC_MINT } };
		return new PoolMachine(elf, await ammPoolAccounts(pool), unixSeconds);
	}

	get address(): Address {
		return this.#genesis.pool;
	}

	/** The pool's account as it is now. */
	get data(): Uint8Array {
		return this.#vm.accountData(addressBytes(this.#genesis.pool));
	}

	/** What the vaults of coin and pc hold. */
	get vaults(): readonly [bigint, bigint] {
		return [this.#balance(this.#genesis.coinVault), this.#balance(this.#genesis.pcVault)];
	}

	set(fields: PoolFields, [coin, pc]: readonly [bigint, bigint]): void {
		const { pool, coinVault, pcVault, accounts } = this.#genesis;
		const data = Uint8Array.from(accounts.find(({ address }) => address === pool)!.data);
		for (const [field, value] of Object.entries(fields)) {
			writeUint64(data, AMM_INFO_OFFSET[field as keyof typeof AMM_INFO_OFFSET], value);
		}
		this.#vm.setAccount(pool, RAYDIUM_AMM_V4_PROGRAM, data);
		this.#setBalance(coinVault, coin);
		this.#setBalance(pcVault, pc);
	}

	/** Swaps for a trader who holds so much of the input; what is left of it, and what came. */
	run({ direction, exact, amount }: Swap, balance: bigint): { outcome: Outcome; left: bigint; got: bigint } {
		const [source, target] = direction === "aToB" ? [USER_COIN, USER_PC] : [USER_PC, USER_COIN];
		const [sourceMint, targetMint] = direction === "aToB" ? [COIN_MINT, PC_MINT] : [PC_MINT, COIN_MINT];
		this.#vm.setAccount(source, TOKEN, tokenAccountData(sourceMint, PAYER, balance));
		this.#vm.setAccount(target, TOKEN, tokenAccountData(targetMint, PAYER, 0n));
		const accounts = { ...this.#genesis, userSource: source, userDestination: target, userOwner: PAYER };
		const instruction =
			exact === "in"
				? swapBaseIn({ ...accounts, amountIn: amount, minimumAmountOut: 0n })
				: swapBaseOut({ ...accounts, maximumAmountIn: U64_MAX, amountOut: amount });
		const outcome = this.#vm.send(wireTransaction(PAYER, [instruction]));
		return { outcome, left: this.#balance(source), got: this.#balance(target) };
	}

	#balance(of: Address): bigint {
		return readUint64(this.#vm.accountData(addressBytes(of)), AMOUNT_OFFSET);
	}

	#setBalance(vault: Address, amount: bigint): void {
		const account = this.#genesis.accounts.find(({ address }) => address === vault)!;
		const data = Uint8Array.from(account.data);
		writeUint64(data, AMOUNT_OFFSET, amount);
		this.#vm.setAccount(vault, TOKEN, data);
	}
}
