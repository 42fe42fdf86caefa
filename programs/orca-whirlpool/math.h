/*
 * The arithmetic of Orca's Whirlpools to the bit (orca-so/whirlpools, programs/whirlpool/src/math: tick_math.rs,
 * token_math.rs, swap_math.rs): square root prices are Q64.64, every rounding and every refusal is the original's.
 */
#ifndef ORCA_WHIRLPOOL_MATH_H
#define ORCA_WHIRLPOOL_MATH_H

#include "wide.h"

/* errors.rs, as far as arithmetic meets them. */
enum math_error {
	DIVIDE_BY_ZERO = 6006,
	NUMBER_CAST_ERROR = 6007,
	NUMBER_DOWN_CAST_ERROR = 6008,
	SQRT_PRICE_OUT_OF_BOUNDS = 6011,
	TOKEN_MAX_EXCEEDED = 6017,
	TOKEN_MIN_SUBCEEDED = 6018,
	MULTIPLICATION_SHIFT_RIGHT_OVERFLOW = 6030,
	MULTIPLICATION_OVERFLOW = 6033,
};

#define MAX_TICK 443636
#define MIN_TICK (-443636)
#define MIN_SQRT_PRICE 0x100013b50ULL
static const u128 MAX_SQRT_PRICE = { 0xfffec4b1ULL, 0x35bb7f32a81b33afULL };

#define FEE_RATE_DENOMINATOR 1000000

/* ---- Ticks and square root prices: tick_math.rs ---- */

#define TICK_BITS 19
/*
 * 1.0001^(2^bit / 2) as Q32.96, and its inverse as Q0.64: the constants of get_sqrt_price_positive_tick and
 * get_sqrt_price_negative_tick.
 */
static const u128 POWERS_UP[TICK_BITS] = {
	{ 0x1000346d6ULL, 0xff11672ae55ad00fULL }, { 0x100068db8ULL, 0xbac710cb295e9e1bULL },
	{ 0x1000d1b9cULL, 0x68abe5f76b30fb75ULL }, { 0x1001a37e4ULL, 0xa234cb0830516e51ULL },
	{ 0x100347278ULL, 0xab0e92ada25ab460ULL }, { 0x10068efb0ULL, 0x0a525480a5d7fdc2ULL },
	{ 0x100d20a63ULL, 0xb4173839df9daaa5ULL }, { 0x101a4c11cULL, 0x742dd7729738df5eULL },
	{ 0x1034c35c3ULL, 0x1f64cfa6dc0d6de4ULL }, { 0x106a34b78ULL, 0xc8aaffbf81bed5a3ULL },
	{ 0x10d72a6a4ULL, 0x6ccd8bce9ae771b1ULL }, { 0x11b9a258eULL, 0x63928596dc757faaULL },
	{ 0x13a2e2bdaULL, 0x04f8379f3cd17be5ULL }, { 0x181954be6ULL, 0x9e0da8fe77f2ab42ULL },
	{ 0x244c2655dULL, 0x185a029080252877ULL }, { 0x525816eebULL, 0x9f935b1c616779e8ULL },
	{ 0x1a7c8d00b5ULL, 0x51684ff4d31ae065ULL }, { 0x2bd893d0b2dULL, 0xf7c97884590c66cdULL },
	{ 0x78278e1e19e44ULL, 0x8cf8b95d2152dccfULL },
};
static const u64 POWERS_DOWN[TICK_BITS] = {
	0xfffcb933bd6fad37ULL, 0xfff97272373d4132ULL, 0xfff2e50f5f656932ULL, 0xffe5caca7e10e4e6ULL,
	0xffcb9843d60f6159ULL, 0xff973b41fa98c081ULL, 0xff2ea16466c96a38ULL, 0xfe5dee046a99a2a8ULL,
	0xfcbe86c7900a88aeULL, 0xf987a7253ac41317ULL, 0xf3392b0822b70005ULL, 0xe7159475a2c29b74ULL,
	0xd097f3bdfd2022b8ULL, 0xa9f746462d870fdfULL, 0x70d869a156d2a1b8ULL, 0x31be135f97d08fd9ULL,
	0x09aa508b5b7a84e1ULL, 0x005d6af8dedb8119ULL, 0x00002216e584f5faULL,
};

