import { systemClock } from "../../libs/clock.ts";
import type { Benchmark } from "../figure.ts";
import { meteoraDammV2 } from "./meteora-damm-v2.ts";
import { meteoraDlmm } from "./meteora-dlmm.ts";
import { orcaWhirlpool } from "./orca-whirlpool.ts";
import { peerLoader, type QuoteCase, type QuotePeer } from "./peer.ts";
import { raydiumClmm } from "./raydium-clmm.ts";
import { raydiumCpmm } from "./raydium-cpmm.ts";

const PEERS: readonly { readonly key: string; readonly atLeast: number; readonly peer: QuotePeer }[] = [
	{ key: "quoteRatio.raydiumCpmm", atLeast: 10, peer: raydiumCpmm },
	{ key: "quoteRatio.meteoraDammV2", atLeast: 50, peer: meteoraDammV2 },
	{ key: "quoteRatio.meteoraDlmm", atLeast: 30, peer: meteoraDlmm },
	{ key: "quoteRatio.orcaWhirlpool", atLeast: 100, peer: orcaWhirlpool },
	{ key: "quoteRatio.raydiumClmm", atLeast: 100, peer: raydiumClmm },
];

const ROUNDS = 9;
/** Each turn lasts at least so long, so that the clock's steps do not count. */
const TURN_MICROS = 60_000;
const WARM_UP_MICROS = 300_000;

/** Quotes a second, ours over the official SDK's, for the same pools with the same results. */
export const quotes: Benchmark = {
	name: "quotes",
	figures: PEERS.map(({ key, atLeast, peer }) => ({
		key,
		what: `${peer.name}: quotes a second ÷ those of the official SDK, same pools, same results, median of rounds`,
		unit: "ratio",
		atMost: null,
		atLeast,
	})),
	async measure(onProgress) {
		const load = peerLoader();
		const values: Record<string, number> = {};
		for (const [index, { key, peer }] of PEERS.entries()) {
			values[key] = ratioOf(peer.name, peer.cases(load));
			onProgress((index + 1) / PEERS.length);
		}
		return values;
	},
};

/** The median over rounds, in which both sides take turns. */
function ratioOf(name: string, cases: readonly QuoteCase[]): number {
	if (cases.length === 0) throw new Error(`${name}: no quote to compare`);
	for (const { ours, theirs } of cases) {
		if (ours().toString() !== theirs().toString())
			throw new Error(`${name}: the SDK says ${theirs()}, the project ${ours()}`);
	}
	micros(cases, "ours", WARM_UP_MICROS);
	micros(cases, "theirs", WARM_UP_MICROS);
	const ratios: number[] = [];
	for (let round = 0; round < ROUNDS; round++) {
		const own = micros(cases, "ours", TURN_MICROS);
		ratios.push(micros(cases, "theirs", TURN_MICROS) / own);
	}
	ratios.sort((one, other) => one - other);
	return ratios[ROUNDS >> 1] as number;
}

/** What a quote takes, over all cases again and again for at least `leastMicros`. */
function micros(cases: readonly QuoteCase[], side: keyof QuoteCase, leastMicros: number): number {
	const begun = systemClock.monotonicMicros();
	let count = 0;
	let taken = 0;
	do {
		for (const one of cases) one[side]();
		count += cases.length;
		taken = systemClock.monotonicMicros() - begun;
	} while (taken < leastMicros);
	return taken / count;
}
