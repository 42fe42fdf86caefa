import type { OrderRefusal, OrderRefusalCode } from "../../../broker/contracts/orders.ts";

/** What the desk did not do, counted by its reason. */
export class OrderRefusals {
	readonly #counts: Partial<Record<OrderRefusalCode, number>> = {};

	get counts(): Readonly<Partial<Record<OrderRefusalCode, number>>> {
		return { ...this.#counts };
	}

	refuse(code: OrderRefusalCode, detail: string): OrderRefusal {
		this.#counts[code] = (this.#counts[code] ?? 0) + 1;
		return { status: "refused", code, detail };
	}
}