INLINE u128 sqrt_price_above_zero(u64 tick)
{
	u128 ratio = { 1ULL << 32, 0 };
	u64 product[WIDE_WORDS];
	bool is_first = true;
	for (u64 bit = 0; bit < TICK_BITS; bit++) {
		if (((tick >> bit) & 1) == 0)
			continue;
		if (is_first) {
			ratio.high = POWERS_UP[bit].high;
			ratio.low = POWERS_UP[bit].low;
			is_first = false;
			continue;
		}
		multiply_wide(&ratio, &POWERS_UP[bit], product);
		abort_unless((product[3] >> 32) == 0);
		ratio.high = (product[3] << 32) | (product[2] >> 32);
		ratio.low = (product[2] << 32) | (product[1] >> 32);
	}
	u128 price = { ratio.high >> 32, (ratio.high << 32) | (ratio.low >> 32) };
	return price;
}

INLINE u128 sqrt_price_below_zero(u64 distance)
{
	u128 ratio = { 1, 0 };
	for (u64 bit = 0; bit < TICK_BITS; bit++) {
		if (((distance >> bit) & 1) == 0)
			continue;
		ratio.low = ratio.high != 0 ? POWERS_DOWN[bit] : multiply(ratio.low, POWERS_DOWN[bit]).high;
		ratio.high = 0;
	}
	return ratio;
}

/* The square root price of a tick; exact in -2^19 < tick < 2^19 (sqrt_price_from_tick_index). */
OUTLINE void sqrt_price_of(i64 tick, u128 *price)
{
	u128 result = tick >= 0 ? sqrt_price_above_zero((u64)tick) : sqrt_price_below_zero((u64)-tick);
	price->high = result.high;
	price->low = result.low;
}

#define LOG_B_2_X32 0x3627a301d710ULL
#define LOG_B_ERROR_BELOW 0x28f5c28f5c28f5cULL
#define LOG_B_ERROR_ABOVE 0xdb2de8305203e539ULL
#define LOG_2_BITS 14

/* The logarithm to base 2 of a price, as a signed Q32.32: whole bits, then 14 binary digits by repeated squaring. */
INLINE i64 log_2_of(const u128 *price)
{
	u64 highest = 127 - (price->high != 0 ? count_leading_zeros(price->high) : 64 + count_leading_zeros(price->low));
	u64 mantissa;
	if (highest < 64)
		mantissa = price->low << (63 - highest);
	else
		mantissa = (price->high << (127 - highest)) | ((price->low >> 1) >> (highest - 64));
	u64 digits = 0;
	for (u64 digit = 0; digit < LOG_2_BITS; digit++) {
		u128 square = multiply(mantissa, mantissa);
		u64 is_two = square.high >> 63;
		mantissa = is_two ? square.high : (square.high << 1) | (square.low >> 63);
		digits = (digits << 1) | is_two;
	}
	return (i64)(((highest - 64) << 32) + (digits << (32 - LOG_2_BITS)));
}

/* The tick at or below a price (tick_index_from_sqrt_price); price > 0. */
OUTLINE i64 tick_of(const u128 *price)
{
	i64 log_2 = log_2_of(price);
	u128 zero = { 0, 0 };
	u128 below = { 0, LOG_B_ERROR_BELOW }, above = { 0, LOG_B_ERROR_ABOVE };
	u128 log = multiply(log_2 < 0 ? (u64)-log_2 : (u64)log_2, LOG_B_2_X32);
	if (log_2 < 0)
		log = wrapping_subtract(zero, log);
	i64 low = (i64)wrapping_subtract(log, below).high;
	i64 high = (i64)wrapping_add(log, above).high;
	if (low == high)
		return low;
	u128 price_of_high;
	sqrt_price_of(high, &price_of_high);
	return less_than(*price, price_of_high) ? low : high;
}

/* ---- Amounts between two prices: token_math.rs ---- */

/* A stretch of the curve with one liquidity. */
typedef struct { u128 from, to, liquidity; } Stretch;

