import { SOL_MINT } from "../execution/fill.ts";
import { STAGES } from "../execution/stage-timings.ts";
import { networkFeeLamports } from "../strategy/network-cost.ts";
import {
	type FlashLoan,
	MOST_SWAP_ARRAYS,
	notionalOf,
	type OrderIntent,
	type SwapLeg,
	type Tip,
} from "../strategy/order-intent.ts";
import { isIntentId } from "../types/identifiers.ts";

const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;
/** What a seal can carry of an amount that may be negative. */
const LARGEST_I64 = 0x7fff_ffff_ffff_ffffn;
const LARGEST_COMPUTE_UNITS = 1_400_000;
/** Of a cycle, which a loan funds. */
const MINIMUM_LEGS = 2;
/** More do not fit into a transaction. */
const MAXIMUM_LEGS = 6;
const MAXIMUM_TEXT = 128;
const LEAST_ADDRESS_TEXT = 32;
const MOST_ADDRESS_TEXT = 44;
/** 1 where a character code is a digit of base58. A table, because the gate reads ten addresses an intent. */
const IS_BASE58_DIGIT = new Uint8Array(128);
for (const digit of "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz") {
	IS_BASE58_DIGIT[digit.charCodeAt(0)] = 1;
}

/** The fields of an order intent, all of which are there. */
export const INTENT_FIELDS: ReadonlySet<string> = new Set<keyof OrderIntent>([
	"intentId",
	"strategy",
	"cycle",
	"fundingMint",
	"loan",
	"legs",
	"expectedNetProfit",
	"minimumProfit",
	"networkCost",
	"computeUnitLimit",
	"computeUnitPriceMicroLamports",
	"maximumFeeLamports",
	"tip",
	"triggerSlot",
	"deadlineMicros",
	"timings",
]);
const LOAN_FIELDS: ReadonlySet<string> = new Set<keyof FlashLoan>(["reserve", "amount", "fee"]);
const TIP_FIELDS: ReadonlySet<string> = new Set<keyof Tip>(["account", "lamports"]);
const LEG_FIELDS: ReadonlySet<string> = new Set<keyof SwapLeg>([
	"pool",
	"venue",
	"direction",
	"mintIn",
	"mintOut",
	"amountIn",
	"minimumAmountOut",
	"expectedAmountOut",
	"observedSlot",
	"arrays",
]);
const KNOWN_STAGES: ReadonlySet<string> = new Set(STAGES);

/**
 * What is wrong with an order intent, in one phrase that names the field, or null when it is whole: every field of its
 * type and range and none besides, the legs a closed chain from the loan back to its mint (or an open one from what is
 * spent to what is bought), and the last leg's guard covering loan, fee, network cost and minimum profit. Takes
 * anything: it stands at the edge of the bus.
 *
 * @param fields the fields that may be there, where something carries more than an order intent does
 */
export function findMalformation(intent: unknown, fields: ReadonlySet<string> = INTENT_FIELDS): string | null {
	if (typeof intent !== "object" || intent === null) return "the intent is no object";
	const it = intent as Partial<Record<keyof OrderIntent, unknown>>;
	if (typeof it.intentId !== "string" || !isIntentId(it.intentId)) return "intentId is not 16 of 0-9 and a-z";
	if (!isText(it.strategy)) return "strategy is not a text of 1 to 128 characters";
	if (!isText(it.cycle)) return "cycle is not a text of 1 to 128 characters";
	if (!isAddress(it.fundingMint)) return "fundingMint is no address";
	const legs = it.legs;
	const least = it.loan === null ? 1 : MINIMUM_LEGS;
	if (!Array.isArray(legs) || legs.length < least || legs.length > MAXIMUM_LEGS) {
		return `legs are not ${least} to ${MAXIMUM_LEGS}`;
	}
	const problem = findUnknownField(intent, fields) ?? findLoanMalformation(it.loan) ?? findTipMalformation(it.tip);
	if (problem) return problem;
	if (!isAmount(it.minimumProfit, 0n)) return "minimumProfit is not within 0 and 2^64 - 1";
	if (!isAmount(it.networkCost, 0n)) return "networkCost is not within 0 and 2^64 - 1";
	const { expectedNetProfit } = it;
	if (typeof expectedNetProfit !== "bigint" || expectedNetProfit > LARGEST_I64 || expectedNetProfit < -LARGEST_I64) {
		return "expectedNetProfit is not within -2^63 + 1 and 2^63 - 1";
	}
	if (!isCount(it.triggerSlot)) return "triggerSlot is no slot";
	if (!isCount(it.deadlineMicros)) return "deadlineMicros is no time in whole microseconds";
	const timingProblem = findTimingMalformation(it.timings);
	if (timingProblem) return timingProblem;
	let mint: unknown = it.fundingMint;
	for (let index = 0; index < legs.length; index++) {
		const legProblem = findLegMalformation(legs[index], mint, it.fundingMint);
		if (legProblem) return `legs[${index}].${legProblem}`;
		mint = (legs[index] as SwapLeg).mintOut;
	}
	return findFeeMalformation(intent as OrderIntent) ?? findRouteMalformation(intent as OrderIntent);
}

