import { sqrtPriceAtTick } from "../../../../../../core/market/tick-math.ts";
import type { Address } from "../../../../../../core/types/address.ts";
import { encodeBase58 } from "../../../../../../core/types/base58.ts";
import type { PoolNames } from "../../../../../../tools/vectors/orca-whirlpool/account-bytes.ts";
import type { Scenario, ScenarioOracle } from "../../../../../../tools/vectors/orca-whirlpool/scenario.ts";

const filled = (byte: number) => new Uint8Array(32).fill(byte);

export const POOL_BYTES = filled(2);
export const POOL_ADDRESS = encodeBase58(POOL_BYTES) as Address;
export const NAMES: PoolNames = {
	config: filled(9),
	bump: 255,
	mints: [filled(3), filled(4)],
	vaults: [filled(5), filled(6)],
};
export const NOW = 1_750_000_000n;
export const CLOCK = { slot: 1n, epoch: 800n, unixSeconds: NOW };

/** A pool of spacing 64 at price 1 with two arrays of liquidity around it. */
export const SCENARIO: Scenario = {
	kind: "test",
	direction: "aToB",
	exact: "in",
	amount: 1_000_000n,
	epoch: 800n,
	unixSeconds: NOW,
	transferFeeA: null,
	transferFeeB: null,
	tickSpacing: 64,
	feeTierIndex: 64,
	feeRate: 3_000,
	protocolFeeRate: 1_300,
	liquidity: 10n ** 12n,
	sqrtPrice: sqrtPriceAtTick(10),
	tick: 10,
	arrays: [
		{ start: -11_264, kind: "absent", ticks: [] },
		{ start: -5_632, kind: "fixed", ticks: [[2, 10n ** 12n]] },
		{ start: 0, kind: "dynamic", ticks: [[80, -(10n ** 12n)]] },
		{ start: 5_632, kind: "absent", ticks: [] },
		{ start: 11_264, kind: "absent", ticks: [] },
	],
	oracle: null,
};

export const ORACLE: ScenarioOracle = {
	tradeEnable: 0,
	filterPeriod: 30,
	decayPeriod: 600,
	reductionFactor: 5_000,
	controlFactor: 4_000,
	maxAccumulator: 350_000,
	groupSize: 64,
	majorThreshold: 64,
	lastReference: Number(NOW) - 5,
	lastMajor: Number(NOW) - 5,
	reference: 20_000,
	groupReference: 0,
	accumulator: 30_000,
};