/* An amount, or why it has no 64 bits. */
typedef struct { u64 amount; Status excess; } Delta;

INLINE u128 higher_of(u128 first, u128 second) { return less_than(first, second) ? second : first; }
INLINE u128 lower_of(u128 first, u128 second) { return less_than(first, second) ? first : second; }

/* words = first * second * 2^64, refused where that has more than 256 bits. */
OUTLINE Status multiply_shifted(const u128 *first, const u128 *second, u64 *words)
{
	u64 product[WIDE_WORDS];
	multiply_wide(first, second, product);
	REQUIRE(product[3] == 0, MULTIPLICATION_OVERFLOW);
	words[3] = product[2];
	words[2] = product[1];
	words[1] = product[0];
	words[0] = 0;
	return OK;
}

/* words += 1; from all ones to zero, as the original wraps. */
INLINE void increment(u64 *words)
{
	for (u64 index = 0; index < WIDE_WORDS; index++)
		if (++words[index] != 0)
			return;
}

/* Token A between the prices: liquidity * (upper - lower) / (upper * lower). */
OUTLINE Status amount_of_a(const Stretch *stretch, bool round_up, Delta *delta)
{
	u128 upper = higher_of(stretch->from, stretch->to), lower = lower_of(stretch->from, stretch->to);
	u128 distance = wrapping_subtract(upper, lower);
	u64 numerator[WIDE_WORDS], denominator[WIDE_WORDS], quotient[WIDE_WORDS];
	TRY(multiply_shifted(&stretch->liquidity, &distance, numerator));
	multiply_wide(&upper, &lower, denominator);
	if (divide_wide(numerator, denominator, quotient) && round_up)
		increment(quotient);
	delta->amount = quotient[0];
	delta->excess = OK;
	if ((quotient[2] | quotient[3]) != 0)
		delta->excess = NUMBER_DOWN_CAST_ERROR;
	else if (quotient[1] != 0)
		delta->excess = TOKEN_MAX_EXCEEDED;
	return OK;
}

/* Token B between the prices: liquidity * (upper - lower). */
OUTLINE Status amount_of_b(const Stretch *stretch, bool round_up, Delta *delta)
{
	u128 upper = higher_of(stretch->from, stretch->to), lower = lower_of(stretch->from, stretch->to);
	u128 distance = wrapping_subtract(upper, lower);
	u64 product[WIDE_WORDS];
	multiply_wide(&stretch->liquidity, &distance, product);
	delta->amount = product[1];
	delta->excess = OK;
	if ((product[2] | product[3]) != 0)
		delta->excess = MULTIPLICATION_SHIFT_RIGHT_OVERFLOW;
	else if (round_up && product[0] != 0 && ++delta->amount == 0)
		delta->excess = MULTIPLICATION_OVERFLOW;
	return OK;
}

INLINE Status amount_of(const Stretch *stretch, bool is_a, bool round_up, Delta *delta)
{
	return is_a ? amount_of_a(stretch, round_up, delta) : amount_of_b(stretch, round_up, delta);
}

/* ---- The price that an amount leads to: token_math.rs ---- */

