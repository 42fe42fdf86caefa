import type { ServiceBroker } from "moleculer";
import type { OrderView } from "../../broker/contracts/orders.ts";
import type { Books, Position, RiskStatus } from "../../broker/contracts/risk.ts";
import type { Config } from "../../config/schema.ts";
import type { Settlement } from "../../core/execution/submission.ts";
import type { ReserveTick, Tick } from "../../core/market/tick-batch.ts";
import type { OrderId } from "../../core/orders/order.ts";
import type { TradingStateRecord } from "../../core/risk/trading-state.ts";
import { Histogram } from "../../core/types/histogram.ts";
import type { Signature } from "../../core/types/identifiers.ts";
import gatewayService from "../../services/gateway/gateway.service.ts";
import monitorService from "../../services/monitor/monitor.service.ts";
import {
	approved,
	BONK,
	batch,
	bookLine,
	catalog,
	executorStatus,
	feedStatus,
	intent,
	POOLS,
	peer,
	pool,
	position,
	riskStatus,
	SIGNATURE,
	SOL,
	settlement,
	stateRecord,
	strategyStatus,
	TICKS,
	testNode,
	tick,
	USDC,
} from "../unit/services/monitor/peers.ts";

export interface MovingDesk {
	readonly url: string;
	stop(): Promise<void>;
}

const STEP_MS = 100;
const MARKET = [
	...POOLS,
	pool("PooLBonkSoLAmm11111111111111111111111111111", "raydium-amm-v4", BONK, SOL),
	pool("PooLBonkUsdcCpmm111111111111111111111111111", "raydium-cpmm", BONK, USDC),
	pool("PooLBonkUsdcAmm1111111111111111111111111111", "raydium-amm-v4", BONK, USDC),
];
const START: readonly Tick[] = [
	...TICKS,
	tick(3, { reserveA: 50_000_000_000_000n, reserveB: 100_300_000_000n }),
	tick(4, { reserveA: 50_000_000_000_000n, reserveB: 15_010_000_000n }),
	tick(5, { reserveA: 50_000_000_000_000n, reserveB: 14_990_000_000n, stale: true }),
];

/** Gateway and monitor as they are, among peers that speak their contracts and whose numbers move by themselves. */
export async function startMovingDesk(config: Config, trades = true): Promise<MovingDesk> {
	const { broker, bus, runtime } = testNode(config);
	const desk = new Desk(broker, () => runtime.random.nextUint32());
	for (const schema of desk.peers()) broker.createService(schema);
	broker.createService(monitorService(broker));
	const gateway = broker.createService(gatewayService(broker)) as unknown as { url(): string };
	await broker.start();
	const timer = setInterval(() => {
		const now = runtime.clock.epochMicros();
		runtime.ticks.publish("main", desk.moveMarket());
		if (trades && desk.active) desk.trade(now);
		bus.emit("risk.books.cut", desk.books());
	}, STEP_MS);
	return {
		url: gateway.url(),
		stop: async () => {
			clearInterval(timer);
			await broker.stop();
		},
	};
}

function orderView(change: Partial<OrderView>): OrderView {
	return {
		orderId: "abcdefghij01" as OrderId,
		clientOrderId: null,
		side: "sell",
		type: "limit",
		timeInForce: "gtc",
		baseMint: SOL,
		quoteMint: USDC,
		amount: 1_500_000_000n,
		limitPrice: null,
		stopPrice: null,
		slippageBps: 50,
		timeoutMs: null,
		status: "resting",
		spent: 0n,
		received: 0n,
		attempts: 1,
		intentId: null,
		cancelling: false,
		isFinal: true,
		reversals: 0,
		signatures: [],
		acceptedAtMicros: 1_795_348_800_000_000,
		expiresAtMicros: null,
		triggeredAtMicros: null,
		end: null,
		...change,
	};
}

class Desk {
	readonly #broker: ServiceBroker;
	readonly #draw: () => number;
	readonly #latencies = new Histogram();
	readonly #landings = new Histogram();
	readonly #ticks: Tick[] = [...START];
	#state: TradingStateRecord = stateRecord();
	#sequence = 1;
	#slot = 447_552_100;
	#updates = 0;
	#counts = { landed: 0, reverted: 0, expired: 0, denied: 0, found: 0 };
	#profit = 0n;
	#loanFees = 0n;
	#fees = 0n;

	constructor(broker: ServiceBroker, draw: () => number) {
		this.#broker = broker;
		this.#draw = draw;
	}

	readonly orders: readonly OrderView[] = [
		orderView({ orderId: "abcdefghij02" as OrderId, status: "filled", spent: 1_500_000_000n, isFinal: false }),
		orderView({ limitPrice: "150.25", reversals: 1 }),
	];

	get active(): boolean {
		return this.#state.state === "active";
	}

