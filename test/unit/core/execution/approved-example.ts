import type { ApprovedIntent } from "../../../../core/execution/approved-intent.ts";
import type { Address } from "../../../../core/types/address.ts";
import type { Blockhash, IntentId } from "../../../../core/types/identifiers.ts";

const address = (letter: string) => letter.repeat(44) as Address;
const [USDC, BONK] = [address("U"), address("B")];

/** An intent with a value for everything: a loan and a tip, too. */
export const APPROVED: ApprovedIntent = {
	intentId: "0123456789abcdef" as IntentId,
	strategy: "test",
	cycle: "there and back",
	fundingMint: USDC,
	loan: { reserve: address("R"), amount: 1_000n, fee: 1n },
	legs: [
		{
			pool: address("P"),
			venue: "raydium-cpmm",
			direction: "bToA",
			mintIn: USDC,
			mintOut: BONK,
			amountIn: 1_000n,
			minimumAmountOut: 900n,
			expectedAmountOut: 900n,
			observedSlot: 1,
			arrays: [-5_632, 0],
		},
		{
			pool: address("Q"),
			venue: "raydium-amm-v4",
			direction: "aToB",
			mintIn: BONK,
			mintOut: USDC,
			amountIn: 900n,
			minimumAmountOut: 1_012n,
			expectedAmountOut: 1_100n,
			observedSlot: 1,
			arrays: [7],
		},
	],
	expectedNetProfit: 98n,
	minimumProfit: 10n,
	networkCost: 1n,
	computeUnitLimit: 200_000,
	computeUnitPriceMicroLamports: 7n,
	maximumFeeLamports: 6_400n,
	tip: { account: address("T"), lamports: 5n },
	triggerSlot: 1,
	deadlineMicros: 1_000_000,
	timings: { found: 1.5 },
	wallet: address("W"),
	blockhash: "H".repeat(44) as Blockhash,
	lastValidBlockHeight: 150,
	riskEpoch: 3,
	lookupTable: { address: address("L"), count: 40 },
	seal: "",
};

/** Every single change of a value, by its path: numbers by one, texts by one character, parts taken away or doubled. */
export function alterations(intent: ApprovedIntent): [path: string, altered: ApprovedIntent][] {
	const { timings, seal, ...decisive } = intent;
	return changesOf(decisive).map(([path, altered]) => [path, { ...(altered as ApprovedIntent), timings, seal }]);
}

function changesOf(value: unknown): [path: string, altered: unknown][] {
	if (typeof value === "bigint") return [["", value + 1n]];
	if (typeof value === "number") return [["", value + 1]];
	if (typeof value === "string") return [["", `${value.slice(0, -1)}${value.endsWith("z") ? "y" : "z"}`]];
	if (Array.isArray(value)) {
		const within = value.flatMap((item, index) =>
			changesOf(item).map(([path, altered]): [string, unknown] => [`${index}.${path}`, value.with(index, altered)]),
		);
		return [...within, ["shorter", value.slice(0, -1)], ["longer", [...value, value[0]]]];
	}
	const object = value as Record<string, unknown>;
	return Object.entries(object).flatMap(([key, inner]) => {
		const within = changesOf(inner).map(([path, altered]): [string, unknown] => [
			path === "" ? key : `${key}.${path}`,
			{ ...object, [key]: altered },
		]);
		const isOptional = key === "loan" || key === "tip" || key === "lookupTable";
		return isOptional ? [...within, [`${key}.absent`, { ...object, [key]: null }] as [string, unknown]] : within;
	});
}
