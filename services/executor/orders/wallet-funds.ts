import { findAssociatedTokenPda } from "@solana-program/token";
import type { MintDescriptor } from "../../../core/market/pool.ts";
import type { Address } from "../../../core/types/address.ts";
import type { SolanaRpc } from "../../../libs/solana/rpc-router/rpc-router.ts";

export interface WalletFundsOptions {
	readonly rpc: SolanaRpc;
	readonly timeoutMs: number;
	readonly abortSignal: AbortSignal;
	readonly wallet: () => Promise<Address>;
}

/** spl-token, state.rs: `Account.amount`. */
const AMOUNT_OFFSET = 64;
const AMOUNT_BYTES = 8;

/** What the wallet's associated token accounts hold: swaps spend from nowhere else. Native lamports are not in it. */
export class WalletFunds {
	readonly #options: WalletFundsOptions;
	readonly #accounts = new Map<Address, Address>();

	constructor(options: WalletFundsOptions) {
		this.#options = options;
	}

	/**
	 * The amount in the token account of a mint at commitment `confirmed`, base units; 0 when there is no account.
	 *
	 * @throws when the wallet is not known or the node cannot be asked
	 */
	async amount(mint: Pick<MintDescriptor, "address" | "tokenProgram">): Promise<bigint> {
		const { rpc, timeoutMs, abortSignal } = this.#options;
		const account = this.#accounts.get(mint.address) ?? (await this.#derive(mint));
		const { value } = await rpc
			.getAccountInfo(account, {
				commitment: "confirmed",
				encoding: "base64",
				dataSlice: { offset: AMOUNT_OFFSET, length: AMOUNT_BYTES },
			})
			.send({ abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) });
		const bytes = value ? Buffer.from(value.data[0], "base64") : null;
		return bytes?.length === AMOUNT_BYTES ? bytes.readBigUInt64LE() : 0n;
	}

	async #derive({ address, tokenProgram }: Pick<MintDescriptor, "address" | "tokenProgram">): Promise<Address> {
		const owner = await this.#options.wallet();
		const [account] = await findAssociatedTokenPda({ owner, mint: address, tokenProgram });
		this.#accounts.set(address, account);
		return account;
	}
}
