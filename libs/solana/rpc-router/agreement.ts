import { comparerOf } from "./comparison.ts";
import type { Endpoint } from "./endpoint.ts";
import { RpcDisagreementError } from "./errors.ts";
import { encodeRequest, type RpcAnswer } from "./json-rpc.ts";
import type { Ranking } from "./ranking.ts";
import { MOST_READS_IN_FLIGHT, type ReadRequest, type Reads } from "./reads.ts";

export interface AgreementOptions {
	readonly ranking: Ranking;
	readonly reads: Reads;
	/** Two endpoints tell different truths about money. */
	readonly onDisagreement: (detail: string) => void;
}

export interface MoneyRead extends ReadRequest {
	readonly params: readonly unknown[];
}

/** Rounds in which two answers may turn out to speak of the same moment. */
const ROUNDS = 3;
/** A contradiction counts when it shows in so many rounds: a node's answer may be caught halfway. */
const CONTRADICTIONS = 2;

/**
 * Asks two endpoints what money hangs on, and believes neither when they contradict each other. With one endpoint that
 * is well, or for questions that cannot be compared, it is an ordinary read.
 */
export class Agreement {
	readonly #options: AgreementOptions;

	constructor(options: AgreementOptions) {
		this.#options = options;
	}

	/**
	 * @throws RpcDisagreementError when the two contradict each other, also when asked again
	 * @throws what {@link Reads.read} throws
	 */
	async read(request: MoneyRead): Promise<RpcAnswer> {
		const compare = comparerOf(request.method, request.params);
		const pair = compare ? this.#pair() : null;
		if (!compare || !pair) return this.#options.reads.read(request);
		let contradictions = 0;
		let contradiction = "";
		let newest: RpcAnswer | null = null;
		for (let round = 0; round < ROUNDS; round++) {
			const answers = await this.#askBoth(pair, request);
			const [left, right] = answers;
			if (!left || !right) return left ?? right ?? this.#options.reads.read(request);
			const found = compare(left.result, right.result, request.params);
			if (found.kind === "same") return answers[found.better] as RpcAnswer;
			if (found.kind === "incomparable") {
				newest = answers[found.newer] as RpcAnswer;
				continue;
			}
			let detail = found.what;
			if (found.kind === "unseenBy") {
				newest = answers[1 - found.who] as RpcAnswer;
				if (!(await this.#oughtToKnow(pair[found.who], found.slot, request.signal))) return newest;
				detail = `${found.what} is in slot ${found.slot}, and ${pair[found.who].name}, which has finalized it, lacks it`;
			}
			contradiction = detail;
			if (++contradictions >= CONTRADICTIONS) throw this.#disagreed(pair, detail);
		}
		// One contradiction that did not show again, or moments that never met: the later word counts.
		if (contradictions > 0) throw this.#disagreed(pair, `${contradiction}, and their answers keep changing`);
		return newest ?? this.#options.reads.read(request);
	}

	/** The two best that are well and have room; null when there are not two. */
	#pair(): readonly [Endpoint, Endpoint] | null {
		const available = this.#options.ranking.available("read");
		const [first, second] = available.filter((one) => one.inFlight("read") < MOST_READS_IN_FLIGHT);
		return first && second ? [first, second] : null;
	}

	/** An endpoint that fails, or cannot answer the question, has no voice. */
	async #askBoth(
		pair: readonly [Endpoint, Endpoint],
		request: ReadRequest,
	): Promise<readonly [RpcAnswer | null, RpcAnswer | null]> {
		const ask = async (endpoint: Endpoint): Promise<RpcAnswer | null> => {
			endpoint.bucket("read").force();
			try {
				const answer = await this.#options.reads.ask(endpoint, request);
				return answer.error ? null : answer;
			} catch (error) {
				if (request.signal?.aborted) throw error;
				return null;
			}
		};
		return Promise.all([ask(pair[0]), ask(pair[1])]);
	}

	/** Whether the endpoint has finalized the slot and its history reaches back to it. */
	async #oughtToKnow(endpoint: Endpoint, slot: number, signal: AbortSignal | undefined): Promise<boolean> {
		const number = async (method: string, params: readonly unknown[]): Promise<number | null> => {
			const body = encodeRequest({ jsonrpc: "2.0", id: method, method, params });
			endpoint.bucket("read").force();
			const { result } = await this.#options.reads.ask(endpoint, { method, body, signal });
			return typeof result === "bigint" ? Number(result) : null;
		};
		try {
			const [finalized, first] = await Promise.all([
				number("getSlot", [{ commitment: "finalized" }]),
				number("getFirstAvailableBlock", []),
			]);
			return finalized !== null && first !== null && finalized >= slot && first <= slot;
		} catch (error) {
			if (signal?.aborted) throw error;
			return false;
		}
	}

	#disagreed(pair: readonly [Endpoint, Endpoint], what: string): RpcDisagreementError {
		const detail = `${pair[0].name} and ${pair[1].name}: ${what}`;
		this.#options.onDisagreement(detail);
		return new RpcDisagreementError(detail);
	}
}
