import { SOL_MINT } from "../../core/execution/fill.ts";
import { TOKEN_PROGRAM } from "../../core/market/token-account.ts";
import type { Address } from "../../core/types/address.ts";
import { readAddress } from "../../core/types/base58.ts";
import { readUint64 } from "../../core/types/bytes.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import type { Chain } from "../../services/localnet/chain/chain.ts";
import { requireAccountKey } from "../../services/localnet/chain/keys.ts";
import type { TransactionRecord } from "../../services/localnet/chain/transaction-history.ts";
import { until } from "../support/until.ts";
import { idIn } from "./fates.ts";
import type { Observer } from "./observer.ts";
import type { SimNode, World } from "./world.ts";

/** What a run came to, counted on the chain. */
export interface Outcomes {
	readonly approved: number;
	readonly landed: number;
	readonly reverted: number;
	readonly expired: number;
	readonly denied: number;
}

/** A span in which nothing may be signed: epoch microseconds. */
export interface HaltedSpan {
	readonly from: number;
	readonly to: number;
}

export interface CheckOptions {
	/** When trading was halted by the test. */
	readonly halted?: readonly HaltedSpan[];
	/** Risk may have halted trading by itself: it had reason to. */
	readonly mayHalt?: boolean;
	/** Intents whose transaction a fork dropped or moved: what was told of them before was true then. */
	readonly forked?: ReadonlySet<IntentId>;
}

const WHOLE_HISTORY = 1_000_000;
const TOKEN_ACCOUNT_SIZE = 165;
const TOKEN_OFFSET = { mint: 0, owner: 32, amount: 64 } as const;

/** Waits until no executor follows anything, risk has nothing reserved, and a clean cut of the books covers it all. */
export async function untilQuiet(world: World, risk: SimNode, executors: readonly SimNode[]): Promise<void> {
	// A cut from before a fork may name a later slot than all that has landed since.
	const beganSlot = world.chain.slot("processed");
	const lastLanding = () => Math.max(beganSlot, tradesOf(world).at(0)?.slot ?? 0);
	await until(
		async () => {
			const status = await risk.bus.call("risk.status");
			if (status.inFlight > 0 || !countsAll(world, status)) return false;
			for (const { bus } of executors) {
				// The local one of each node, not the next one in turn.
				const { inFlight } = await bus.call("executor.status");
				if (inFlight > 0) return false;
			}
			const { slot, lines } = await risk.bus.call("risk.books");
			return slot > lastLanding() && lines.every(({ difference }) => difference === 0n);
		},
		{ what: `an end of everything (${await stateOf(risk, executors)})`, timeoutMs: 60_000, everyMs: 50 },
	).catch(async (error: Error) => {
		throw new Error(`${error.message}; now ${await stateOf(risk, executors)}`);
	});
}

/** Whether risk has booked every trade on the chain and no other; after a fork that takes until its slots are final. */
function countsAll(
	world: World,
	{ landed, reverted }: { readonly landed: number; readonly reverted: number },
): boolean {
	const trades = tradesOf(world);
	return trades.length === landed + reverted && trades.filter(({ err }) => err === null).length === landed;
}

/** Throws, naming what it found, when anything that must never happen has happened. */
export async function checkInvariants(
	world: World,
	risk: SimNode,
	observer: Observer,
	{ halted = [], mayHalt = false, forked = new Set() }: CheckOptions = {},
): Promise<Outcomes> {
	if (observer.halts.length > 0 && !mayHalt) throw new Error(`risk halted trading by itself: ${observer.halts[0]}`);
	const onChain = landingsById(world);
	const outcomes = checkOutcomes(onChain, observer, forked);
	await checkCounters(risk, outcomes);
	await checkBooks(world, risk);
	checkLimits(world, observer);
	checkHalts(observer, halted);
	return outcomes;
}

/** The wallet's transactions that carry an intent's id, newest first. */
export function tradesOf({ chain, wallet }: Pick<World, "chain" | "wallet">): TransactionRecord[] {
	const query = { maxSlot: chain.slot("processed"), limit: WHOLE_HISTORY };
	return chain
		.transactionsOfAccount(requireAccountKey(wallet), query)
		.filter(({ memo }) => memo !== null && idIn(memo) !== null);
}

function landingsById(world: World): Map<IntentId, TransactionRecord> {
	const landings = new Map<IntentId, TransactionRecord>();
	for (const record of tradesOf(world)) {
		const intentId = idIn(record.memo as string) as IntentId;
		if (landings.has(intentId)) throw new Error(`intent ${intentId} is on the chain twice`);
		landings.set(intentId, record);
	}
	return landings;
}

