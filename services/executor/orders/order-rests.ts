import type { OrderId } from "../../../core/orders/order.ts";
import type { Clock } from "../../../core/types/clock.ts";

export interface OrderRestsOptions {
	readonly clock: Clock;
	/** The first rest; each one after it is twice as long. */
	readonly restMs: number;
}

/** When an order that met with nothing may be tried again. */
interface Rest {
	readonly untilMicros: number;
	readonly times: number;
}

const MICROS_PER_MILLISECOND = 1_000;
/** Waiting after a fruitless attempt doubles up to this many times. */
const MOST_DOUBLINGS = 6;

/** Orders that wait a while before they are looked at again, longer each time nothing came of it. */
export class OrderRests {
	readonly #options: OrderRestsOptions;
	readonly #rests = new Map<OrderId, Rest>();

	constructor(options: OrderRestsOptions) {
		this.#options = options;
	}

	isResting(orderId: OrderId): boolean {
		const rest = this.#rests.get(orderId);
		return rest !== undefined && this.#options.clock.monotonicMicros() < rest.untilMicros;
	}

	/** @param most rests in a row that make the next one longer */
	rest(orderId: OrderId, most = Number.POSITIVE_INFINITY): void {
		const { clock, restMs } = this.#options;
		const times = Math.min((this.#rests.get(orderId)?.times ?? 0) + 1, MOST_DOUBLINGS + 1, most);
		const restMicros = restMs * 2 ** (times - 1) * MICROS_PER_MILLISECOND;
		this.#rests.set(orderId, { untilMicros: clock.monotonicMicros() + restMicros, times });
	}

	/** The next rest is a first one. */
	forget(orderId: OrderId): void {
		this.#rests.delete(orderId);
	}
}
