import type { CallingOptions, Context, ServiceBroker } from "moleculer";
import type { ActionName, Actions, EventName, Events } from "./contracts/index.ts";

type Caller = Pick<ServiceBroker, "call" | "emit" | "broadcast"> | Pick<Context, "call" | "emit" | "broadcast">;
type Send = (this: Caller, event: string, payload: unknown) => Promise<unknown>;
type Arguments<P> = P extends undefined
	? [params?: undefined, options?: CallingOptions]
	: [params: P, options?: CallingOptions];

/** Typed calls and events over a broker or a context: the only way that actors speak to each other. */
export class Bus {
	readonly #caller: Caller;

	constructor(caller: Caller) {
		this.#caller = caller;
	}

	call<A extends ActionName>(
		action: A,
		...[params, options]: Arguments<Actions[A]["params"]>
	): Promise<Actions[A]["result"]> {
		const call = this.#caller.call as (name: string, params: unknown, options?: CallingOptions) => Promise<unknown>;
		return call.call(this.#caller, action, params ?? {}, options) as Promise<Actions[A]["result"]>;
	}

	/** To one listener of every group. A lost event must not falsify anything: events tell, actions decide. */
	emit<E extends EventName>(event: E, payload: Events[E]): void {
		void (this.#caller.emit as Send).call(this.#caller, event, payload);
	}

	/** To every listener on every node. */
	broadcast<E extends EventName>(event: E, payload: Events[E]): void {
		void (this.#caller.broadcast as Send).call(this.#caller, event, payload);
	}
}
