import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { type AccountKey, type BlockhashKey, bytesOfKey, KEY_BYTES } from "./keys.ts";
import type { AccountRow } from "./types.ts";
import { COMPUTE_BUDGET_KEY, SYSTEM_PROGRAM_KEY } from "./well-known.ts";

/** PKCS #8 wrapping of a bare Ed25519 seed (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
/** 500 million SOL. */
const FAUCET_LAMPORTS = 500_000_000_000_000_000n;
/** Compute unit limit of the first airdrop; the next ones ask for more, so that equal airdrops differ in their signature. */
const BASE_UNIT_LIMIT = 10_000;
const DISTINCT_AIRDROPS = 1_000_000;

/** The account that pays airdrops out, by ordinary signed transfers. Its key follows from the chain's seed. */
export class Faucet {
	readonly key: AccountKey;
	readonly #privateKey: KeyObject;
	#airdrops = 0;

	constructor(seed: string) {
		const secret = createHash("sha256").update(`mojo-hft localnet faucet ${seed}`).digest();
		this.#privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, secret]), format: "der", type: "pkcs8" });
		const spki = createPublicKey(this.#privateKey).export({ format: "der", type: "spki" });
		this.key = spki.toString("latin1", spki.length - KEY_BYTES) as AccountKey;
	}

	/** The faucet's account at genesis. */
	account(): AccountRow {
		return {
			lamports: FAUCET_LAMPORTS,
			owner: SYSTEM_PROGRAM_KEY,
			data: Buffer.alloc(0),
			executable: false,
			rentEpoch: 0n,
		};
	}

	/** A signed transfer: SetComputeUnitLimit (ComputeBudget, tag 2), then Transfer (System, tag 2). */
	transfer(to: AccountKey, lamports: bigint, blockhash: BlockhashKey): Buffer {
		const limit = Buffer.alloc(5);
		limit[0] = 2;
		limit.writeUInt32LE(BASE_UNIT_LIMIT + (this.#airdrops++ % DISTINCT_AIRDROPS), 1);
		const transfer = Buffer.alloc(12);
		transfer.writeUInt32LE(2, 0);
		transfer.writeBigUInt64LE(lamports, 4);
		// Accounts: 0 faucet, 1 receiver, 2 System, 3 ComputeBudget; the last two are read-only and do not sign.
		const message = Buffer.concat([
			Buffer.of(1, 0, 2, 4),
			...[this.key, to, SYSTEM_PROGRAM_KEY, COMPUTE_BUDGET_KEY].map(bytesOfKey),
			bytesOfKey(blockhash),
			Buffer.of(2),
			Buffer.of(3, 0, limit.length),
			limit,
			Buffer.of(2, 2, 0, 1, transfer.length),
			transfer,
		]);
		return Buffer.concat([Buffer.of(1), sign(null, message, this.#privateKey), message]);
	}
}