	peers() {
		const change = (state: "active" | "halted") => (asked: { by: string; reason: string }) => {
			this.#state = stateRecord({ state, changedBy: asked.by, reason: asked.reason });
			void this.#broker.broadcast("risk.state.changed", this.#state);
			return this.#state;
		};
		return [
			peer("feed", {
				"feed.status": () => feedStatus({ slot: this.#slot, pools: 6, updates: this.#updates }),
				"feed.catalog": () => catalog({ pools: MARKET }),
				"feed.snapshot": () => ({ batch: batch(this.#sequence, this.#ticks, { snapshot: true }), next: null }),
			}),
			peer("strategy", {
				"strategy.status": () => strategyStatus({ opportunities: this.#counts.found * 3, intents: this.#counts.found }),
			}),
			peer("risk", {
				"risk.status": () => this.#riskStatus(),
				"risk.books": () => this.books(),
				"risk.positions": () => this.#positions(),
				"risk.halt": change("halted"),
				"risk.resume": change("active"),
			}),
			peer("executor", { "executor.status": () => executorStatus() }),
			peer("orders", { "orders.list": () => this.orders }),
		];
	}

	moveMarket(): Uint8Array {
		this.#slot += this.#draw() % 4 === 0 ? 1 : 0;
		const index = this.#draw() % this.#ticks.length;
		const before = this.#ticks[index] as ReserveTick;
		const stepBps = BigInt((this.#draw() % 41) - 20);
		const moved = tick(index, {
			...before,
			slot: before.slot + 1,
			reserveB: before.reserveB + (before.reserveB * stepBps) / 10_000n,
		});
		this.#ticks[index] = moved;
		this.#updates++;
		return batch(++this.#sequence, [moved]);
	}

	trade(nowMicros: number): void {
		const draw = this.#draw() % 100;
		if (draw >= 45) return;
		this.#counts.found++;
		const id = this.#counts.found.toString(36).padStart(16, "0");
		const order = intent(id, {
			triggerSlot: this.#slot,
			timings: { received: nowMicros, decoded: nowMicros + 12, found: nowMicros + 60 + draw },
		});
		if (draw < 6) {
			this.#counts.denied++;
			const denied = { intent: order, code: "orderRate", detail: "20 a second" } as const;
			void this.#broker.emit("risk.intent.denied", denied);
			const verdict = { status: "denied", intentId: order.intentId, code: "orderRate", detail: "20 a second" };
			void this.#broker.emit("strategy.intent.submitted", { intent: order, verdict });
			return;
		}
		void this.#broker.emit("risk.intent.approved", { intent: approved(order) });
		const verdict = { status: "approved", intentId: order.intentId };
		void this.#broker.emit("strategy.intent.submitted", { intent: order, verdict });
		const outcome = draw < 11 ? "reverted" : draw < 13 ? "expired" : "landed";
		setTimeout(() => this.#settle(order, outcome), 350).unref();
	}

	books(): Books {
		const sol = { mint: SOL, symbol: "SOL", decimals: 9, opening: 10_000_000_000n, fills: 0n, loanFees: 0n };
		return {
			slot: this.#slot,
			lines: [
				bookLine({ fills: this.#profit, loanFees: this.#loanFees }),
				bookLine({ ...sol, fees: this.#fees }),
				bookLine({ mint: BONK, symbol: "BONK", decimals: 5, fills: 0n, loanFees: 0n }),
			],
			inFlight: 0,
		};
	}

	#settle(order: Parameters<typeof settlement>[0], outcome: Settlement["outcome"]): void {
		this.#counts[outcome]++;
		const tail = order.intentId.replace(/^0+/, "").replace(/[0lo]/g, "z");
		const signature = `${tail}${SIGNATURE.slice(tail.length)}` as Signature;
		const ended = settlement(order, { outcome, signature });
		const fill = ended.fill && outcome !== "expired" ? { ...ended.fill, slot: this.#slot } : null;
		const settled = { ...ended, fill };
		if (outcome === "landed") {
			this.#profit += 399_000n;
			this.#loanFees += 15_000n;
		}
		if (outcome !== "expired") this.#fees += 5_250n;
		this.#latencies.record(180 + (this.#draw() % 200));
		this.#landings.record(380_000 + (this.#draw() % 100_000));
		const receivedToSigned = this.#latencies.snapshot();
		void this.#broker.emit("executor.latency.measured", {
			executor: "test-node",
			receivedToSigned,
			approvedToSigned: receivedToSigned,
			signedToSent: receivedToSigned,
			sentToLanded: this.#landings.snapshot(),
		});
		void this.#broker.emit("executor.submission.settled", settled);
	}

	#riskStatus(): RiskStatus {
		const { landed, reverted, expired, denied, found } = this.#counts;
		return riskStatus({
			tradingState: this.#state,
			approved: found - denied,
			denied,
			deniedByCode: denied > 0 ? { orderRate: denied } : {},
			inFlight: found - denied - landed - reverted - expired,
			landed,
			reverted,
			expired,
			reversed: 0,
		});
	}

	#positions(): Position[] {
		const [usdc, sol] = this.books().lines;
		const realised = this.#profit - this.#loanFees;
		return [
			position({ mint: USDC, balance: usdc?.chain ?? 0n, realised, realisedToday: realised }),
			position({
				mint: SOL,
				symbol: "SOL",
				decimals: 9,
				balance: sol?.chain ?? 0n,
				reserved: 5_250n,
				realised: -this.#fees,
				realisedToday: -this.#fees,
			}),
		];
	}
}
