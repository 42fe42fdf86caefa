import type { ApprovedIntent } from "../core/execution/approved-intent.ts";
import { SOL_MINT } from "../core/execution/fill.ts";
import { readApprovedIntent } from "../core/execution/intent-shape.ts";
import { SignerPolicy } from "../core/execution/signer-policy.ts";
import { Book } from "../core/market/book.ts";
import { HeardClock } from "../core/market/chain-clock.ts";
import { type AccountUpdate, MarketTable } from "../core/market/market-table.ts";
import { ReferencePrices } from "../core/market/reference-prices.ts";
import { TickBatchWriter } from "../core/market/tick-batch.ts";
import { type Approval, checkIntent, type Denial, type GateView } from "../core/risk/gate.ts";
import { GrossExposure } from "../core/risk/gross-exposure.ts";
import { LedgerState } from "../core/risk/ledger-state.ts";
import type { RiskLimits } from "../core/risk/limits.ts";
import { MarketWatch } from "../core/risk/market-watch.ts";
import { OrderRate } from "../core/risk/order-rate.ts";
import { CROSS_VENUE, crossVenueArbitrage } from "../core/strategy/cross-venue/strategy.ts";
import type { OrderIntent } from "../core/strategy/order-intent.ts";
import type { Strategy } from "../core/strategy/strategy.ts";
import { encodeBase58 } from "../core/types/base58.ts";
import type { Clock, Random } from "../core/types/clock.ts";
import { type Blockhash, INTENT_ID_LENGTH, type IntentId } from "../core/types/identifiers.ts";
import type { ApprovalSeal } from "../libs/approval-seal.ts";
import { IntentSigner, type SignedTransaction } from "../libs/solana/intent-signer.ts";
import type { Wallet } from "../libs/solana/keypair.ts";
import { compileTemplate, type MessageTemplate } from "../libs/solana/message-template.ts";
import { PolicedWallet } from "../libs/solana/policed-wallet.ts";
import type { Route } from "../libs/solana/route.ts";
import { TemplateCache } from "../libs/solana/template-cache.ts";
import { anyAddress, anyBytes, benchMarket, FAIR_SOL, FAIR_USDC, poolAccount, USDC, vaultAccount } from "./market.ts";

const CATALOG_EPOCH = 1;
const FIRST_SLOT = 1_000;
const SLOT_MICROS = 400_000;
const DEADLINE_MICROS = 250_000;
const BLOCKHASH_BLOCKS = 150;
/**
 * So high that no limit is reached: what is measured is a trade that passes every check. No higher than that, because
 * the limits of a desk fit 64 signed bits as well, and bigints that do are compared several times as fast.
 */
const NO_LIMIT = 2n ** 62n;
const TEMPLATES = 64;
/** The gap that a trade closes: the changed pool holds 3 to 5 % more SOL than its neighbours. */
const LEAST_GAP_PPM = 30_000;
const GAP_SPREAD_PPM = 20_000;
const PPM = 1_000_000n;
const STANDING = { drawdown: () => 0n, throttled: () => null };
const BUDGET = { computeUnitLimit: 250_000, computeUnitPriceMicroLamports: 1_000n };

/** A row's accounts by number. */
const POOL = 0;
const VAULT_A = 1;
const VAULT_B = 2;

export interface TradeLineOptions {
	readonly clock: Clock;
	readonly random: Random;
	readonly wallet: Wallet;
	readonly seal: ApprovalSeal;
}

/**
 * Everything between an account's bytes and a signed transaction, in one process and without the bus: the pure engines
 * of feed, strategy, risk and executor as the actors wire them, with one trade a slot.
 */
export class TradeLine {
	readonly #clock: Clock;
	readonly #random: Random;
	readonly #market;
	readonly #table: MarketTable;
	readonly #batch = new TickBatchWriter();
	readonly #chainTime = new HeardClock();
	readonly #book: Book;
	readonly #strategy: Strategy;
	readonly #ledger = new LedgerState();
	readonly #watch = new MarketWatch();
	readonly #limits: RiskLimits;
	readonly #messageRate: OrderRate;
	readonly #orderRate: OrderRate;
	readonly #strategyRates: ReadonlyMap<string, OrderRate>;
	readonly #exposure: GrossExposure;
	readonly #prices: ReferencePrices;
	readonly #wallet: Wallet;
	readonly #tokenAccounts;
	readonly #signer: IntentSigner;
	readonly #seal: ApprovalSeal;
	readonly #templates = new TemplateCache(TEMPLATES);
	readonly #admitted = new Set<string>();
	#slots = 0;
	#ids = 0;
	#sequence = 0;