/** Every approved intent ended once, as the chain says it did; what was not approved is not there. */
function checkOutcomes(
	onChain: ReadonlyMap<IntentId, TransactionRecord>,
	observer: Observer,
	forked: ReadonlySet<IntentId>,
): Outcomes {
	const counts = { landed: 0, reverted: 0, expired: 0 };
	for (const intentId of onChain.keys()) {
		if (!observer.approved.has(intentId)) throw new Error(`intent ${intentId} is on the chain and was never approved`);
		if (observer.denied.has(intentId)) throw new Error(`intent ${intentId} is on the chain and was released`);
	}
	let approved = 0;
	for (const intentId of observer.approved.keys()) {
		if (observer.denied.has(intentId)) continue;
		approved++;
		const record = onChain.get(intentId);
		const truth = record === undefined ? "expired" : record.err === null ? "landed" : "reverted";
		counts[truth]++;
		const booked = observer.booked.get(intentId) ?? [];
		const times = 1 + (observer.reversed.get(intentId) ?? 0);
		if (booked.length !== times) {
			throw new Error(`intent ${intentId} was booked ${booked.length} times and taken back ${times - 1} times`);
		}
		const { outcome: final } = booked.at(-1)!;
		if (final !== truth) throw new Error(`intent ${intentId} was booked as ${final}, and the chain says ${truth}`);
		if (forked.has(intentId)) continue;
		for (const { outcome } of observer.told.get(intentId) ?? []) {
			if (outcome !== truth) throw new Error(`intent ${intentId} was told as ${outcome}, and the chain says ${truth}`);
		}
	}
	return { approved, ...counts, denied: observer.denied.size };
}

async function checkCounters(risk: SimNode, outcomes: Outcomes): Promise<void> {
	const status = await risk.bus.call("risk.status");
	for (const key of ["landed", "reverted", "expired"] as const) {
		if (status[key] !== outcomes[key]) throw new Error(`risk counts ${status[key]} ${key}, the chain ${outcomes[key]}`);
	}
	if (status.inFlight !== 0) throw new Error(`${status.inFlight} reservations are left`);
	for (const { symbol, reserved } of await risk.bus.call("risk.positions")) {
		if (reserved !== 0n) throw new Error(`${reserved} of ${symbol} are still reserved`);
	}
}

/** The books' own sum, and what this test reads from the chain by itself. */
async function checkBooks(world: World, risk: SimNode): Promise<void> {
	const { lines } = await risk.bus.call("risk.books");
	const held = holdingsOf(world.chain, world.wallet);
	for (const [mint, amount] of held) {
		if (amount > 0n && !lines.some((line) => line.mint === mint)) throw new Error(`the books have no line for ${mint}`);
	}
	for (const line of lines) {
		const { symbol, opening, fills, fees, tips, loanFees, chain, difference } = line;
		const expected = opening + fills - fees - tips - loanFees;
		const actual = held.get(line.mint) ?? 0n;
		if (difference !== 0n || expected !== actual || chain !== actual) {
			throw new Error(
				`${symbol}: the books say ${expected}, the chain ${actual}, the cut ${chain}, off by ${difference}`,
			);
		}
	}
}

/** What the wallet holds of each mint; native and wrapped SOL are one. */
export function holdingsOf(chain: Chain, wallet: Address): Map<Address, bigint> {
	const held = new Map<Address, bigint>([[SOL_MINT, chain.getAccount(wallet, "confirmed")?.lamports ?? 0n]]);
	for (const { account } of chain.getProgramAccounts(TOKEN_PROGRAM, "confirmed").accounts) {
		if (account.data.length !== TOKEN_ACCOUNT_SIZE || readAddress(account.data, TOKEN_OFFSET.owner) !== wallet)
			continue;
		const mint = readAddress(account.data, TOKEN_OFFSET.mint);
		held.set(mint, (held.get(mint) ?? 0n) + readUint64(account.data, TOKEN_OFFSET.amount));
	}
	return held;
}

function checkLimits({ config }: World, observer: Observer): void {
	const { max_in_flight, limits } = config.risk;
	if (observer.mostInFlight > max_in_flight) {
		throw new Error(`${observer.mostInFlight} intents were in flight at once, at most ${max_in_flight} may be`);
	}
	for (const { asset, max_in_flight_notional } of limits) {
		const { mint, decimals } = config.assets.find(({ symbol }) => symbol === asset)!;
		const most = BigInt(max_in_flight_notional) * 10n ** BigInt(decimals);
		const seen = observer.mostNotional.get(mint as Address) ?? 0n;
		if (seen > most) throw new Error(`${seen} of ${asset} were in flight at once, at most ${most} may be`);
	}
}

function checkHalts(observer: Observer, halted: readonly HaltedSpan[]): void {
	for (const { intentId, timings } of observer.stamps) {
		const { signed, sent } = timings;
		for (const { from, to } of halted) {
			for (const at of [signed, sent]) {
				if (at !== undefined && at > from && at < to) {
					throw new Error(`intent ${intentId} was signed or sent ${at - from} µs after halt had answered`);
				}
			}
		}
	}
}

async function stateOf(risk: SimNode, executors: readonly SimNode[]): Promise<string> {
	const { inFlight, unknown, tradingState, landed, reverted, expired } = await risk.bus.call("risk.status");
	const books = await risk.bus.call("risk.books");
	const differences = books.lines.map(({ symbol, difference }) => `${symbol} ${difference}`).join(" ");
	const followed = await Promise.all(executors.map(({ bus }) => bus.call("executor.status")));
	return (
		`risk ${tradingState.state} (${tradingState.reason}), in flight ${inFlight}, unknown ${unknown}, ` +
		`${landed} landed, ${reverted} reverted, ${expired} expired, ` +
		`executors ${followed.map((status) => status.inFlight)}, books of slot ${books.slot}: ${differences}`
	);
}
