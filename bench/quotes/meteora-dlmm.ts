import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { quoteExactIn } from "../../core/market/venues/meteora-dlmm/quote.ts";
import { systemClock } from "../../libs/clock.ts";
import { decoded } from "../../tools/vectors/meteora-dlmm/compare.ts";
import { fromVector, type Vector } from "../../tools/vectors/meteora-dlmm/vector.ts";
import type { QuoteCase, Quoted, QuotePeer } from "./peer.ts";

const VECTORS = join(import.meta.dirname, "../../test/fixtures/vectors/meteora-dlmm.json.gz");
const MICROS_PER_SECOND = 1_000_000;

interface Pair {
	swapQuote(...terms: unknown[]): { readonly outAmount: Quoted };
}

interface Sdk {
	new (...parts: unknown[]): Pair;
	createProgram(connection: object): object;
	decodeAccount(program: object, name: string, data: Buffer): object;
}

interface Packages {
	readonly Dlmm: Sdk;
	readonly program: object;
	readonly Key: new (address: string) => object;
	readonly Bn: new (digits: string) => object;
}

/** dlmm, `DLMM.swapQuote`, over the recorded swaps of an exact input without transfer fees that the SDK quotes the same. */
export const meteoraDlmm: QuotePeer = {
	name: "Meteora DLMM",
	cases(load) {
		const Dlmm = load("@meteora-ag/dlmm") as Sdk;
		const { Connection, PublicKey } = load("@solana/web3.js") as {
			readonly Connection: new (url: string) => object;
			readonly PublicKey: Packages["Key"];
		};
		const program = Dlmm.createProgram(new Connection("http://127.0.0.1:9"));
		const packages = { Dlmm, program, Key: PublicKey, Bn: load("bn.js") as Packages["Bn"] };
		const { vectors } = JSON.parse(gunzipSync(readFileSync(VECTORS)).toString()) as {
			readonly vectors: readonly Vector[];
		};
		return vectors.flatMap((vector) => caseOf(vector, packages) ?? []);
	},
};

/** Null: no such swap, or one of the two refuses it. The SDK reads the clock: recorded pairs have rested since long. */
function caseOf(vector: Vector, { Dlmm, program, Key, Bn }: Packages): QuoteCase | null {
	const { scenario, accounts } = fromVector(vector);
	const { direction, amount, exact, epoch, slot, transferFeeX, transferFeeY } = scenario;
	if (exact !== "in" || transferFeeX !== null || transferFeeY !== null || "error" in vector.result) return null;
	const { pool, state } = decoded(scenario, accounts);
	const unixSeconds = BigInt(Math.floor(systemClock.epochMicros() / MICROS_PER_SECOND));
	const request = { pool, state, direction, amount, clock: { slot, epoch, unixSeconds } };
	const decode = (name: string, data: Uint8Array) => Dlmm.decodeAccount(program, name, Buffer.from(data));
	const token = (address: string) => ({
		publicKey: new Key(address),
		mint: { address: new Key(address), tlvData: Buffer.alloc(0) },
	});
	const extension =
		accounts.extension === null
			? null
			: { publicKey: new Key(pool.address), account: decode("binArrayBitmapExtension", accounts.extension) };
	const clock = {
		epoch: new Bn(epoch.toString()),
		slot: new Bn(slot.toString()),
		unixTimestamp: new Bn(unixSeconds.toString()),
	};
	const pair = new Dlmm(
		new Key(pool.address),
		program,
		decode("lbPair", accounts.pair),
		extension,
		token(pool.tokenXMint),
		token(pool.tokenYMint),
		[null, null],
		clock,
	);
	const arrays = [...accounts.arrays.values()].map((data) => ({
		publicKey: new Key(pool.address),
		account: decode("binArray", data),
	}));
	const input = new Bn(amount.toString());
	const zero = new Bn("0");
	const theirs = () => pair.swapQuote(input, direction === "aToB", zero, arrays).outAmount;
	const ours = () => {
		const quote = quoteExactIn(request);
		return quote.ok ? quote.value.amountOut : quote.error;
	};
	try {
		return theirs().toString() === ours().toString() ? { ours, theirs } : null;
	} catch {
		// The SDK refuses some swaps that the program takes.
		return null;
	}
}