/** What is missing was found by its type: here only fields that nobody knows are looked for. */
function findUnknownField(value: object, fields: ReadonlySet<string>, path = ""): string | null {
	let count = 0;
	for (const _ in value) count++;
	if (count === fields.size) return null;
	const unknown = Object.keys(value).find((name) => !fields.has(name));
	return unknown === undefined ? null : `${path}${unknown.slice(0, MAXIMUM_TEXT)} is no field that is known`;
}

function findTimingMalformation(timings: unknown): string | null {
	if (typeof timings !== "object" || timings === null) return "timings are missing";
	for (const stage in timings) {
		if (!KNOWN_STAGES.has(stage)) return `timings.${stage.slice(0, MAXIMUM_TEXT)} is no field that is known`;
		const micros = (timings as Readonly<Record<string, unknown>>)[stage];
		if (micros === undefined) continue;
		if (typeof micros !== "number" || !(micros >= 0 && micros <= Number.MAX_SAFE_INTEGER)) {
			return `timings.${stage} is no time in microseconds`;
		}
	}
	return null;
}

function findLoanMalformation(value: unknown): string | null {
	if (value === null) return null;
	const loan = value as Partial<Record<keyof FlashLoan, unknown>> | undefined;
	if (typeof loan !== "object") return "loan is neither null nor a loan";
	if (!isAddress(loan.reserve)) return "loan.reserve is no address";
	if (!isAmount(loan.amount, 1n)) return "loan.amount is not within 1 and 2^64 - 1";
	if (!isAmount(loan.fee, 0n)) return "loan.fee is not within 0 and 2^64 - 1";
	return findUnknownField(loan, LOAN_FIELDS, "loan.");
}

function findTipMalformation(value: unknown): string | null {
	if (value === null) return null;
	const tip = value as Partial<Record<keyof Tip, unknown>> | undefined;
	if (typeof tip !== "object") return "tip is neither null nor a tip";
	if (!isAddress(tip.account)) return "tip.account is no address";
	if (!isAmount(tip.lamports, 1n)) return "tip.lamports is not within 1 and 2^64 - 1";
	return findUnknownField(tip, TIP_FIELDS, "tip.");
}

/** @param before and `funding`: mints that are known to be addresses, and mostly come again */
function findLegMalformation(leg: unknown, before: unknown, funding: unknown): string | null {
	if (typeof leg !== "object" || leg === null) return "is no object";
	const it = leg as Partial<Record<keyof SwapLeg, unknown>>;
	if (!isAddress(it.pool)) return "pool is no address";
	if (typeof it.venue !== "string") return "venue is no text";
	if (it.direction !== "aToB" && it.direction !== "bToA") return "direction is neither aToB nor bToA";
	if (it.mintIn !== before && !isAddress(it.mintIn)) return "mintIn is no address";
	if (it.mintOut !== funding && !isAddress(it.mintOut)) return "mintOut is no address";
	if (it.mintIn === it.mintOut) return "mintOut is the mint that goes in";
	if (!isAmount(it.amountIn, 1n)) return "amountIn is not within 1 and 2^64 - 1";
	if (!isAmount(it.minimumAmountOut, 1n)) return "minimumAmountOut is not within 1 and 2^64 - 1";
	if (!isAmount(it.expectedAmountOut, it.minimumAmountOut)) return "expectedAmountOut is below minimumAmountOut";
	if (!isCount(it.observedSlot)) return "observedSlot is no slot";
	if (!areArrays(it.arrays)) return `arrays are not up to ${MOST_SWAP_ARRAYS} whole numbers of 32 bits`;
	return findUnknownField(leg, LEG_FIELDS);
}

function areArrays(arrays: unknown): boolean {
	if (!Array.isArray(arrays) || arrays.length > MOST_SWAP_ARRAYS) return false;
	for (let at = 0; at < arrays.length; at++) if ((arrays[at] | 0) !== arrays[at]) return false;
	return true;
}

