import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bus } from "../../../../../broker/bus.ts";
import type { OrderView } from "../../../../../broker/contracts/orders.ts";
import type { Verdict } from "../../../../../broker/contracts/risk.ts";
import type { Runtime } from "../../../../../broker/runtime.ts";
import { loadConfig } from "../../../../../config/load.ts";
import type { AttemptEnd } from "../../../../../core/orders/order-state.ts";
import type { TradingState } from "../../../../../core/risk/trading-state.ts";
import type { OrderIntent } from "../../../../../core/strategy/order-intent.ts";
import type { IntentId, Signature } from "../../../../../core/types/identifiers.ts";
import { type OpenSegment, openSegmentFile } from "../../../../../libs/journal/segment-file.ts";
import { seededRandom } from "../../../../../libs/random.ts";
import type { Proof, ProofQuestion } from "../../../../../services/executor/orders/attempt-outcome.ts";
import { OrderDesk } from "../../../../../services/executor/orders/order-desk.ts";
import { OrderLedger } from "../../../../../services/executor/orders/order-ledger.ts";
import { orderSettings } from "../../../../../services/executor/orders/order-settings.ts";
import { batchOf, lenderOf, poolOf, SOL, tickOf, USDC } from "../../../core/market/market-fixture.ts";
import { NOON_MICROS } from "../../../core/orders/order-world.ts";

export const PAIR = { baseMint: "SOL", quoteMint: "USDC" };
export const MARKET = { ...PAIR, side: "sell", type: "market", amount: "1000000000" };
export const LIMIT = { ...PAIR, side: "sell", type: "limit", amount: "1000000000", limitPrice: "149" };
export const STOP = { ...PAIR, side: "sell", type: "stop", amount: "1000000000", stopPrice: "140" };
export const SIGNATURE = "5".repeat(88) as Signature;

/** What risk does with the next intent. */
export type RiskAnswer = Verdict["status"] | Error | "never";

/**
 * A desk on a real journal, with a market of two pools whose prices a test moves, a clock that a test turns, and risk
 * played by a script: the tests with the real risk and chain are the integration tests.
 */
export class DeskWorld {
	readonly folder = mkdtempSync(join(tmpdir(), "mojo-orders-"));
	readonly intents: OrderIntent[] = [];
	readonly changes: OrderView[] = [];
	readonly warnings: string[] = [];
	/** What became of attempts, for whoever asks. */
	readonly outcomes = new Map<IntentId, AttemptEnd>();
	/** What the chain says of ends that a fork could take back. */
	proof: Proof | Error = "final";
	/** Called while the chain is being asked for proofs. */
	onProof: () => void | Promise<void> = () => {};
	proofsAsked = 0;
	riskAnswers: RiskAnswer[] = [];
	denyCode = "staleMarket";
	halts: unknown[] = [];
	haltFails = false;
	held = 10n ** 15n;
	heldFails = false;
	/** Called while the wallet is being read. */
	onFunds: () => void = () => {};
	nowMicros = NOON_MICROS;
	openSegment: OpenSegment | undefined;
	maximumOpen = 256;
	#sequence = 0;
	#slot = 100;
	#reservesB: [bigint, bigint] = [150_000_000_000n, 150_000_000_000n];
	#listener: (batch: Uint8Array) => void = () => {};
	#desk: OrderDesk | null = null;
	#ledger: OrderLedger | null = null;

