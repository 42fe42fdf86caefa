import type { Address } from "../../core/types/address.ts";
import type { Clock } from "../../core/types/clock.ts";
import { failure, type Result, success } from "../../core/types/result.ts";
import type { BlockEngineError } from "./block-engine-error.ts";
import { type BundleId, MOST_BUNDLE_IDS, MOST_BUNDLE_TRANSACTIONS } from "./bundle-id.ts";
import { Region, type RegionCounters } from "./region.ts";
import {
	type InflightBundleStatus,
	type LandedBundleStatus,
	readBundleId,
	readBundleStatuses,
	readInflightStatuses,
	readTipAccounts,
} from "./shapes.ts";

export interface BlockEngineOptions {
	/** One for each region; the same engine's JSON-RPC, such as `https://…/api/v1/bundles`. */
	readonly urls: readonly string[];
	readonly clock: Clock;
	/** A request is given up after this long. */
	readonly timeoutMs: number;
	/** Ends requests under way. */
	readonly abortSignal: AbortSignal;
	/** The process's own unless a test gives another. */
	readonly fetch?: typeof fetch;
}

/** Every region's reason. */
export type BlockEngineFailure = readonly BlockEngineError[];

/**
 * A block engine with several regions, by JSON-RPC (docs.jito.wtf, "Low Latency Transaction Send"). Bundles go to all
 * regions at once, questions to one after the other until one answers. Nothing is asked twice of a region by itself.
 */
export class BlockEngine {
	readonly #regions: readonly Region[];

	/** @throws RangeError without a url */
	constructor({ urls, fetch: post, ...options }: BlockEngineOptions) {
		if (urls.length === 0) throw new RangeError("a block engine needs the url of a region");
		const fetchNow: typeof fetch = post ?? ((input, init) => fetch(input, init));
		this.#regions = [...new Set(urls)].map((url) => new Region({ ...options, url, fetch: fetchNow }));
	}

	/** By region, in the order of their urls. */
	get counters(): readonly (RegionCounters & { readonly region: string })[] {
		return this.#regions.map(({ name, counters }) => ({ region: name, ...counters }));
	}

	/**
	 * Sends one bundle to all regions. Taken is not landed.
	 *
	 * @param transactions base64 of the wire bytes
	 * @returns the name that the first region to take it gave; every region's reason when none took it
	 */
	sendBundle(transactions: readonly string[]): Promise<Result<BundleId, BlockEngineFailure>> {
		if (transactions.length === 0 || transactions.length > MOST_BUNDLE_TRANSACTIONS) {
			const detail = `a bundle holds 1 to ${MOST_BUNDLE_TRANSACTIONS} transactions, not ${transactions.length}`;
			return Promise.resolve(this.#badRequest(detail));
		}
		const params = [transactions, { encoding: "base64" }];
		const asked = this.#regions.map((region) => region.ask("sendBundle", params, readBundleId));
		return firstSuccess(asked);
	}

	/** The bundles among `ids` that landed. */
	getBundleStatuses(ids: readonly BundleId[]): Promise<Result<readonly LandedBundleStatus[], BlockEngineFailure>> {
		return this.#askAboutBundles("getBundleStatuses", ids, readBundleStatuses);
	}

	/** What became of bundles of the last minutes. */
	getInflightBundleStatuses(
		ids: readonly BundleId[],
	): Promise<Result<readonly InflightBundleStatus[], BlockEngineFailure>> {
		return this.#askAboutBundles("getInflightBundleStatuses", ids, readInflightStatuses);
	}

	getTipAccounts(): Promise<Result<readonly Address[], BlockEngineFailure>> {
		return this.#askInTurn("getTipAccounts", [], readTipAccounts);
	}

	async #askAboutBundles<T extends { readonly id: BundleId }>(
		method: string,
		ids: readonly BundleId[],
		read: (result: unknown) => readonly T[] | null,
	): Promise<Result<readonly T[], BlockEngineFailure>> {
		if (ids.length === 0 || ids.length > MOST_BUNDLE_IDS) {
			return this.#badRequest(`a question names 1 to ${MOST_BUNDLE_IDS} bundles, not ${ids.length}`);
		}
		const answer = await this.#askInTurn(method, [ids], read);
		// A status of a bundle that was not asked for is nobody's.
		return answer.ok ? success(answer.value.filter(({ id }) => ids.includes(id))) : answer;
	}

	async #askInTurn<T>(
		method: string,
		params: readonly unknown[],
		read: (result: unknown) => T | null,
	): Promise<Result<T, BlockEngineFailure>> {
		const errors: BlockEngineError[] = [];
		for (const region of this.#regions) {
			const answer = await region.ask(method, params, read);
			if (answer.ok) return answer;
			errors.push(answer.error);
		}
		return failure(errors);
	}

	#badRequest(detail: string): Result<never, BlockEngineFailure> {
		return failure(this.#regions.map(({ name }) => ({ code: "badRequest", region: name, detail })));
	}
}

/** The first that succeeds, or every failure in order. */
function firstSuccess<T>(
	asked: readonly Promise<Result<T, BlockEngineError>>[],
): Promise<Result<T, BlockEngineFailure>> {
	return new Promise((resolve) => {
		const errors: BlockEngineError[] = [];
		let open = asked.length;
		asked.forEach(async (one, index) => {
			const result = await one;
			if (result.ok) return resolve(result);
			errors[index] = result.error;
			if (--open === 0) resolve(failure(errors));
		});
	});
}