/** The reservation trusts the fee that the intent states, so it must not be stated too low. */
function findFeeMalformation(intent: OrderIntent): string | null {
	const { computeUnitLimit, computeUnitPriceMicroLamports, maximumFeeLamports, networkCost } = intent;
	if (!isCount(computeUnitLimit) || computeUnitLimit < 1 || computeUnitLimit > LARGEST_COMPUTE_UNITS) {
		return `computeUnitLimit is not within 1 and ${LARGEST_COMPUTE_UNITS}`;
	}
	if (!isAmount(computeUnitPriceMicroLamports, 0n)) return "computeUnitPriceMicroLamports is not within 0 and 2^64 - 1";
	if (!isAmount(maximumFeeLamports, 0n)) return "maximumFeeLamports is not within 0 and 2^64 - 1";
	const fee = networkFeeLamports({ computeUnitLimit, computeUnitPriceMicroLamports });
	if (maximumFeeLamports < fee) return `maximumFeeLamports is ${maximumFeeLamports}, the transaction can cost ${fee}`;
	if (intent.loan === null) {
		return networkCost === 0n ? null : "networkCost is not 0, and without a loan nothing of it is guarded";
	}
	const cost = fee + (intent.tip?.lamports ?? 0n);
	if (intent.fundingMint === SOL_MINT && networkCost < cost) {
		return `networkCost is ${networkCost} lamports, the transaction can cost ${cost}`;
	}
	return null;
}

function findRouteMalformation(intent: OrderIntent): string | null {
	const { legs, loan, fundingMint } = intent;
	let mint = fundingMint;
	let amount = notionalOf(intent);
	for (let index = 0; index < legs.length; index++) {
		const leg = legs[index] as SwapLeg;
		if (leg.mintIn !== mint) return `legs[${index}].mintIn does not follow what came before`;
		if (leg.amountIn !== amount) return `legs[${index}].amountIn is not ${amount}, which is what came before`;
		mint = leg.mintOut;
		amount = leg.minimumAmountOut;
	}
	if (hasRepeatedPool(legs)) return "a pool occurs twice in legs";
	if (loan === null) {
		if (mint === fundingMint) return "without a loan the legs lead back to the funding mint";
		return intent.minimumProfit === 0n ? null : "minimumProfit is not 0, and without a loan nothing guards it";
	}
	if (legs[0]?.amountIn !== loan.amount) return `legs[0].amountIn is not ${loan.amount}, which is the loan`;
	if (mint !== fundingMint) return "the last leg does not end in the funding mint";
	const guard = loan.amount + loan.fee + intent.networkCost + intent.minimumProfit;
	if (amount < guard) {
		return `the last leg's minimumAmountOut is ${amount}, below loan, fee, networkCost and minimumProfit of ${guard}`;
	}
	return null;
}

/** Legs are few: comparing each with each is cheaper than a set. */
function hasRepeatedPool(legs: readonly SwapLeg[]): boolean {
	for (let later = 1; later < legs.length; later++) {
		const { pool } = legs[later] as SwapLeg;
		for (let earlier = 0; earlier < later; earlier++) {
			if ((legs[earlier] as SwapLeg).pool === pool) return true;
		}
	}
	return false;
}

function isText(value: unknown): value is string {
	return typeof value === "string" && value.length > 0 && value.length <= MAXIMUM_TEXT;
}

/**
 * Texts that were found to be addresses. The same few mints, pools and reserves come again with every intent, and
 * looking one up costs a fifth of reading its digits. What it holds changes no answer, only how soon it is there.
 */
const seenAddresses = new Set<string>();
const MOST_SEEN_ADDRESSES = 4_096;

/** Whether a value is text of 32 to 44 base58 digits, as 32 bytes have. */
export function isAddress(value: unknown): boolean {
	if (typeof value !== "string") return false;
	if (seenAddresses.has(value)) return true;
	if (!hasAddressDigits(value)) return false;
	if (seenAddresses.size >= MOST_SEEN_ADDRESSES) seenAddresses.clear();
	seenAddresses.add(value);
	return true;
}

/** As {@link isAddress}, for what does not come again: a blockhash is not kept among the addresses. */
export function isHash(value: unknown): boolean {
	return typeof value === "string" && hasAddressDigits(value);
}

function hasAddressDigits(value: string): boolean {
	if (value.length < LEAST_ADDRESS_TEXT || value.length > MOST_ADDRESS_TEXT) return false;
	for (let at = 0; at < value.length; at++) {
		if (IS_BASE58_DIGIT[value.charCodeAt(at)] !== 1) return false;
	}
	return true;
}

/** What fits 64 signed bits is compared several times as fast: the larger bound is asked only for what does not. */
function isAmount(value: unknown, least: unknown): value is bigint {
	if (typeof value !== "bigint" || value < (least as bigint)) return false;
	return value <= LARGEST_I64 || value <= LARGEST_U64;
}

function isCount(value: unknown): value is number {
	return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
