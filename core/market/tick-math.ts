/** Lowest and highest tick (whirlpools, programs/whirlpool/src/state/tick.rs `MIN_TICK_INDEX`, `MAX_TICK_INDEX`). */
export const MIN_TICK = -443_636;
export const MAX_TICK = 443_636;

/** Square roots of the price at those ticks, Q64.64 (whirlpools, math/tick_math.rs). */
export const MIN_SQRT_PRICE = 4_295_048_016n;
export const MAX_SQRT_PRICE = 79_226_673_515_401_279_992_447_579_055n;

/** Bits of a tick index: one factor for each. */
const TICK_BITS = 19;

/** sqrt(1.0001)^(2^bit), Q32.96 (whirlpools, math/tick_math.rs `get_sqrt_price_positive_tick`). */
const RISING: readonly bigint[] = [
	79232123823359799118286999567n,
	79236085330515764027303304731n,
	79244008939048815603706035061n,
	79259858533276714757314932305n,
	79291567232598584799939703904n,
	79355022692464371645785046466n,
	79482085999252804386437311141n,
	79736823300114093921829183326n,
	80248749790819932309965073892n,
	81282483887344747381513967011n,
	83390072131320151908154831281n,
	87770609709833776024991924138n,
	97234110755111693312479820773n,
	119332217159966728226237229890n,
	179736315981702064433883588727n,
	407748233172238350107850275304n,
	2098478828474011932436660412517n,
	55581415166113811149459800483533n,
	38992368544603139932233054999993551n,
];

/** sqrt(1.0001)^-(2^bit), Q64.64 (whirlpools, math/tick_math.rs `get_sqrt_price_negative_tick`). */
const FALLING: readonly bigint[] = [
	18445821805675392311n,
	18444899583751176498n,
	18443055278223354162n,
	18439367220385604838n,
	18431993317065449817n,
	18417254355718160513n,
	18387811781193591352n,
	18329067761203520168n,
	18212142134806087854n,
	17980523815641551639n,
	17526086738831147013n,
	16651378430235024244n,
	15030750278693429944n,
	12247334978882834399n,
	8131365268884726200n,
	3584323654723342297n,
	696457651847595233n,
	26294789957452057n,
	37481735321082n,
];

const ONE_Q96 = 1n << 96n;
const ONE_Q64 = 1n << 64n;
const TWO_64 = 2 ** 64;
const LOG_OF_ROOT = Math.log(1.0001) / 2;

/**
 * The square root of the price at a tick, Q64.64, rounded as the Whirlpool program rounds it (whirlpools,
 * math/tick_math.rs `sqrt_price_from_tick_index`). Some microseconds: callers on a hot path keep what they asked for.
 *
 * @throws RangeError for an index of more than 19 bits
 */
export function sqrtPriceAtTick(tick: number): bigint {
	const distance = Math.abs(tick);
	if (!Number.isInteger(tick) || distance >>> TICK_BITS !== 0) throw new RangeError(`there is no tick ${tick}`);
	if (tick >= 0) {
		let ratio = ONE_Q96;
		for (let bit = 0, rest = distance; rest !== 0; bit++, rest >>= 1) {
			if ((rest & 1) !== 0) ratio = bit === 0 ? (RISING[0] as bigint) : (ratio * (RISING[bit] as bigint)) >> 96n;
		}
		return ratio >> 32n;
	}
	let ratio = ONE_Q64;
	for (let bit = 0, rest = distance; rest !== 0; bit++, rest >>= 1) {
		if ((rest & 1) !== 0) ratio = (ratio * (FALLING[bit] as bigint)) >> 64n;
	}
	return ratio;
}

/**
 * The highest tick whose price is not above `sqrtPrice` (Q64.64), as whirlpools, math/tick_math.rs
 * `tick_index_from_sqrt_price`. The logarithm of a double is right to a fraction of a tick; the neighbours decide.
 */
export function tickAtSqrtPrice(sqrtPrice: bigint): number {
	let tick = Math.floor(Math.log(Number(sqrtPrice) / TWO_64) / LOG_OF_ROOT);
	while (sqrtPriceAtTick(tick) > sqrtPrice) tick--;
	while (sqrtPriceAtTick(tick + 1) <= sqrtPrice) tick++;
	return tick;
}