	constructor({ clock, random, wallet, seal }: TradeLineOptions) {
		this.#clock = clock;
		this.#seal = seal;
		this.#random = random;
		this.#wallet = wallet;
		this.#signer = new IntentSigner(new PolicedWallet({ wallet, policy: generousPolicy(), clock }));
		this.#market = benchMarket(random);
		this.#tokenAccounts = new Map(this.#market.mints.map((mint) => [mint, anyAddress(random)]));
		const { pools, lenders } = this.#market;
		this.#limits = generousLimits();
		const rate = () => new OrderRate({ ordersPerSecond: 1_000_000, burst: 1_000_000, nowMicros: 0 });
		this.#messageRate = rate();
		this.#orderRate = rate();
		this.#strategyRates = new Map([[CROSS_VENUE, rate()]]);
		this.#exposure = new GrossExposure(this.#limits.quoteMints);
		this.#table = new MarketTable(pools);
		this.#book = new Book({ catalogEpoch: CATALOG_EPOCH, pools });
		this.#prices = new ReferencePrices(this.#book.rows);
		this.#strategy = crossVenueArbitrage({
			parameters: {
				funding: new Map([
					[USDC, { minimumProfit: 10_000n, maximumAmount: FAIR_USDC }],
					[SOL_MINT, { minimumProfit: 100_000n, maximumAmount: FAIR_SOL }],
				]),
				budget: BUDGET,
				staleAfterSlots: 4,
				maximumCyclesPerPool: 256,
				maximumInFlight: 8,
				coolDownMicros: 0,
				inFlightTimeoutMicros: 90_000_000,
			},
			nextIntentId: () => (this.#ids++).toString(36).padStart(INTENT_ID_LENGTH, "0") as IntentId,
		});
		this.#strategy.adopt({ book: this.#book, lenders });
		this.#ledger.apply({
			type: "opened",
			version: 1,
			genesisHash: "",
			wallet: wallet.address,
			slot: FIRST_SLOT,
			balances: [{ mint: SOL_MINT, amount: FAIR_SOL }],
			accounts: [],
			atMicros: this.#epochMicros(),
		});
		this.#fill();
	}

	/** The chain goes on by a slot, with a blockhash of its own; then a trader's swap makes a gap between two prices. */
	nextGap(): AccountUpdate {
		this.#slots++;
		const blockHeight = this.#slot;
		this.#watch.heard(
			{
				shard: "main",
				slot: this.#slot,
				blockHeight,
				blockhash: encodeBase58(anyBytes(this.#random, 32)) as Blockhash,
				lastValidBlockHeight: blockHeight + BLOCKHASH_BLOCKS,
			},
			this.#monotonicMicros(),
		);
		const row = this.#random.nextUint32() % this.#market.pools.length;
		const gap = BigInt(LEAST_GAP_PPM + (this.#random.nextUint32() % GAP_SPREAD_PPM));
		return this.#vaultUpdate(row, FAIR_SOL + (FAIR_SOL * gap) / PPM);
	}

	/** Account bytes → table → batch → book → strategy → intent. Throws unless there is exactly one. */
	find(update: AccountUpdate): OrderIntent {
		const received = this.#epochMicros();
		const outcome = this.#table.apply(update);
		if (outcome !== "applied") throw new Error(`the account's bytes are ${outcome}`);
		const decoded = this.#epochMicros();
		this.#table.takeChanged(this.#batch);
		const applied = this.#book.apply(this.#batch.finish(this.#header(received, decoded)));
		if (applied.status !== "applied") throw new Error(`the book says ${applied.status}`);
		const { header, changed } = applied;
		this.#chainTime.hear(header);
		this.#prices.changed(changed);
		this.#prices.settle();
		const proposals = this.#strategy.onUpdate({
			changed,
			clock: this.#chainTime.now,
			nowMicros: this.#monotonicMicros(),
		});
		const [proposal] = proposals;
		if (proposal === undefined || proposals.length > 1) throw new Error(`${proposals.length} intents, expected one`);
		const found = this.#epochMicros();
		return {
			...proposal,
			deadlineMicros: found + DEADLINE_MICROS,
			timings: { received: header.receivedAtMicros, decoded: header.decodedAtMicros, found },
		};
	}

	/** The gate's verdict. Reserves nothing. */
	check(intent: unknown): Approval | Denial {
		return checkIntent(intent, this.view());
	}

	/** What the gate looks at now. */
	view(): GateView {
		return {
			limits: this.#limits,
			market: this.#watch,
			tradingState: "active",
			recovered: true,
			ledgerFailure: null,
			wallet: { address: this.#wallet.address },
			ledger: this.#ledger,
			prices: this.#prices,
			exposure: this.#exposure,
			standing: STANDING,
			messageRate: this.#messageRate,
			strategyRates: this.#strategyRates,
			orderRate: this.#orderRate,
			nowMicros: this.#epochMicros(),
			monotonicMicros: this.#monotonicMicros(),
		};
	}

	/** Gate and reservation. Throws when the gate denies. */
	approve(intent: OrderIntent): ApprovedIntent {
		const verdict = this.check(intent);
		if (!verdict.ok) throw new Error(`denied: ${verdict.code}: ${verdict.detail}`);
		const { wallet, blockhash, reservation } = verdict;
		this.#ledger.apply({ type: "approved", reservation });
		const approved = {
			...verdict.intent,
			wallet,
			blockhash,
			lastValidBlockHeight: reservation.lastValidBlockHeight,
			riskEpoch: reservation.riskEpoch,
			lookupTable: null,
			seal: "",
			timings: { ...verdict.intent.timings, approved: reservation.approvedAtMicros },
		};
		approved.seal = this.#seal.of(approved);
		return approved;
	}

	/** The executor's part: validate, check the seal, find the route's template, patch, sign, wire bytes as base64. */
	sign(candidate: unknown): SignedTransaction {
		const read = readApprovedIntent(candidate);
		if (!read.ok) throw new Error(`refused: ${read.error}`);
		if (!this.#seal.isGenuine(read.value)) throw new Error("refused: the seal is not risk's");
		return this.#signer.sign(this.templateOf(read.value), read.value);
	}

	templateOf(intent: ApprovedIntent): MessageTemplate {
		let key: string = intent.loan?.reserve ?? "";
		for (const { pool, direction } of intent.legs) key += direction === "aToB" ? `>${pool}` : `<${pool}`;
		const template = this.#templates.get(key, () =>
			compileTemplate(this.#routeOf(intent), { address: this.#wallet.address, tokenAccounts: this.#tokenAccounts }),
		);
		if (!template.ok) throw new Error(template.error.detail);
		if (!this.#admitted.has(key)) {
			this.#signer.admit(template.value, { route: this.#routeOf(intent), tokenAccounts: this.#tokenAccounts });
			this.#admitted.add(key);
		}
		return template.value;
	}

	/** The trade ends, and prices agree again. */
	settle({ intentId }: OrderIntent, { row }: AccountUpdate): void {
		if (this.#ledger.reservation(intentId)) {
			this.#ledger.apply({ type: "released", intentId, reason: "settled", atMicros: this.#epochMicros() });
		}
		this.#table.apply(this.#vaultUpdate(row, FAIR_SOL));
		const now = this.#epochMicros();
		this.#table.takeChanged(this.#batch);
		this.#book.apply(this.#batch.finish(this.#header(now, now)));
		this.#strategy.ended(intentId);
	}

	get #slot(): number {
		return FIRST_SLOT + this.#slots;
	}

	/** The machine's clock, set forward by the slots that have passed. */
	#epochMicros(): number {
		return this.#clock.epochMicros() + this.#slots * SLOT_MICROS;
	}

	#monotonicMicros(): number {
		return this.#clock.monotonicMicros() + this.#slots * SLOT_MICROS;
	}

	#header(receivedAtMicros: number, decodedAtMicros: number) {
		return {
			catalogEpoch: CATALOG_EPOCH,
			sequence: ++this.#sequence,
			slot: this.#slot,
			receivedAtMicros,
			decodedAtMicros,
			snapshot: false,
			chainSeconds: FIRST_SLOT,
			epoch: 0,
		};
	}

	#vaultUpdate(row: number, amount: bigint): AccountUpdate {
		return { row, account: VAULT_A, slot: this.#slot, data: vaultAccount(amount), source: "notification" };
	}

	/** All accounts of all pools, as the first reads tell them. */
	#fill(): void {
		this.#market.pools.forEach(({ venue }, row) => {
			const account = { row, slot: FIRST_SLOT, source: "read" } as const;
			this.#table.apply({ ...account, account: POOL, data: poolAccount(venue) });
			this.#table.apply({ ...account, account: VAULT_A, data: vaultAccount(FAIR_SOL) });
			this.#table.apply({ ...account, account: VAULT_B, data: vaultAccount(FAIR_USDC) });
			this.#table.setConnected(row, true);
		});
		const now = this.#epochMicros();
		this.#table.takeChanged(this.#batch);
		this.#book.apply(this.#batch.finish({ ...this.#header(now, now), snapshot: true }));
	}

	#routeOf(intent: OrderIntent): Route {
		const lender = this.#market.lenders.find(({ reserve }) => reserve === intent.loan?.reserve);
		if (!lender) throw new Error(`no lender ${intent.loan?.reserve}`);
		const legs = intent.legs.map(({ pool: address, direction }) => {
			const pool = this.#market.pools.find((known) => known.address === address);
			if (!pool) throw new Error(`no pool ${address}`);
			return { pool, direction, arrays: [] };
		});
		return { lender, legs, tipAccount: null };
	}
}

