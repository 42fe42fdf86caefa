import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { SOL_MINT } from "../../core/execution/fill.ts";
import type { IntentId } from "../../core/types/identifiers.ts";
import { systemClock } from "../../libs/clock.ts";
import { ClaimJournal } from "../../services/executor/claim-journal.ts";
import { LOST } from "../support/pubsub-gate.ts";
import { type Treatment, UNTREATED } from "../support/rpc-gate.ts";
import { type ServerProcess, startNats } from "../support/servers.ts";
import { until } from "../support/until.ts";
import { type Draws, drawsFor } from "./draws.ts";
import { ExecutorChild } from "./executor-child.ts";
import { intentIdOf, signatureIn } from "./fates.ts";
import { FaultTally } from "./fault-tally.ts";
import { IntentMaker } from "./intent-maker.ts";
import { checkInvariants, type Outcomes, untilQuiet } from "./invariants.ts";
import { Observer } from "./observer.ts";
import { type Endpoint, type SimNode, World } from "./world.ts";

/**
 * Where an executor dies. `signed`: the signature is made and the claim not yet durable. `claimed`: the claim is durable
 * and nothing sent. `sent`: the bytes have left, and nobody knows whether they arrive. `landed`: they are in a confirmed
 * block, and the executor has not heard of it.
 */
export const CRASH_POINTS = ["signed", "claimed", "sent", "landed"] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

export interface KillRunOptions {
	readonly seed: number;
	/** Deaths at each point. */
	readonly deathsPerPoint: number;
	readonly slotMs?: number;
}

export interface KillRunResult extends Outcomes {
	readonly deaths: FaultTally;
	readonly seconds: number;
}

/** Executors alive at one time. One dies while the others go on. */
const SEATS = 3;
const LONGEST_START_MS = 60_000;
const LONGEST_DEATH_MS = 30_000;

/**
 * Kills real executor processes, one after the other, at points between approval and confirmation, over one cluster
 * joined by a real NATS server; then checks that nothing happened twice and the books are exact.
 */
export async function killExecutors(options: KillRunOptions): Promise<KillRunResult> {
	const nats = await startNats();
	const { seed, slotMs = 25 } = options;
	const world = await World.open({ seed, slotMs, natsUrl: nats.url });
	const cluster = new KillCluster(world, nats, options);
	try {
		return await cluster.run();
	} catch (error) {
		const { deathsPerPoint } = options;
		const how = `MOJO_SIM_SEED=${seed} MOJO_SIM_DEATHS=${deathsPerPoint} npm run test:long -- test/sim/kill`;
		throw new Error(`seed ${seed}: ${(error as Error).message}\nrepeat it with: ${how}`, { cause: error });
	} finally {
		await cluster.close();
	}
}

class KillCluster {
	readonly #world: World;
	readonly #nats: ServerProcess;
	readonly #options: KillRunOptions;
	readonly #observer = new Observer();
	readonly #deaths = new FaultTally();
	readonly #seats: { readonly endpoint: Endpoint; child: ExecutorChild; ready: Promise<unknown> }[] = [];
	readonly #readyNodes = new Set<string>();
	/** Intents whose bytes left without a claim. */
	readonly #unclaimed: IntentId[] = [];
	#born = 0;

	constructor(world: World, nats: ServerProcess, options: KillRunOptions) {
		this.#world = world;
		this.#nats = nats;
		this.#options = options;
	}

