/*
 * Exact unsigned arithmetic on 256 bits: four words of 64 bits, the lowest first. The products and quotients that
 * concentrated liquidity needs, without a 128-bit integer type.
 */
#ifndef WIDE_H
#define WIDE_H

#include "solana.h"

#define WIDE_WORDS 4

INLINE bool is_zero(u128 number) { return (number.high | number.low) == 0; }

INLINE bool is_equal(u128 first, u128 second) { return first.high == second.high && first.low == second.low; }

/* first + second modulo 2^128. */
INLINE u128 wrapping_add(u128 first, u128 second)
{
	u128 sum = add_u64(first, second.low);
	sum.high += second.high;
	return sum;
}

/* first - second modulo 2^128. */
INLINE u128 wrapping_subtract(u128 first, u128 second)
{
	u128 difference = { first.high - second.high - (first.low < second.low), first.low - second.low };
	return difference;
}

/* The whole product of two 128-bit numbers. */
OUTLINE void multiply_wide(const u128 *first, const u128 *second, u64 *product)
{
	u128 low = multiply(first->low, second->low), high = multiply(first->high, second->high);
	u128 left = multiply(first->high, second->low), right = multiply(first->low, second->high);
	u128 middle = add_u64(left, low.high);
	u64 sum = middle.low + right.low;
	u128 top = add_u64(add_u64(high, middle.high), right.high);
	if (sum < right.low)
		top = add_u64(top, 1);
	product[0] = low.low;
	product[1] = sum;
	product[2] = top.low;
	product[3] = top.high;
}

/* Words that count: without the zeros above the highest other. */
INLINE u64 count_words(const u64 *number)
{
	u64 count = WIDE_WORDS;
	while (count > 0 && number[count - 1] == 0)
		count--;
	return count;
}

/* Zero bits above the highest set one; number > 0. */
OUTLINE u64 count_leading_zeros(u64 number)
{
	u64 count = 0;
	for (u64 step = 32; step > 0; step >>= 1) {
		if ((number >> (64 - step)) == 0) {
			number <<= step;
			count += step;
		}
	}
	return count;
}

/* to = from * 2^shift for shift < 64, in `count` words; the bits that leave the top word are returned. */
INLINE u64 shift_words(u64 *to, const u64 *from, u64 count, u64 shift)
{
	u64 carry = 0;
	for (u64 index = 0; index < count; index++) {
		u64 word = from[index];
		to[index] = (word << shift) | carry;
		/* Two shifts: a shift by 64 is none. */
		carry = (word >> 1) >> (63 - shift);
	}
	return carry;
}

/* The next digit of a quotient, never too small and at most one too large, from three words of what is left. */
OUTLINE u64 guess_digit(const u64 *rest, u64 first, u64 second)
{
	u64 guess = U64_MAX, remainder = rest[1] + first;
	bool is_final = remainder < first;
	if (rest[2] < first) {
		guess = divide_narrow(rest[2], rest[1], first, &remainder);
		is_final = false;
	}
	while (!is_final) {
		u128 present = { remainder, rest[0] };
		if (!less_than(present, multiply(guess, second)))
			break;
		guess--;
		remainder += first;
		is_final = remainder < first;
	}
	return guess;
}

/* rest -= digit * divisor in count + 1 words; whether that went below zero. */
OUTLINE bool subtract_multiple(u64 *rest, const u64 *divisor, u64 count, u64 digit)
{
	u64 carry = 0, borrow = 0;
	for (u64 index = 0; index < count; index++) {
		u128 product = add_u64(multiply(digit, divisor[index]), carry);
		carry = product.high;
		u64 before = rest[index], between = before - product.low;
		rest[index] = between - borrow;
		borrow = (before < product.low) | (between < borrow);
	}
	u64 before = rest[count], between = before - carry;
	rest[count] = between - borrow;
	return (before < carry) | (between < borrow);
}

INLINE void add_back(u64 *rest, const u64 *divisor, u64 count)
{
	u64 carry = 0;
	for (u64 index = 0; index < count; index++) {
		u64 between = rest[index] + divisor[index];
		u64 sum = between + carry;
		carry = (between < divisor[index]) | (sum < carry);
		rest[index] = sum;
	}
	rest[count] += carry;
}

/*
 * dividend / divisor rounded down, and whether a remainder was left (Knuth, The Art of Computer Programming 2, 4.3.1,
 * algorithm D with digits of 64 bits). Aborts when the divisor is zero.
 */
OUTLINE bool divide_wide(const u64 *dividend, const u64 *divisor, u64 *quotient)
{
	u64 rest[WIDE_WORDS + 1], scaled[WIDE_WORDS];
	u64 length = count_words(dividend), count = count_words(divisor);
	abort_unless(count > 0);
	for (u64 index = 0; index < WIDE_WORDS; index++)
		quotient[index] = 0;
	if (length < count)
		return length > 0;
	if (count == 1) {
		u64 remainder = 0;
		for (u64 index = length; index > 0; index--)
			quotient[index - 1] = divide_narrow(remainder, dividend[index - 1], divisor[0], &remainder);
		return remainder != 0;
	}
	u64 shift = count_leading_zeros(divisor[count - 1]);
	shift_words(scaled, divisor, count, shift);
	rest[length] = shift_words(rest, dividend, length, shift);
	for (u64 next = length - count + 1; next > 0; next--) {
		u64 *at = rest + next - 1;
		u64 digit = guess_digit(at + count - 2, scaled[count - 1], scaled[count - 2]);
		if (subtract_multiple(at, scaled, count, digit)) {
			digit--;
			add_back(at, scaled, count);
		}
		quotient[next - 1] = digit;
	}
	u64 left = 0;
	for (u64 index = 0; index < count; index++)
		left |= rest[index];
	return left != 0;
}

/* number / divisor rounded down, and whether a remainder was left; aborts when the divisor is zero. */
OUTLINE bool divide_u128(const u128 *number, const u128 *divisor, u128 *quotient)
{
	u64 dividend_words[WIDE_WORDS] = { number->low, number->high, 0, 0 };
	u64 divisor_words[WIDE_WORDS] = { divisor->low, divisor->high, 0, 0 };
	u64 quotient_words[WIDE_WORDS];
	bool is_inexact = divide_wide(dividend_words, divisor_words, quotient_words);
	quotient->low = quotient_words[0];
	quotient->high = quotient_words[1];
	return is_inexact;
}

#endif
