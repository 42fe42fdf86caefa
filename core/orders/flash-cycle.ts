import { chooseLender, lendersWithRoom, rankLenders } from "../execution/choose-lender.ts";
import { type FlashLender, quoteFlashLoan } from "../execution/flash-loan.ts";
import type { ChainClock } from "../market/chain-clock.ts";
import type { CycleLeg } from "../market/cycle.ts";
import { MAX_CYCLE_LEGS } from "../market/leg-code.ts";
import type { PoolRow } from "../market/pool-row.ts";
import { passRoute, type RouteLeg } from "../market/route.ts";
import { isAddress } from "../risk/intent-shape.ts";
import { propose } from "../strategy/arbitrage/propose.ts";
import { sizeCycle } from "../strategy/arbitrage/size.ts";
import { type ComputeBudget, networkFeeLamports, priceLamports, SolPricing } from "../strategy/network-cost.ts";
import type { IntentProposal } from "../strategy/strategy.ts";
import type { Address } from "../types/address.ts";
import type { IntentId } from "../types/identifiers.ts";
import { failure, type Result, success } from "../types/result.ts";

/** Why an arbitrage that somebody asked for is not sent. Closed. */
export const FLASH_CYCLE_CODES = [
	"malformedRequest",
	"marketUnavailable",
	"unknownPool",
	"notACycle",
	"noLender",
	"unpriced",
	"noQuote",
	"notProfitable",
] as const;

export type FlashCycleCode = (typeof FLASH_CYCLE_CODES)[number];

export interface FlashCycleError {
	readonly code: FlashCycleCode;
	/** One phrase that names the field or the number. */
	readonly detail: string;
}

/** An arbitrage by hand: a loan of the funding mint through the pools, in their order, and back. */
export interface FlashCycleRequest {
	readonly fundingMint: Address;
	readonly pools: readonly Address[];
	/** Base units of the funding mint; null: the size that earns most. */
	readonly amount: bigint | null;
	/** The least gain after all costs, base units of the funding mint; the chain itself holds to it. */
	readonly minimumProfit: bigint;
}

/** Name of arbitrages by hand in their intents. */
export const FLASH_CYCLE_STRATEGY = "manual-cycle";

const FIELDS: ReadonlySet<string> = new Set<keyof FlashCycleRequest>([
	"fundingMint",
	"pools",
	"amount",
	"minimumProfit",
]);
const MINIMUM_LEGS = 2;
const LARGEST_U64 = 0xffff_ffff_ffff_ffffn;
const AMOUNT_PATTERN = /^\d{1,20}$/;
const QUOTES_PER_SIZE = 200;

/** A request from anything that came from outside, or the first thing that is wrong with it. Amounts as digits. */
export function readFlashCycleRequest(
	value: unknown,
	mintOfSymbol: (symbol: string) => Address | undefined,
): Result<FlashCycleRequest, FlashCycleError> {
	if (typeof value !== "object" || value === null || Array.isArray(value)) return malformed("the request is no object");
	const strange = Object.keys(value).find((name) => !FIELDS.has(name));
	if (strange !== undefined) return malformed(`${strange.slice(0, 40)} is no field of the request`);
	const it = value as Partial<Record<keyof FlashCycleRequest, unknown>>;
	const { pools } = it;
	const funding = typeof it.fundingMint === "string" ? (mintOfSymbol(it.fundingMint) ?? it.fundingMint) : null;
	if (!isAddress(funding)) return malformed("fundingMint is neither an address nor a symbol of the configuration");
	if (
		!Array.isArray(pools) ||
		pools.length < MINIMUM_LEGS ||
		pools.length > MAX_CYCLE_LEGS ||
		!pools.every(isAddress)
	) {
		return malformed(`pools is no list of ${MINIMUM_LEGS} to ${MAX_CYCLE_LEGS} addresses`);
	}
	if (new Set(pools).size !== pools.length) return malformed("pools names a pool twice");
	const amount = it.amount === undefined || it.amount === null ? null : readAmount(it.amount, 1n);
	if (amount === undefined) return malformed("amount is no text of digits within 1 and 2^64 - 1");
	const minimumProfit = readAmount(it.minimumProfit, 0n);
	if (minimumProfit === undefined) return malformed("minimumProfit is no text of digits within 0 and 2^64 - 1");
	return success({ fundingMint: funding as Address, pools: pools as Address[], amount, minimumProfit });
}

function readAmount(value: unknown, least: bigint): bigint | undefined {
	const isText = typeof value === "string" && AMOUNT_PATTERN.test(value);
	if (!isText && typeof value !== "bigint") return undefined;
	const amount = BigInt(value);
	return amount >= least && amount <= LARGEST_U64 ? amount : undefined;
}

export interface FlashCycleParts {
	readonly request: FlashCycleRequest;
	readonly intentId: IntentId;
	/** The book's rows. */
	readonly rows: readonly PoolRow[];
	readonly lenders: readonly FlashLender[];
	/** The most that may be borrowed when the request names no amount, base units. */
	readonly maximumAmount: bigint;
	readonly budget: ComputeBudget;
	readonly clock: ChainClock;
	/** Slot up to which the rows are vouched for. */
	readonly slot: number;
}