	async run(): Promise<KillRunResult> {
		const world = this.#world;
		const beganMicros = systemClock.monotonicMicros();
		await world.startFeed("feed");
		const risk = await world.startRisk("risk");
		this.#observer.listen(risk);
		this.#hearReadiness(risk);
		for (let seat = 0; seat < SEATS; seat++) {
			const endpoint = await world.endpoint(`seat-${seat}`);
			this.#seats.push({ endpoint, ...(await this.#bear(endpoint)) });
		}
		await Promise.all(this.#seats.map(({ ready }) => ready));
		await until(async () => !(await risk.bus.call("risk.status")).recovering, { what: "risk's recovery" });
		const maker = await this.#maker(risk);
		for (const [turn, point] of this.#order().entries()) await this.#killOne(turn, point, { risk, maker });
		await Promise.all(this.#seats.map(({ ready }) => ready));
		await untilQuiet(world, risk, []);
		const outcomes = await checkInvariants(world, risk, this.#observer);
		const [unclaimed] = this.#unclaimed;
		if (unclaimed !== undefined) throw new Error(`intent ${unclaimed} was sent without a claim on disk`);
		await this.#checkClaims(risk);
		return {
			...outcomes,
			deaths: this.#deaths,
			seconds: (systemClock.monotonicMicros() - beganMicros) / 1_000_000,
		};
	}

	async close(): Promise<void> {
		await Promise.all(this.#seats.map(({ child }) => child.kill()));
		await this.#world.close();
		await this.#nats.kill();
	}

	/** The points in a drawn order. */
	#order(): CrashPoint[] {
		const { seed, deathsPerPoint } = this.#options;
		const draws = drawsFor(seed, "order of deaths");
		const points = CRASH_POINTS.flatMap((point) => Array.from({ length: deathsPerPoint }, () => point));
		return points
			.map((point) => ({ point, place: draws.fraction() }))
			.sort((a, b) => a.place - b.place)
			.map(({ point }) => point);
	}

	async #killOne(
		turn: number,
		point: CrashPoint,
		{ risk, maker }: { risk: SimNode; maker: IntentMaker },
	): Promise<void> {
		const seat = this.#seats[turn % SEATS]!;
		await seat.ready;
		const { child, endpoint } = seat;
		const draws = drawsFor(this.#options.seed, `death ${turn}`);
		await this.#arm(point, { child, endpoint, draws });
		for (let tries = 0; !child.hasEnded; tries++) {
			if (tries > LONGEST_DEATH_MS / 100) throw new Error(`no intent brought ${child.nodeID} to its death at ${point}`);
			void risk.bus.call("risk.submitIntent", maker.next().intent).catch(() => {});
			await Promise.race([child.ended, new Promise((wake) => setTimeout(wake, 100))]);
		}
		if (!child.wasKilled) throw new Error(`${child.nodeID} ended by itself: ${child.errors}`);
		this.#deaths.add(point);
		endpoint.rpc.treat = () => UNTREATED;
		endpoint.pubsub.pass = () => [null];
		Object.assign(seat, await this.#bear(endpoint));
	}

	async #arm(
		point: CrashPoint,
		victim: { readonly child: ExecutorChild; readonly endpoint: Endpoint; readonly draws: Draws },
	): Promise<void> {
		const { child, endpoint, draws } = victim;
		if (point === "signed") return child.armDisk(draws.happens(0.5) ? "signed" : "written");
		if (point === "claimed") return child.armDisk("claimed");
		const arrives = point === "landed" || draws.happens(0.5);
		if (point === "landed") {
			// Deaf from here on: whatever lands, it does not hear of it.
			endpoint.pubsub.pass = ({ method }) => (method === "signatureNotification" ? LOST : [null]);
		}
		endpoint.rpc.treat = ({ method, params }): Treatment => {
			if (method === "sendTransaction") {
				this.#checkClaimed(String(params[0]));
				if (point === "landed") return { after: this.#confirmed(String(params[0])).then(() => child.kill()) };
				return { before: child.kill(), ...(!arrives && { request: "lose" as const }) };
			}
			const tellsOfLanding = method === "getSignatureStatuses" || method === "getTransaction";
			return point === "landed" && tellsOfLanding ? { request: "silence" } : UNTREATED;
		};
	}

	/** What is sent has its claim on the disk. */
	#checkClaimed(base64: string): void {
		const intentId = intentIdOf(base64) as IntentId;
		const isClaimed = this.#claimFolders().some((folder) =>
			readdirSync(folder).some((name) => readFileSync(join(folder, name)).includes(intentId)),
		);
		if (!isClaimed) this.#unclaimed.push(intentId);
	}

	#claimFolders(): string[] {
		const { folder, chain } = this.#world;
		const parent = join(folder, chain.genesisHash.slice(0, 8), "executor");
		return readdirSync(parent)
			.map((name) => join(parent, name, "claims"))
			.filter((path) => existsSync(path));
	}

	/** Resolves when the chain has confirmed a transaction. */
	async #confirmed(base64: string): Promise<void> {
		const { chain } = this.#world;
		const signature = signatureIn(base64);
		if (signature === null) throw new Error("an executor sent what is no transaction");
		await new Promise<void>((resolve) => {
			const leave = chain.events.on("slot", () => {
				const included = chain.getTransaction(signature);
				if (included === null || included.slot > chain.slot("confirmed")) return;
				leave();
				resolve();
			});
		});
	}

	async #bear(endpoint: Endpoint) {
		const config = await this.#world.configOf(endpoint.name);
		const nodeID = `executor-${++this.#born}`;
		const child = new ExecutorChild({ ...config, networking: { ...config.networking, node_id: nodeID } });
		const ready = until(
			() => {
				if (child.hasEnded) throw new Error(`${nodeID} ended before it was ready: ${child.errors}`);
				return this.#readyNodes.has(nodeID);
			},
			{ what: `${nodeID} to be ready`, timeoutMs: LONGEST_START_MS, everyMs: 20 },
		);
		// It may fail long before somebody waits for it.
		ready.catch(() => {});
		return { child, ready };
	}

