import type { AccountUpdate } from "../core/market/market-table.ts";
import type { OrderIntent } from "../core/strategy/order-intent.ts";
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

/** The gate alone, over an intent that passes every check: the longest way through it. */
export const gateCheck: Benchmark = {
	name: "gate check",
	figures: [
		{ key: "gateCheckMicrosP99", what: "one intent through every check of the gate, p99", unit: "µs", atMost: 5 },
		{ key: "gateCheckMicrosP50", what: "… p50", unit: "µs", atMost: null },
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
		let update: AccountUpdate | null = null;
		let intent: OrderIntent | null = null;
		const { gate, nothing } = interleave({
			clock: systemClock,
			warmUpRounds: WARM_UP_ROUNDS,
			rounds: ROUNDS,
			onProgress,
			subjects: {
				nothing: { run: () => undefined },
				gate: {
					prepare: () => {
						if (intent && update) line.settle(intent, update);
						update = line.nextGap();
						// Fresh from the strategy, as in life: the gate never sees the same intent twice.
						intent = line.find(update);
					},
					run: () => {
						const verdict = line.check(intent);
						if (!verdict.ok) throw new Error(`denied: ${verdict.code}: ${verdict.detail}`);
					},
				},
			},
		});
		return {
			gateCheckMicrosP99: gate.percentile(0.99),
			gateCheckMicrosP50: gate.percentile(0.5),
			clockMicrosP50: nothing.percentile(0.5),
		};
	},
};
