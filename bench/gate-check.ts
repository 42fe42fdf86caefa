import type { AccountUpdate } from "../core/market/market-table.ts";
import type { OrderIntent } from "../core/strategy/order-intent.ts";
import type { IntentId } from "../core/types/identifiers.ts";
import { systemClock } from "../libs/clock.ts";
import { seededRandom } from "../libs/random.ts";
import { benchSeal } from "./bench-seal.ts";
import { benchWallet } from "./bench-wallet.ts";
import type { Benchmark } from "./figure.ts";
import { interleave } from "./interleave.ts";
import { TradeLine } from "./trade-line.ts";

const SEED = 11;
const WARM_UP_ROUNDS = 20_000;
const ROUNDS = 100_000;
/** Intents that reach the gate one after the other: the first few of them, which meet cold caches, are less than 1 %. */
const BURST = 2_000;

/**
 * The gate alone, over intents that pass every check: the longest way through it. Once as a burst of intents meets it,
 * each of them new to it; once as a lone one does, right after the search that found it has had the processor's caches
 * to itself.
 */
export const gateCheck: Benchmark = {
	name: "gate check",
	figures: [
		{
			key: "gateCheckMicrosP99",
			what: `one intent of ${BURST} in a row through every check of the gate, p99`,
			unit: "µs",
			atMost: 5,
		},
		{ key: "gateCheckMicrosP50", what: "… p50", unit: "µs", atMost: null },
		{
			key: "loneGateCheckMicrosP99",
			what: "the same for one intent alone, right after the search that found it, p99",
			unit: "µs",
			atMost: null,
		},
		{ key: "loneGateCheckMicrosP50", what: "… p50", unit: "µs", atMost: null },
		{
			key: "clockMicrosP50",
			what: "measuring nothing: what the clock adds to each figure, p50",
			unit: "µs",
			atMost: null,
		},
	],
	async measure(onProgress) {
		const { wallet } = await benchWallet();
		const line = new TradeLine({ clock: systemClock, random: seededRandom(SEED), wallet, seal: await benchSeal() });
		const burst = measureGate(line, BURST, (share) => onProgress(share / 2));
		const lone = measureGate(line, 1, (share) => onProgress((1 + share) / 2));
		return {
			gateCheckMicrosP99: burst.gate.percentile(0.99),
			gateCheckMicrosP50: burst.gate.percentile(0.5),
			loneGateCheckMicrosP99: lone.gate.percentile(0.99),
			loneGateCheckMicrosP50: lone.gate.percentile(0.5),
			clockMicrosP50: lone.nothing.percentile(0.5),
		};
	},
};

/** Every `together` intents are of one market, found before the first of them is checked. */
function measureGate(line: TradeLine, together: number, onProgress: (share: number) => void) {
	let update: AccountUpdate | null = null;
	let found: OrderIntent | null = null;
	let intents: OrderIntent[] = [];
	let next: OrderIntent | undefined;
	return interleave({
		clock: systemClock,
		warmUpRounds: WARM_UP_ROUNDS,
		rounds: ROUNDS,
		onProgress,
		subjects: {
			nothing: { run: () => undefined },
			gate: {
				prepare: () => {
					next = intents.pop();
					if (next !== undefined) return;
					if (found && update) line.settle(found, update);
					update = line.nextGap();
					found = line.find(update);
					intents = Array.from({ length: together }, (_, at) => another(found as OrderIntent, at));
					next = intents.pop();
				},
				run: () => {
					const verdict = line.check(next);
					if (!verdict.ok) throw new Error(`denied: ${verdict.code}: ${verdict.detail}`);
				},
			},
		},
	});
}

/** The same trade as an intent of its own: as in life, the gate never sees the same intent twice. */
function another(intent: OrderIntent, at: number): OrderIntent {
	const { intentId, legs, loan, timings } = intent;
	return {
		...intent,
		intentId: `${intentId.slice(0, -4)}${String(at).padStart(4, "0")}` as IntentId,
		legs: legs.map((leg) => ({ ...leg })),
		loan: loan && { ...loan },
		timings: { ...timings },
	};
}
