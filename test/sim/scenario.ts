import type { ApprovedIntent } from "../../core/execution/approved-intent.ts";
import { SOL_MINT } from "../../core/execution/fill.ts";
import { CROSS_VENUE } from "../../core/strategy/cross-venue/strategy.ts";
import type { OrderIntent } from "../../core/strategy/order-intent.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { systemClock } from "../../libs/clock.ts";
import { openSegmentFile } from "../../libs/journal/segment-file.ts";
import { SlowDisk } from "../integration/executor/slow-disk.ts";
import { until } from "../support/until.ts";
import { ClaimWitness } from "./claim-witness.ts";
import { drawsFor } from "./draws.ts";
import { Fates, idIn } from "./fates.ts";
import { FaultPlan } from "./fault-plan.ts";
import { FaultTally } from "./fault-tally.ts";
import { IntentMaker } from "./intent-maker.ts";
import { checkInvariants, type HaltedSpan, type Outcomes, tradesOf, untilQuiet } from "./invariants.ts";
import { Observer } from "./observer.ts";
import { configured, fatesOf, themeOf, weatherOf } from "./profiles.ts";
import { type SimNode, World } from "./world.ts";

export interface ScenarioOptions {
	readonly seed: number;
	/** Approved intents, after which the weather clears. */
	readonly intents: number;
	readonly slotMs?: number;
}

export interface ScenarioResult extends Outcomes {
	readonly seed: number;
	/** How many of the approved the strategy itself found. */
	readonly found: number;
	readonly faults: FaultTally;
	/** From the first intent to the last one's approval. */
	readonly tradingSeconds: number;
	readonly totalSeconds: number;
	/** Why intents were denied, with numbers. */
	readonly denials: FaultTally;
}

const EXECUTORS = ["executor-1", "executor-2"] as const;
const SPELL_MS = 700;
const HALT_MS = 150;
const LATE_APPROVALS = 10;
const MOST_SUBMITTING = 200;
/** None drops what is final. */
const FORK_AT = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
const DEEPEST_FORK_SLOTS = 24;
const LONGEST_TRADING_MICROS = 600_000_000;
/** Share of the approvals that are delivered again. */
const REPEATED = 0.1;

/**
 * A whole machine under faults: feed, strategy, risk and two executors on a chain of their own, every request and notification
 * between them and it at the mercy of a seeded plan. Throws when money rules were broken, naming the seed.
 */
export async function runScenario(options: ScenarioOptions): Promise<ScenarioResult> {
	const { seed, slotMs = 20 } = options;
	const world = await World.open({
		seed,
		slotMs,
		endpointsPerNode: themeOf(seed) === "endpoints" ? 3 : 1,
		configure: (config) => configured(config, seed),
	});
	try {
		return await new Scenario(world, options).run();
	} catch (error) {
		const how = `MOJO_SIM_SEED=${seed} MOJO_SIM_INTENTS=${options.intents} npm run test:long -- test/sim/faults`;
		throw new Error(`seed ${seed}: ${(error as Error).message}\nrepeat it with: ${how}`, { cause: error });
	} finally {
		await world.close();
	}
}

class Scenario {
	readonly #world: World;
	readonly #options: ScenarioOptions;
	readonly #observer = new Observer();
	readonly #tally = new FaultTally();
	readonly #halted: HaltedSpan[] = [];
	readonly #disk = new SlowDisk();
	/** Intents whose transaction a fork may have dropped or moved. */
	readonly #forked = new Set<IntentId>();
	readonly #witness = new ClaimWitness();
	readonly #denials = new FaultTally();
	#submitting = 0;

	constructor(world: World, options: ScenarioOptions) {
		this.#world = world;
		this.#options = options;
	}

