import type { Base58EncodedBytes } from "@solana/web3.js";
import type { KnownTable } from "../../core/execution/lookup-table.ts";
import { LOOKUP_TABLE_PROGRAM } from "../../core/execution/signable-instructions.ts";
import type { Address } from "../../core/types/address.ts";
import { failure, type Result, success } from "../../core/types/result.ts";
import { readLookupTable, TABLE_AUTHORITY_OFFSET } from "../../libs/solana/instructions/lookup-table.ts";
import type { SolanaRpc } from "../../libs/solana/rpc-router/rpc-router.ts";

export interface TableReaderOptions {
	readonly rpc: SolanaRpc;
	/** Whose tables are usable. */
	readonly wallet: Address;
	readonly timeoutMs: number;
	readonly abortSignal: AbortSignal;
}

export type TableCommitment = "confirmed" | "finalized";

/** Tables of one wallet that are looked at, at most: what one `getMultipleAccounts` takes. */
const MOST_TABLES = 100;

/** Reads lookup tables from the chain, and judges whether the wallet may rely on them. */
export class TableReader {
	readonly #options: TableReaderOptions;

	constructor(options: TableReaderOptions) {
		this.#options = options;
	}

	/**
	 * A table as it is at a commitment. What is finalized no fork takes back, and, since a later slot is long there, all of
	 * it can be looked up.
	 *
	 * @returns or one phrase that says why the table cannot be used; rejects when the chain cannot be asked
	 */
	async read(address: Address, commitment: TableCommitment): Promise<Result<KnownTable, string>> {
		return (await this.#readAll([address], commitment))[0] as Result<KnownTable, string>;
	}

	/** All usable tables of the wallet: the longest first, of equal ones in the order of their addresses. */
	async discover(): Promise<readonly KnownTable[]> {
		const { rpc, wallet } = this.#options;
		const bytes = wallet as string as Base58EncodedBytes;
		const found = await rpc
			.getProgramAccounts(LOOKUP_TABLE_PROGRAM, {
				commitment: "confirmed",
				encoding: "base64",
				dataSlice: { offset: 0, length: 0 },
				filters: [{ memcmp: { offset: BigInt(TABLE_AUTHORITY_OFFSET), bytes, encoding: "base58" } }],
			})
			.send(this.#request());
		const addresses = found.map(({ pubkey }) => pubkey).sort();
		if (addresses.length === 0) return [];
		const read = await this.#readAll(addresses.slice(0, MOST_TABLES), "confirmed");
		return read
			.flatMap((table) => (table.ok ? [table.value] : []))
			.sort((one, other) => other.entries.length - one.entries.length);
	}

	async #readAll(
		addresses: readonly Address[],
		commitment: TableCommitment,
	): Promise<readonly Result<KnownTable, string>[]> {
		const { value } = await this.#options.rpc
			.getMultipleAccounts(addresses, { commitment, encoding: "base64" })
			.send(this.#request());
		return addresses.map((address, index) => {
			const account = value[index];
			if (!account) return failure(`there is no lookup table ${address} (${commitment})`);
			if (account.owner !== LOOKUP_TABLE_PROGRAM) return failure(`${address} is an account of ${account.owner}`);
			return this.#judge(address, Buffer.from(account.data[0], "base64"));
		});
	}

	#judge(address: Address, data: Uint8Array): Result<KnownTable, string> {
		const read = readLookupTable(data);
		if (!read.ok) return failure(`${address}: ${read.error}`);
		const { authority, isDeactivated, entries } = read.value;
		if (authority !== this.#options.wallet) {
			return failure(`the lookup table ${address} is not the wallet's, ${authority ?? "nobody"} may change it`);
		}
		if (isDeactivated) return failure(`the lookup table ${address} is deactivated: the chain will soon refuse it`);
		return success({ address, entries });
	}

	#request(): { readonly abortSignal: AbortSignal } {
		const { abortSignal, timeoutMs } = this.#options;
		return { abortSignal: AbortSignal.any([abortSignal, AbortSignal.timeout(timeoutMs)]) };
	}
}
