import { join } from "node:path";
import { Errors } from "moleculer";
import type { Bus } from "../../broker/bus.ts";
import type { TradingStateChange } from "../../broker/contracts/risk.ts";
import type { Runtime } from "../../broker/runtime.ts";
import type { TradingState, TradingStateRecord } from "../../core/risk/trading-state.ts";
import { findLedger } from "./ledger-folders.ts";
import type { RiskLogger } from "./risk-logger.ts";
import { TradingStateLatch } from "./trading-state-latch.ts";

export interface TradingSwitchOptions {
	readonly runtime: Pick<Runtime, "clock" | "config" | "killSwitch">;
	readonly bus: Bus;
	readonly logger: RiskLogger;
	/** Resolves when nothing that was approved can be signed any more. */
	readonly quiet: () => Promise<void>;
}

const STATE_FILE = "trading-state.json";
/** Who joined late learns the state within this time. */
const STATE_INTERVAL_MS = 1_000;
const LONGEST_REASON = 480;

/**
 * Whether there is trading: switched off by a person, by the kill switch, or by risk itself where the books are in
 * doubt; switched on by a person only. Tells everybody, again and again.
 */
export class TradingSwitch {
	readonly #options: TradingSwitchOptions;
	readonly #loading: () => Promise<TradingStateLatch>;
	#latch: TradingStateLatch | null = null;
	#timer: NodeJS.Timeout | null = null;
	#stopWatching = () => {};
	#disagreed = false;

	constructor(options: TradingSwitchOptions) {
		this.#options = options;
		let latch: Promise<TradingStateLatch> | null = null;
		this.#loading = () => {
			latch ??= this.#load();
			return latch;
		};
	}

	/** Halted until the state is known. */
	get state(): TradingState {
		return this.#latch?.record.state ?? "halted";
	}

	async record(): Promise<TradingStateRecord> {
		return (await this.#loading()).record;
	}

	/** Loads the state, tells it, and watches the kill switch. */
	async start(): Promise<void> {
		const { bus, logger, runtime } = this.#options;
		const latch = await this.#loading();
		if (latch.record.state !== "active") logger.warn(`Trading is ${latch.record.state}: ${latch.record.reason}`);
		this.#stopWatching = runtime.killSwitch.watch((why) => this.#onKill(latch, why));
		bus.broadcast("risk.state.changed", latch.record);
		this.#timer = setInterval(() => bus.broadcast("risk.state.changed", latch.record), STATE_INTERVAL_MS).unref();
	}

	/** Idempotent. */
	stop(): void {
		if (this.#timer) clearInterval(this.#timer);
		this.#timer = null;
		this.#stopWatching();
	}

	/** Halted on disk, and nothing that was approved can be signed any more. */
	async halt(change: TradingStateChange): Promise<TradingStateRecord> {
		const latch = await this.#loading();
		const [record] = await Promise.all([latch.halt(change), this.#options.quiet()]);
		this.#options.logger.warn(`Trading is halted by ${change.by}: ${change.reason}`);
		return record;
	}

	/** @throws MoleculerClientError while the kill switch's file is there */
	resume(change: TradingStateChange): Promise<TradingStateRecord> {
		return this.#release(change, (latch) => latch.resume(change));
	}

	/**
	 * Only what lowers exposure from now on.
	 *
	 * @throws MoleculerClientError while the kill switch's file is there
	 */
	reduce(change: TradingStateChange): Promise<TradingStateRecord> {
		return this.#release(change, (latch) => latch.reduce(change));
	}

	/** The same disagreement shows in every look at the books until it is mended: it is told once. */
	chainDisagreed(reason: string): void {
		if (this.#latch?.record.state === "halted" && this.#disagreed) return;
		this.#disagreed = true;
		this.haltBySystem(`${reason.slice(0, LONGEST_REASON)}.`);
	}

	/** @param reason one sentence */
	haltBySystem(reason: string): void {
		const { logger } = this.#options;
		if (this.#latch?.record.state === "halted") {
			logger.error(reason);
			return;
		}
		logger.error(`${reason} Trading is halted. Find the cause, then resume.`);
		this.#latch?.halt({ by: "risk", reason }).catch((error: Error) => logger.error(error.message));
	}

	async #release(
		change: TradingStateChange,
		act: (latch: TradingStateLatch) => Promise<TradingStateRecord>,
	): Promise<TradingStateRecord> {
		const latch = await this.#loading();
		const { killSwitch } = this.#options.runtime;
		if (killSwitch.look() !== null) {
			const message = `trading stays halted: remove ${killSwitch.path} on the machine of risk, then ask again`;
			throw new Errors.MoleculerClientError(message, 409, "KILL_SWITCH");
		}
		const record = await act(latch);
		this.#options.logger.warn(`Trading is ${record.state}, asked by ${change.by}: ${change.reason}`);
		return record;
	}

	async #load(): Promise<TradingStateLatch> {
		const { bus, runtime } = this.#options;
		const { data_folder } = runtime.config;
		const latch = await TradingStateLatch.load({
			path: join(data_folder, STATE_FILE),
			clock: runtime.clock,
			findLedger: () => findLedger(data_folder),
			onChange: (record) => bus.broadcast("risk.state.changed", record),
		});
		this.#latch = latch;
		return latch;
	}

	#onKill(latch: TradingStateLatch, reason: string): void {
		const { logger } = this.#options;
		logger.warn(`The kill switch: ${reason}`);
		latch.halt({ by: "kill switch", reason }).catch((error: Error) => logger.error(error.message));
	}
}