	async run(): Promise<ScenarioResult> {
		const { seed } = this.#options;
		const world = this.#world;
		const openedMicros = systemClock.monotonicMicros();
		const risk = await this.#start();
		const plan = this.#plan();
		for (const { name, rpc, pubsub } of world.endpoints.values()) plan.govern(name, rpc, pubsub);
		const beganMicros = systemClock.monotonicMicros();
		try {
			await this.#trade(risk);
		} finally {
			plan.heal();
		}
		const endedMicros = systemClock.monotonicMicros();
		await this.#mendDisk();
		await untilQuiet(
			world,
			risk,
			EXECUTORS.map((name) => world.node(name)),
		);
		for (const { name, fatal } of world.nodes.values()) {
			if (fatal[0]) throw new Error(`${name} gave up: ${fatal[0].message}`);
		}
		const outcomes = await checkInvariants(world, risk, this.#observer, {
			halted: this.#halted,
			forked: this.#forked,
		});
		const [early] = this.#witness.early;
		if (early !== undefined) throw new Error(`intent ${early} was sent before its claim was durable`);
		return {
			seed,
			...outcomes,
			found: [...this.#observer.approved.values()].filter(({ strategy }) => strategy === CROSS_VENUE).length,
			faults: this.#tally,
			denials: this.#denials,
			tradingSeconds: (endedMicros - beganMicros) / 1_000_000,
			totalSeconds: (systemClock.monotonicMicros() - openedMicros) / 1_000_000,
		};
	}

	async #start(): Promise<SimNode> {
		const world = this.#world;
		await world.startFeed("feed");
		const risk = await world.startRisk("risk", (intentId) => this.#losesSettlement(intentId));
		this.#observer.listen(risk);
		await world.startExecutor("executor-1", this.#witness.watch(openSegmentFile));
		await world.startExecutor("executor-2", this.#witness.watch(this.#disk.open));
		await until(async () => !(await risk.bus.call("risk.status")).recovering, { what: "risk's recovery" });
		for (const name of EXECUTORS) {
			const { bus } = world.node(name);
			await until(async () => !(await bus.call("executor.status")).recovering, { what: `${name} to be ready` });
		}
		return risk;
	}

	#plan(): FaultPlan {
		const { seed } = this.#options;
		const { chain } = this.#world;
		const theme = themeOf(seed);
		const fates = new Fates(seed, chain, fatesOf(theme));
		return new FaultPlan({
			seed,
			clock: systemClock,
			fates,
			tally: this.#tally,
			onSend: (intentId) => this.#witness.sent(intentId),
			spellMs: SPELL_MS,
			slot: () => chain.slot("processed"),
			weather: (endpoint) => weatherOf(theme, endpoint),
		});
	}

	/** What it never hears risk has to find out by itself. */
	#losesSettlement(intentId: IntentId): boolean {
		const { seed } = this.#options;
		const loses = themeOf(seed) === "balancer" && drawsFor(seed, `settlement ${intentId}`).happens(0.25);
		if (loses) this.#tally.add("settlement lost");
		return loses;
	}

