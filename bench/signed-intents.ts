import type { ApprovedIntent } from "../core/execution/approved-intent.ts";
import type { AccountUpdate } from "../core/market/market-table.ts";
import { systemClock } from "../libs/clock.ts";
import { seededRandom } from "../libs/random.ts";
import { benchSeal } from "./bench-seal.ts";
import { benchWallet } from "./bench-wallet.ts";
import type { Benchmark } from "./figure.ts";
import { interleave } from "./interleave.ts";
import { TradeLine } from "./trade-line.ts";

const SEED = 7;
const WARM_UP_ROUNDS = 10_000;
const ROUNDS = 40_000;
/** Approved beforehand; each has a blockhash of its own, as trades of different slots have. */
const APPROVED_INTENTS = 256;

/** How much more than the signature itself it takes to sign a trade: from an approved intent, and from account bytes. */
export const signedIntents: Benchmark = {
	name: "signed intents",
	figures: [
		{
			key: "intentToSignedVsBareSignatureP99",
			what: "approved intent → signed bytes (validate, check the seal, patch, sign, base64), p99 ÷ one bare signature, p99",
			unit: "ratio",
			atMost: 1.5,
		},
		{
			key: "bytesToSignedVsBareSignatureP99",
			what: "account bytes → table → batch → book → strategy → gate → signed bytes, p99 ÷ one bare signature, p99",
			unit: "ratio",
			atMost: 3,
		},
		{ key: "intentToSignedVsBareSignatureP50", what: "the first of these, p50 ÷ p50", unit: "ratio", atMost: null },
		{ key: "bytesToSignedVsBareSignatureP50", what: "the second, p50 ÷ p50", unit: "ratio", atMost: null },
		{
			key: "bareSignatureMicrosP50",
			what: "one bare libsodium signature, same message, p50",
			unit: "µs",
			atMost: null,
		},
		{ key: "bareSignatureMicrosP99", what: "… p99", unit: "µs", atMost: null },
		{ key: "intentToSignedMicrosP50", what: "approved intent → signed bytes, p50", unit: "µs", atMost: null },
		{ key: "intentToSignedMicrosP99", what: "… p99", unit: "µs", atMost: null },
		{ key: "bytesToSignedMicrosP50", what: "account bytes → signed bytes, p50", unit: "µs", atMost: null },
		{ key: "bytesToSignedMicrosP99", what: "… p99", unit: "µs", atMost: null },
	],
	async measure(onProgress) {
		const { wallet, signBare } = await benchWallet();
		const line = new TradeLine({ clock: systemClock, random: seededRandom(SEED), wallet, seal: await benchSeal() });
		const approved = Array.from({ length: APPROVED_INTENTS }, () => approvedIntent(line));
		const intentOf = (round: number) => approved[round % approved.length] as ApprovedIntent;
		const message = line.templateOf(intentOf(0)).message;
		let update: AccountUpdate | null = null;
		let traded: ApprovedIntent | null = null;
		const measured = interleave({
			clock: systemClock,
			warmUpRounds: WARM_UP_ROUNDS,
			rounds: ROUNDS,
			onProgress,
			subjects: {
				bare: { run: () => signBare(message) },
				intent: { run: (round) => line.sign(intentOf(round)) },
				bytes: {
					prepare: () => {
						if (traded && update) line.settle(traded, update);
						update = line.nextGap();
					},
					run: () => {
						traded = line.approve(line.find(update as AccountUpdate));
						line.sign(traded);
					},
				},
			},
		});
		const { bare, intent, bytes } = measured;
		return {
			intentToSignedVsBareSignatureP99: intent.percentile(0.99) / bare.percentile(0.99),
			bytesToSignedVsBareSignatureP99: bytes.percentile(0.99) / bare.percentile(0.99),
			intentToSignedVsBareSignatureP50: intent.percentile(0.5) / bare.percentile(0.5),
			bytesToSignedVsBareSignatureP50: bytes.percentile(0.5) / bare.percentile(0.5),
			bareSignatureMicrosP50: bare.percentile(0.5),
			bareSignatureMicrosP99: bare.percentile(0.99),
			intentToSignedMicrosP50: intent.percentile(0.5),
			intentToSignedMicrosP99: intent.percentile(0.99),
			bytesToSignedMicrosP50: bytes.percentile(0.5),
			bytesToSignedMicrosP99: bytes.percentile(0.99),
		};
	},
};

function approvedIntent(line: TradeLine): ApprovedIntent {
	const update = line.nextGap();
	const intent = line.approve(line.find(update));
	line.settle(intent, update);
	return intent;
}