	get desk(): OrderDesk {
		if (!this.#desk) throw new Error("the desk is not open");
		return this.#desk;
	}

	/** Opens the journal and a desk on it, with a whole market and trading on. */
	async open(state: TradingState | null = "active"): Promise<OrderDesk> {
		const config = loadConfig({ environment: { MOJO__EXECUTION__ORDERS__MAX_OPEN: String(this.maximumOpen) } });
		const settings = orderSettings(config);
		if (!settings.ok) throw new Error(settings.error.join());
		let desk: OrderDesk | null = null;
		this.#ledger = await OrderLedger.open({
			folder: this.folder,
			keptEnded: 5,
			openSegment: counted(this.openSegment ?? openSegmentFile),
			onChanged: (order) => desk?.changed(order),
		});
		const runtime = {
			config,
			clock: { epochMicros: () => this.nowMicros, monotonicMicros: () => this.nowMicros },
			random: seededRandom(this.intents.length + 1),
			ticks: { subscribe: (_: string, listen: (batch: Uint8Array) => void) => this.#subscribe(listen) },
			nodeID: "desk",
		} as unknown as Runtime;
		desk = new OrderDesk({
			runtime,
			bus: this.#bus(),
			settings: settings.value,
			ledger: this.#ledger,
			outcomes: {
				find: async ({ intentId }) => this.outcomes.get(intentId) ?? null,
				judge: (questions) => this.#judge(questions),
			},
			funds: { amount: () => this.#amount() },
			log: { warn: (line) => void this.warnings.push(line) },
		});
		this.#desk = desk;
		if (state) desk.onTradingState({ state, changedBy: "test", reason: "test", changedAtMicros: this.nowMicros });
		await desk.start();
		await settle();
		this.move(150);
		await settle();
		return desk;
	}

	/** As if the process were gone. */
	async kill(): Promise<void> {
		this.#desk?.stop();
		this.#desk = null;
		await this.#ledger?.close();
		this.#ledger = null;
	}

	async close(): Promise<void> {
		await this.kill().catch(() => {});
		rmSync(this.folder, { recursive: true, force: true });
	}

	/** Both pools trade at so many USDC for one SOL from now on, before their fee. */
	move(price: number): void {
		const reserveB = BigInt(Math.round(price * 1_000_000)) * 1_000n;
		this.#reservesB = [reserveB, reserveB];
		this.tick();
	}

	/** The next batch of the stream. */
	tick(): void {
		this.#slot++;
		this.#listener(this.#batch(false));
		this.desk.onSlotAdvanced({ shard: "main", slot: this.#slot, chainSeconds: 1_700_000_000, epoch: 0 } as never);
	}

	/** Time passes, and the desk's own timer is not waited for. */
	async pass(milliseconds: number): Promise<void> {
		this.nowMicros += milliseconds * 1_000;
		this.tick();
		await settle();
	}

	/** How the chain ends the newest intent, or the one given. */
	book(
		outcome: "landed" | "reverted" | "expired",
		{ received }: { received?: bigint } = {},
		intent = this.intents.at(-1),
	): void {
		if (!intent) throw new Error("no intent was submitted");
		const last = intent.legs.at(-1);
		const first = intent.legs[0];
		const change = (mint: unknown, fill: bigint) => ({
			mint,
			fill,
			loanFee: 0n,
			networkFee: 0n,
			tip: 0n,
			balanceAfter: 0n,
		});
		const fill = {
			intentId: intent.intentId,
			signature: SIGNATURE,
			slot: 1,
			reverted: outcome === "reverted",
			error: null,
			legs: [],
			changes: [
				change(first?.mintIn, -(first?.amountIn ?? 0n)),
				change(last?.mintOut, received ?? last?.minimumAmountOut ?? 0n),
			],
			computeUnits: 1,
		};
		this.desk.onBooked({
			intentId: intent.intentId,
			outcome,
			signature: SIGNATURE,
			fill: outcome === "expired" ? null : (fill as never),
			executor: "test",
			timings: {},
		});
	}

	/** A fork took back how an attempt had ended; by default the newest one. */
	reverse(intentId: IntentId | null = this.intents.at(-1)?.intentId ?? null, signature = SIGNATURE): void {
		this.desk.onReversed({ signature, intentId });
	}

	/** Submits an order that has to be taken. */
	async submit(request: object): Promise<OrderView> {
		const answer = await this.desk.submit(request);
		if (answer.status !== "accepted") throw new Error(`${answer.code}: ${answer.detail}`);
		await settle();
		return answer.order;
	}

	now({ orderId }: Pick<OrderView, "orderId">): OrderView {
		const order = this.desk.get(orderId);
		if (!order) throw new Error("the order is gone");
		return order;
	}

	async #judge(questions: readonly ProofQuestion[]): Promise<readonly Proof[]> {
		this.proofsAsked++;
		const { proof } = this;
		await this.onProof();
		if (proof instanceof Error) throw proof;
		return questions.map(() => proof);
	}

	#subscribe(listen: (batch: Uint8Array) => void): () => void {
		this.#listener = listen;
		return () => {
			this.#listener = () => {};
		};
	}

	#batch(snapshot: boolean): Uint8Array {
		this.#sequence++;
		const ticks = this.#reservesB.map((reserveB, poolIndex) => tickOf({ poolIndex, reserveB, slot: this.#slot }));
		return batchOf({ sequence: this.#sequence, slot: this.#slot, snapshot }, ticks);
	}

	async #amount(): Promise<bigint> {
		this.onFunds();
		if (this.heldFails) throw new Error("the node is gone");
		return this.held;
	}

	#bus(): Bus {
		const call = async (action: string, params: unknown): Promise<unknown> => {
			switch (action) {
				case "feed.catalog": {
					const mint = (address: unknown, symbol: string, decimals: number) => ({
						address,
						symbol,
						decimals,
						tokenProgram: address,
					});
					return {
						shard: "main",
						catalogEpoch: 1,
						pools: [poolOf({ number: 1 }), poolOf({ number: 2 })],
						mints: [mint(SOL, "SOL", 9), mint(USDC, "USDC", 6)],
						lenders: [lenderOf()],
					};
				}
				case "feed.snapshot":
					return { batch: this.#batch(true), next: null };
				case "risk.submitIntent":
					return this.#risk(params as OrderIntent);
				case "risk.halt":
					if (this.haltFails) throw new Error("risk is gone");
					this.halts.push(params);
					return { state: "halted", changedBy: "test", reason: "test", changedAtMicros: this.nowMicros + 1 };
				default:
					throw Object.assign(new Error(`${action} is not there`), { type: "SERVICE_NOT_FOUND", data: { action } });
			}
		};
		return {
			call,
			emit: () => {},
			broadcast: (_: string, order: OrderView) => void this.changes.push(order),
		} as unknown as Bus;
	}

	#risk(intent: OrderIntent): Verdict | Promise<Verdict> {
		this.intents.push(intent);
		const answer = this.riskAnswers.shift() ?? "approved";
		const { intentId } = intent;
		if (answer === "never") return new Promise(() => {});
		if (answer instanceof Error) throw answer;
		if (answer === "approved") return { status: "approved", intentId };
		return { status: "denied", intentId, code: this.denyCode as never, detail: "test" };
	}
}

/** Writes to a disk that are not finished, over all worlds of a test file. */
let syncing = 0;
/** Turns of the event loop without a write after which nothing more comes by itself. */
const QUIET_TURNS = 15;

/** Lets everything that needs no time happen, however long the disk takes. */
export async function settle(): Promise<void> {
	for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
		if (syncing > 0) quiet = 0;
		await new Promise((wake) => setTimeout(wake, 1));
	}
}

/** Lets the event loop turn until something is so. */
export async function turnsUntil(is: () => boolean): Promise<void> {
	while (!is()) await new Promise((wake) => setTimeout(wake, 1));
}

/** Files whose writes are waited for by {@link settle}. */
function counted(open: OpenSegment): OpenSegment {
	return (path) => {
		const file = open(path);
		const sync = async (): Promise<void> => {
			syncing++;
			try {
				await file.sync();
			} finally {
				syncing--;
			}
		};
		return { write: (bytes) => file.write(bytes), sync, close: () => file.close() };
	};
}
