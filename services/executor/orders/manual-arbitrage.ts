import type { Bus } from "../../../broker/bus.ts";
import type { FlashLoanArbitrageAnswer } from "../../../broker/contracts/orders.ts";
import type { Runtime } from "../../../broker/runtime.ts";
import { proposeFlashCycle, readFlashCycleRequest } from "../../../core/orders/flash-cycle.ts";
import { attemptIntentId, newOrderId } from "../../../core/orders/order.ts";
import type { OrderMarket } from "./order-market.ts";
import type { OrderSettings } from "./order-settings.ts";

export interface ManualArbitrageOptions {
	readonly runtime: Pick<Runtime, "clock" | "random">;
	readonly bus: Pick<Bus, "call" | "emit">;
	readonly market: OrderMarket;
	readonly settings: OrderSettings;
	/** Why nothing may be traded by anybody, or null. */
	readonly halt: () => string | null;
}

const VERDICT_MARGIN_MS = 2_000;
const MICROS_PER_MILLISECOND = 1_000;

/** Arbitrage that somebody asks for: one loan-funded cycle at the market of now, through risk. */
export class ManualArbitrage {
	readonly #options: ManualArbitrageOptions;

	constructor(options: ManualArbitrageOptions) {
		this.#options = options;
	}

	/** @throws when risk gives no verdict */
	async submit(params: unknown): Promise<FlashLoanArbitrageAnswer> {
		const { settings, runtime, bus, market, halt } = this.#options;
		const request = readFlashCycleRequest(params, (symbol) => settings.mintBySymbol.get(symbol));
		if (!request.ok) return { status: "refused", ...request.error };
		const halted = halt();
		if (halted !== null) return { status: "refused", code: "tradingHalted", detail: halted };
		const { book, trouble } = market;
		if (book === null || trouble !== null) {
			return { status: "refused", code: "marketUnavailable", detail: trouble ?? "there is no market yet" };
		}
		const proposal = proposeFlashCycle({
			request: request.value,
			intentId: attemptIntentId(newOrderId(runtime.random), 0),
			rows: book.rows,
			lenders: market.lenders,
			maximumAmount: settings.maximumPart.get(request.value.fundingMint) ?? 0n,
			budget: settings.budget,
			clock: market.clock,
			slot: book.slot,
		});
		if (!proposal.ok) return { status: "refused", ...proposal.error };
		const found = runtime.clock.epochMicros();
		const intent = {
			...proposal.value,
			deadlineMicros: found + settings.deadlineMs * MICROS_PER_MILLISECOND,
			timings: { received: found, decoded: found, found },
		};
		const timeout = settings.deadlineMs + VERDICT_MARGIN_MS;
		const verdict = await bus.call("risk.submitIntent", intent, { retries: 0, timeout });
		bus.emit("strategy.intent.submitted", { intent, verdict });
		const { intentId, expectedNetProfit } = intent;
		return { status: "submitted", intentId, expectedNetProfit, verdict };
	}
}