/* liquidity * price / (liquidity + amount * price), or minus where the amount leaves the pool; rounded up. */
OUTLINE Status price_after_a(Stretch *stretch, u64 amount, bool is_input)
{
	if (amount == 0) {
		stretch->to = stretch->from;
		return OK;
	}
	u64 numerator[WIDE_WORDS], denominator[WIDE_WORDS], product[WIDE_WORDS];
	u128 wide_amount = { 0, amount };
	multiply_wide(&stretch->from, &wide_amount, product);
	TRY(multiply_shifted(&stretch->liquidity, &stretch->from, numerator));
	u128 low = { product[1], product[0] }, high = { product[3], product[2] };
	u128 liquidity_low = { stretch->liquidity.low, 0 }, liquidity_high = { 0, stretch->liquidity.high };
	u128 sum_low, sum_high;
	if (is_input) {
		sum_low = wrapping_add(liquidity_low, low);
		sum_high = wrapping_add(liquidity_high, high);
		sum_high = add_u64(sum_high, less_than(sum_low, low));
	} else {
		bool is_more = less_than(high, liquidity_high) ||
			       (is_equal(high, liquidity_high) && less_than(low, liquidity_low));
		REQUIRE(is_more, DIVIDE_BY_ZERO);
		sum_low = wrapping_subtract(liquidity_low, low);
		u128 borrow = { 0, less_than(liquidity_low, low) };
		sum_high = wrapping_subtract(wrapping_subtract(liquidity_high, high), borrow);
	}
	denominator[0] = sum_low.low;
	denominator[1] = sum_low.high;
	denominator[2] = sum_high.low;
	denominator[3] = sum_high.high;
	if (divide_wide(numerator, denominator, product))
		increment(product);
	REQUIRE((product[2] | product[3]) == 0, NUMBER_DOWN_CAST_ERROR);
	u128 minimum = { 0, MIN_SQRT_PRICE };
	stretch->to.low = product[0];
	stretch->to.high = product[1];
	REQUIRE(!less_than(stretch->to, minimum), TOKEN_MIN_SUBCEEDED);
	REQUIRE(!less_than(MAX_SQRT_PRICE, stretch->to), TOKEN_MAX_EXCEEDED);
	return OK;
}

/* price + amount / liquidity, or minus where the amount leaves the pool; rounded down. */
OUTLINE Status price_after_b(Stretch *stretch, u64 amount, bool is_input)
{
	REQUIRE(!is_zero(stretch->liquidity), DIVIDE_BY_ZERO);
	u128 shifted = { amount, 0 }, change;
	bool is_inexact = divide_u128(&shifted, &stretch->liquidity, &change);
	if (is_input) {
		stretch->to = wrapping_add(stretch->from, change);
		REQUIRE(!less_than(stretch->to, change), SQRT_PRICE_OUT_OF_BOUNDS);
		return OK;
	}
	if (is_inexact)
		change = add_u64(change, 1);
	REQUIRE(!less_than(stretch->from, change), SQRT_PRICE_OUT_OF_BOUNDS);
	stretch->to = wrapping_subtract(stretch->from, change);
	return OK;
}

/* ---- One step of a swap: swap_math.rs, compute_swap ---- */

typedef struct {
	/* What goes in. */
	u64 remaining;
	u64 fee_rate;
	bool is_input, a_to_b;
	u128 target;
	/* From the present price; `to` is where the step ends. */
	Stretch stretch;
	/* What comes out. */
	u64 amount_in, amount_out, fee;
} Step;

OUTLINE Status compute_step(Step *step)
{
	Stretch *stretch = &step->stretch;
	bool is_fixed_a = step->a_to_b == step->is_input;
	Delta fixed, other;
	stretch->to = step->target;
	TRY(amount_of(stretch, is_fixed_a, step->is_input, &fixed));
	u64 amount = step->remaining;
	if (step->is_input)
		amount = multiply_divide(amount, FEE_RATE_DENOMINATOR - step->fee_rate, FEE_RATE_DENOMINATOR).low;
	if (fixed.excess != OK || fixed.amount > amount)
		TRY(is_fixed_a ? price_after_a(stretch, amount, step->is_input) :
				 price_after_b(stretch, amount, step->is_input));
	bool is_whole = is_equal(stretch->to, step->target);
	TRY(amount_of(stretch, !is_fixed_a, !step->is_input, &other));
	TRY(other.excess);
	if (!is_whole || fixed.excess != OK) {
		TRY(amount_of(stretch, is_fixed_a, step->is_input, &fixed));
		TRY(fixed.excess);
	}
	step->amount_in = step->is_input ? fixed.amount : other.amount;
	step->amount_out = step->is_input ? other.amount : fixed.amount;
	if (!step->is_input && step->amount_out > step->remaining)
		step->amount_out = step->remaining;
	if (step->is_input && !is_whole) {
		step->fee = step->remaining - step->amount_in;
		return OK;
	}
	u128 fee = multiply_divide_up(step->amount_in, step->fee_rate, FEE_RATE_DENOMINATOR - step->fee_rate);
	REQUIRE(fee.high == 0, NUMBER_CAST_ERROR);
	step->fee = fee.low;
	return OK;
}

#endif