/** As the executor's: everything is looked at, and no cap is reached. */
function generousPolicy(): SignerPolicy {
	const cap = { perTransaction: NO_LIMIT, perHour: NO_LIMIT };
	return new SignerPolicy({
		maxFeeLamports: NO_LIMIT,
		maxTipLamports: NO_LIMIT,
		maxHourlyLamports: NO_LIMIT,
		maxHourlySignatures: Number.MAX_SAFE_INTEGER,
		notional: new Map([
			[USDC, cap],
			[SOL_MINT, cap],
		]),
		tipAccounts: new Set(),
	});
}

function generousLimits(): RiskLimits {
	const limits = {
		maxIntentNotional: NO_LIMIT,
		maxInFlightNotional: NO_LIMIT,
		maxOrderSize: NO_LIMIT,
		maxDailyLoss: NO_LIMIT,
		maxDrawdown: NO_LIMIT,
	};
	const budget = { maxInFlightNotional: NO_LIMIT, maxDailyLoss: NO_LIMIT };
	return {
		maxInFlight: 16,
		maxMessagesPerSecond: 1_000_000,
		messageBurst: 1_000_000,
		maxOrdersPerSecond: 1_000_000,
		orderBurst: 1_000_000,
		staleAfterSlots: 4,
		maxDeadlineAheadMicros: 2 * DEADLINE_MICROS,
		collarBps: 1_500n,
		quoteMints: [USDC],
		maxGrossExposure: NO_LIMIT,
		byMint: new Map([
			[USDC, { ...limits, maxPosition: null }],
			[SOL_MINT, { ...limits, maxPosition: NO_LIMIT }],
		]),
		costs: {
			maxFeePerIntent: NO_LIMIT,
			maxTipPerIntent: NO_LIMIT,
			maxFeesPerHour: NO_LIMIT,
			maxTipsPerHour: NO_LIMIT,
			tipAccounts: new Set(),
		},
		budgets: new Map([
			[
				CROSS_VENUE,
				{
					ordersPerSecond: 1_000_000,
					orderBurst: 1_000_000,
					byMint: new Map([
						[USDC, budget],
						[SOL_MINT, budget],
					]),
				},
			],
		]),
		throttle: { failures: 1_000, windowMicros: 60_000_000 },
		listedMints: new Set([USDC, SOL_MINT]),
		allowUnlistedMints: false,
	};
}
