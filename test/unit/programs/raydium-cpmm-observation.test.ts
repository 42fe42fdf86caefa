import { beforeAll, describe, expect, test } from "@jest/globals";
import { OBSERVATION_STATE_OFFSET } from "../../../core/market/venues/raydium-cpmm/layout.ts";
import { readUint64 } from "../../../core/types/bytes.ts";
import { seededRandom } from "../../../libs/random.ts";

import { amountUpTo, GENERIC, GENERIC_SWAP, NOW, type Pair, PoolUnderTest } from "./raydium-cpmm-pool.ts";

const SEED = 20_260_725;

describe("the Raydium CPMM program", () => {
	let pool: PoolUnderTest;

	beforeAll(async () => {
		pool = await PoolUnderTest.create();
	});

	test("keeps the observation as the original does", () => {
		const random = seededRandom(SEED);
		let now = NOW;
		let model: Observation | undefined;
		for (let step = 0; step < 400; step++) {
			pool.vm.setUnixTimestamp(now);
			const vaults: Pair = [amountUpTo(random, 60) + 20_000n, amountUpTo(random, 60) + 20_000n];
			pool.load({ ...GENERIC, vaults });
			const before = pool.observationData();
			if (pool.run({ ...GENERIC_SWAP, amount: 20_000n }, 0n, 20_000n).ok) {
				model ??= decodeObservation(before);
				const owed: Pair = [13_028n, 117n];
				updateObservation(model, now, [vaults[0] - owed[0], vaults[1] - owed[1]]);
			}
			if (model !== undefined) expect(decodeObservation(pool.observationData())).toEqual(model);
			now += BigInt(random.nextUint32() % 20);
		}
		expect(model?.index).toBeGreaterThan(10);
		pool.vm.setUnixTimestamp(NOW);
	});
});

/** An observation account (raydium-cp-swap, states/oracle.rs `ObservationState`). */
interface Observation {
	initialized: boolean;
	index: number;
	elements: { timestamp: bigint; prices: [bigint, bigint] }[];
	lastUpdate: bigint;
}

function decodeObservation(data: Uint8Array): Observation {
	const u128 = (at: number) => readUint64(data, at) | (readUint64(data, at + 8) << 64n);
	return {
		initialized: data[OBSERVATION_STATE_OFFSET.initialized] === 1,
		index: data[9]! | (data[10]! << 8),
		elements: Array.from({ length: 100 }, (_, element) => {
			const at = 43 + 40 * element;
			return { timestamp: readUint64(data, at), prices: [u128(at + 8), u128(at + 24)] };
		}),
		lastUpdate: readUint64(data, OBSERVATION_STATE_OFFSET.lastUpdate),
	};
}

function updateObservation(model: Observation, now: bigint, [reserve0, reserve1]: Pair): void {
	const last = model.elements[model.index]!;
	if (!model.initialized) {
		model.initialized = true;
		last.timestamp = now;
		model.lastUpdate = now;
		return;
	}
	const elapsed = now - model.lastUpdate;
	const age = now - last.timestamp;
	if (elapsed === 0n || age === 0n) return;
	const wrap = (value: bigint) => value & ((1n << 128n) - 1n);
	const prices: [bigint, bigint] = [
		wrap(last.prices[0] + ((reserve1 << 32n) / reserve0) * elapsed),
		wrap(last.prices[1] + ((reserve0 << 32n) / reserve1) * elapsed),
	];
	if (age >= 15n) {
		model.index = (model.index + 1) % 100;
		model.elements[model.index] = { timestamp: now, prices };
	} else {
		last.prices = prices;
	}
	model.lastUpdate = now;
}