	#hearReadiness({ broker }: SimNode): void {
		broker.createService({
			name: "midwife",
			events: {
				"executor.ready": ({ params }: { params: { executor: string } }) => void this.#readyNodes.add(params.executor),
			},
		} as unknown as Parameters<typeof broker.createService>[0]);
	}

	async #maker(risk: SimNode): Promise<IntentMaker> {
		const { seed } = this.#options;
		const { chain, config } = this.#world;
		const catalog = await risk.bus.call("feed.catalog");
		const fundingMint = catalog.lenders.find(({ mint }) => mint !== SOL_MINT)!.mint;
		const deadlineMs = config.execution.intent_deadline_ms / 2;
		return new IntentMaker({ seed, chain, catalog, clock: systemClock, fundingMint, deadlineMs });
	}

	/** One last executor inherits all that the dead left, and then no claim is open in any journal. */
	async #checkClaims(risk: SimNode): Promise<void> {
		await Promise.all(this.#seats.map(({ child }) => child.stop()));
		const [seat] = this.#seats;
		const heir = await this.#bear(seat!.endpoint);
		Object.assign(seat!, heir);
		await heir.ready;
		await until(
			async () => {
				const status = await risk.bus.call("executor.status").catch(() => null);
				return status?.executor === heir.child.nodeID && status.inFlight === 0;
			},
			{ what: "the heir to settle what it inherited" },
		);
		await heir.child.stop();
		for (const claims of this.#claimFolders()) {
			const journal = await ClaimJournal.open({ folder: dirname(claims), maximumSegmentBytes: 1_000_000 });
			const [open] = journal.open;
			await journal.close();
			if (open) throw new Error(`the claim of ${open.intentId} is open in ${claims} although all has ended`);
		}
	}
}

export function killSummaryOf(result: KillRunResult): string {
	const { approved, landed, reverted, expired, deaths, seconds } = result;
	return (
		`${deaths.total} executor processes killed (${deaths}) over ${approved} intents: ${landed} landed, ${reverted} ` +
		`reverted, ${expired} expired; 0 landed twice, difference 0, no claim left open; ` +
		`${(seconds / deaths.total).toFixed(2)} s a death`
	);
}
