import { createHash } from "node:crypto";
import { isOffCurveAddress } from "@solana/web3.js";
import type { Address } from "../../core/types/address.ts";
import { readAddress } from "../../core/types/base58.ts";
import { Base58 } from "./base58.ts";

const MARKER = Buffer.from("ProgramDerivedAddress");
const ADDRESS_BYTES = 32;
const HIGHEST_BUMP = 255;
/** Deriving one costs a hundred microseconds or more. */
const MOST_REMEMBERED = 16_384;

/**
 * Addresses that programs derive from seeds, with the highest bump that is off the curve (solana-sdk, pubkey/src/lib.rs
 * `find_program_address`). Synchronous, unlike the client library's.
 */
export class ProgramAddresses {
	readonly #known = new Map<string, Address>();
	readonly #base58 = new Base58();

	/** @throws RangeError when no bump gives an address: the seeds are of no known program */
	derive(program: Address, seeds: readonly Uint8Array[]): Address {
		const key = `${program} ${seeds.map((seed) => Buffer.from(seed).toString("base64")).join(" ")}`;
		const known = this.#known.get(key);
		if (known !== undefined) return known;
		const address = this.#find(program, seeds);
		if (this.#known.size >= MOST_REMEMBERED) {
			const [oldest] = this.#known.keys();
			this.#known.delete(oldest as string);
		}
		this.#known.set(key, address);
		return address;
	}

	#find(program: Address, seeds: readonly Uint8Array[]): Address {
		const programBytes = new Uint8Array(ADDRESS_BYTES);
		this.#base58.readHash(program, programBytes);
		for (let bump = HIGHEST_BUMP; bump >= 0; bump--) {
			const hash = createHash("sha256");
			for (const seed of seeds) hash.update(seed);
			hash.update(Uint8Array.of(bump)).update(programBytes).update(MARKER);
			const address = readAddress(hash.digest(), 0);
			if (isOffCurveAddress(address)) return address;
		}
		throw new RangeError(`no address of program ${program} can be derived from these seeds`);
	}
}