/** The intent of a requested arbitrage at the market of now, or why there is none. */
export function proposeFlashCycle(parts: FlashCycleParts): Result<IntentProposal, FlashCycleError> {
	const { request, intentId, lenders, budget, slot } = parts;
	const path = followPath(parts);
	if (!path.ok) return path;
	const need = { mint: request.fundingMint, amount: request.amount ?? parts.maximumAmount };
	const pools = path.value.rows.map(({ pool }) => pool);
	const directions = path.value.legs.map(({ direction }) => direction);
	const ranked = rankLenders(lenders, need);
	const withRoom = lendersWithRoom(ranked, { pools, directions, isTipped: false });
	// Where none leaves room, the executor's refusal is what has a lookup table made.
	const lender = chooseLender(withRoom.length > 0 ? withRoom : ranked, request.amount);
	if (lender === null) return refuse("noLender", `nobody lends ${request.fundingMint}`);
	const price = new SolPricing(request.fundingMint, parts.rows).price(slot);
	if (price === null) return refuse("unpriced", `no pool tells what SOL costs in ${request.fundingMint}`);
	const feeLamports = networkFeeLamports(budget);
	const networkCost = priceLamports(feeLamports, price);
	const size = sizeOf(parts, { path: path.value, lender, networkCost });
	if (!size.ok) return size;
	const { minimumProfit } = request;
	if (size.value.netProfit < minimumProfit) {
		return refuse("notProfitable", `the cycle nets ${size.value.netProfit} now, asked for are ${minimumProfit}`);
	}
	const cycle = { name: `manual ${intentId}`, fundingMint: request.fundingMint, legs: path.value.legs };
	return success(
		propose({
			intentId,
			strategy: FLASH_CYCLE_STRATEGY,
			cycle,
			rows: path.value.rows,
			lender,
			size: { ...size.value, atMost: size.value.netProfit, isProven: false, isCapped: false },
			minimumProfit,
			payment: { networkCost, netProfit: size.value.netProfit, tip: null },
			fee: { ...budget, feeLamports },
			slot,
		}),
	);
}

interface Path {
	readonly legs: readonly CycleLeg[];
	readonly rows: readonly PoolRow[];
}

function followPath({ request, rows }: FlashCycleParts): Result<Path, FlashCycleError> {
	const legs: CycleLeg[] = [];
	const passed: PoolRow[] = [];
	let mint = request.fundingMint;
	for (const address of request.pools) {
		const row = rows.find(({ pool }) => pool.address === address);
		if (row === undefined) return refuse("unknownPool", `pool ${address} is not followed`);
		if (row.stale) return refuse("marketUnavailable", `pool ${address} is stale`);
		const { mintA, mintB } = row.pool;
		if (mint !== mintA && mint !== mintB) return refuse("notACycle", `pool ${address} does not trade ${mint}`);
		const mintOut = mint === mintA ? mintB : mintA;
		legs.push({ poolIndex: row.index, direction: mint === mintA ? "aToB" : "bToA", mintIn: mint, mintOut });
		passed.push(row);
		mint = mintOut;
	}
	if (mint !== request.fundingMint)
		return refuse("notACycle", `the path ends in ${mint}, not in ${request.fundingMint}`);
	return success({ legs, rows: passed });
}

interface CycleSize {
	readonly amount: bigint;
	readonly loanFee: bigint;
	readonly outputs: readonly bigint[];
	readonly arrays: readonly (readonly number[])[];
	readonly netProfit: bigint;
}

function sizeOf(
	{ request, maximumAmount, clock }: FlashCycleParts,
	{ path, lender, networkCost }: { readonly path: Path; readonly lender: FlashLender; readonly networkCost: bigint },
): Result<CycleSize, FlashCycleError> {
	const legs = path.legs.map(
		({ direction }, at): RouteLeg => ({ market: (path.rows[at] as PoolRow).market, direction }),
	);
	if (request.amount === null) {
		const size = sizeCycle({ legs, lender, networkCost, maximumAmount, clock, maximumQuotes: QUOTES_PER_SIZE });
		if (size.ok) return size;
		return refuse(size.error === "noGap" ? "notProfitable" : "noQuote", `no size of this cycle pays: ${size.error}`);
	}
	const loan = quoteFlashLoan(lender, request.amount);
	if (!loan.ok) return refuse("noQuote", `the lender refuses ${request.amount}: ${loan.error}`);
	const passage = passRoute(legs, request.amount, clock);
	if (!passage.ok) return refuse("noQuote", `the route refuses ${request.amount}: ${passage.error}`);
	const { outputs, arrays } = passage.value;
	const netProfit = (outputs.at(-1) as bigint) - request.amount - loan.value.fee - networkCost;
	return success({ amount: request.amount, loanFee: loan.value.fee, outputs, arrays, netProfit });
}

function malformed(detail: string): Result<never, FlashCycleError> {
	return refuse("malformedRequest", detail);
}

function refuse(code: FlashCycleCode, detail: string): Result<never, FlashCycleError> {
	return failure({ code, detail });
}
