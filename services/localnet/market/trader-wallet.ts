import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import {
	type Address,
	appendTransactionMessageInstructions,
	type Blockhash,
	compileTransaction,
	createTransactionMessage,
	getAddressDecoder,
	type Instruction,
	pipe,
	setTransactionMessageFeePayer,
	setTransactionMessageLifetimeUsingBlockhash,
} from "@solana/web3.js";
import { findAssociatedTokenPda, TOKEN_PROGRAM_ADDRESS } from "@solana-program/token";

/** PKCS #8 of an Ed25519 private key, up to the 32 bytes of the key itself (RFC 8410). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const SIGNATURE_BYTES = 64;

/** A bot's wallet: its key follows from the market's seed, so it holds play money only. */
export class TraderWallet {
	readonly address: Address;
	readonly #key: KeyObject;
	readonly #tokenAccounts = new Map<Address, Address>();

	constructor(seed: number, index: number) {
		const secret = createHash("sha256").update(`mojo local market: trader ${index} of seed ${seed}`).digest();
		this.#key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: "der", type: "pkcs8" });
		const publicKey = createPublicKey(this.#key).export({ format: "der", type: "spki" }).subarray(-32);
		this.address = getAddressDecoder().decode(publicKey);
	}

	/** Derives the token accounts of the mints: before the first trade, since it takes half a millisecond each. */
	async prepare(mints: readonly Address[]): Promise<void> {
		for (const mint of mints) {
			const owner = this.address;
			const [account] = await findAssociatedTokenPda({ owner, mint, tokenProgram: TOKEN_PROGRAM_ADDRESS });
			this.#tokenAccounts.set(mint, account);
		}
	}

	/** @throws Error when the mint was not among those of {@link prepare} */
	tokenAccount(mint: Address): Address {
		const account = this.#tokenAccounts.get(mint);
		if (account === undefined) throw new Error(`trader ${this.address} was not prepared for mint ${mint}`);
		return account;
	}

	/** A signed transaction, as it goes over the wire. */
	sign(instructions: readonly Instruction[], blockhash: Blockhash, lastValidBlockHeight: number): Uint8Array {
		const lifetime = { blockhash, lastValidBlockHeight: BigInt(lastValidBlockHeight) };
		const { messageBytes } = pipe(
			createTransactionMessage({ version: 0 }),
			(message) => setTransactionMessageFeePayer(this.address, message),
			(message) => setTransactionMessageLifetimeUsingBlockhash(lifetime, message),
			(message) => appendTransactionMessageInstructions(instructions, message),
			compileTransaction,
		);
		const wire = new Uint8Array(1 + SIGNATURE_BYTES + messageBytes.length);
		wire[0] = 1;
		wire.set(sign(null, messageBytes as unknown as Uint8Array, this.#key), 1);
		wire.set(messageBytes as unknown as Uint8Array, 1 + SIGNATURE_BYTES);
		return wire;
	}
}