	/** Submits until enough is approved; halts and fails a disk on the way, as the seed says. */
	async #trade(risk: SimNode): Promise<void> {
		const { seed, intents } = this.#options;
		const catalog = await risk.bus.call("feed.catalog");
		const fundingMint = catalog.lenders.find(({ mint }) => mint !== SOL_MINT)!.mint;
		const { chain, config } = this.#world;
		const deadlineMs = config.execution.intent_deadline_ms / 2;
		const maker = new IntentMaker({ seed, chain, catalog, clock: systemClock, fundingMint, deadlineMs });
		const draws = drawsFor(seed, "interventions");
		const haltAt = new Set([draws.between(1, intents), draws.between(1, intents)]);
		const forkAt = new Set(themeOf(seed) === "forks" ? FORK_AT.map((part) => Math.floor(part * intents)) : []);
		const diskFailsAt = draws.happens(0.5) ? draws.between(Math.floor(intents * 0.75), intents) : null;
		const beganMicros = systemClock.monotonicMicros();
		while (this.#observer.approved.size < intents) {
			const { size } = this.#observer.approved;
			if (this.#observer.halts.length > 0) throw new Error(`risk halted trading by itself: ${this.#observer.halts[0]}`);
			if (systemClock.monotonicMicros() - beganMicros > LONGEST_TRADING_MICROS) {
				throw new Error(`only ${size} intents were approved, others denied: ${this.#denials}`);
			}
			if (diskFailsAt !== null && size >= diskFailsAt && !this.#disk.fails) {
				this.#disk.fails = true;
				this.#tally.add("fsync failed");
			}
			for (const at of forkAt) {
				if (size < at) continue;
				forkAt.delete(at);
				this.#fork(at);
			}
			for (const at of haltAt) {
				if (size < at) continue;
				haltAt.delete(at);
				await this.#halt(risk);
			}
			// Risk's own limits are what bounds the intents in flight: a little beyond them is asked for.
			if (this.#observer.openCount >= config.risk.max_in_flight + 1 || this.#submitting >= MOST_SUBMITTING) {
				await pause(2);
				continue;
			}
			this.#submit(risk, maker.next().intent);
			await pause(draws.between(0, 8));
		}
		await until(() => this.#submitting === 0, { what: "all verdicts" });
	}

	#submit(risk: SimNode, intent: OrderIntent): void {
		this.#submitting++;
		risk.bus
			.call("risk.submitIntent", intent)
			.then(
				(verdict) =>
					verdict.status === "denied" ? this.#denials.add(verdict.code) : this.#repeatSome(risk, intent.intentId),
				() => {},
			)
			.finally(() => this.#submitting--);
	}

	/** Delivers some approvals again. */
	#repeatSome(risk: SimNode, intentId: IntentId): void {
		const approved = this.#observer.approved.get(intentId);
		if (approved && drawsFor(this.#options.seed, `repeat ${intentId}`).happens(REPEATED)) this.#repeat(risk, approved);
	}

	/** As a bus would that delivers twice, and to the other executor, too: the same bytes, so the same transaction. */
	#repeat(risk: SimNode, approved: ApprovedIntent): void {
		for (const nodeID of EXECUTORS) {
			this.#tally.add("approval repeated");
			void risk.bus.call("executor.execute", approved, { nodeID, retries: 0 }).catch(() => {});
		}
	}

	/** The chain leaves a fork: the newest slots are others, and hold half of what the old ones held. */
	#fork(number: number): void {
		const { chain } = this.#world;
		const { seed } = this.#options;
		const draws = drawsFor(seed, `fork ${number}`);
		const depth = draws.between(1, DEEPEST_FORK_SLOTS);
		for (const { memo, slot } of tradesOf(this.#world)) {
			if (slot < chain.slot("finalized")) break;
			this.#forked.add(idIn(memo as string) as IntentId);
		}
		const { dropped, replayed } = chain.fork({
			backToSlot: Math.max(chain.slot("finalized"), chain.slot("processed") - depth),
			keep: (signature) => drawsFor(seed, `fork ${number} ${signature}`).happens(0.5),
		});
		this.#tally.add("fork");
		this.#tally.add("dropped by a fork", dropped.length);
		this.#tally.add("moved by a fork", replayed.length);
	}

	async #halt(risk: SimNode): Promise<void> {
		this.#tally.add("halt");
		await risk.bus.call("risk.halt", { by: "sim", reason: "an intervention" });
		const from = systemClock.epochMicros();
		// An approval from before may still be on the bus.
		for (const approved of [...this.#observer.approved.values()].slice(-LATE_APPROVALS)) this.#repeat(risk, approved);
		await pause(HALT_MS);
		this.#halted.push({ from, to: systemClock.epochMicros() });
		await risk.bus.call("risk.resume", { by: "sim", reason: "an intervention" });
	}

	/** An executor whose disk failed signs nothing until it is started anew. */
	async #mendDisk(): Promise<void> {
		if (!this.#disk.fails) return;
		this.#disk.fails = false;
		await this.#world.stop("executor-2");
		const { bus } = await this.#world.startExecutor("executor-2", this.#witness.watch(this.#disk.open));
		await until(async () => !(await bus.call("executor.status")).recovering, { what: "the mended executor" });
	}
}

function pause(ms: number): Promise<void> {
	return new Promise((wake) => setTimeout(wake, ms));
}
